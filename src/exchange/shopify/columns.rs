//! Which column of the file holds what, under the names that Shopify's exports have had over the years.

use std::collections::HashMap;

use csv::StringRecord;

use crate::base::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    Category,
    Type,
    Tags,
    Published,
    Status,
    GiftCard,
    /// Of the first, second or third option, counted from 0.
    OptionName(usize),
    OptionValue(usize),
    Sku,
    Barcode,
    Price,
    CompareAt,
    Grams,
    Tracker,
    Quantity,
    ImageSource,
    ImagePosition,
    ImageAlt,
    Related,
}

impl Column {
    /// The column of this header; `None` for the many that a shop has no use for.
    pub fn of(header: &str) -> Option<Self> {
        let name = header.trim_start_matches('\u{feff}').trim().to_lowercase();
        Some(match name.as_str() {
            "handle" | "url handle" => Self::Handle,
            "title" => Self::Title,
            "body (html)" | "body html" | "body" | "description" => Self::Body,
            "vendor" => Self::Vendor,
            "product category" | "standard product type" | "standardized product type" => Self::Category,
            "type" | "product type" | "custom product type" => Self::Type,
            "tags" => Self::Tags,
            "published" | "published on online store" => Self::Published,
            "status" => Self::Status,
            "gift card" => Self::GiftCard,
            name if name.starts_with("related products") || name.ends_with("related_products)") => Self::Related,
            name if name.starts_with("option") => return Self::of_option(name),
            name => return Self::of_variant(name),
        })
    }

    /// What becomes of it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Handle => "address, and a redirect from the former one",
            Self::Title => "title",
            Self::Body => "description",
            Self::Vendor => "brand",
            Self::Category => "category, two levels",
            Self::Type => "product type; category where there is none",
            Self::Tags => "tags; \"featured\" puts it on the home page",
            Self::Published | Self::Status => "state",
            Self::GiftCard => "gift card",
            Self::OptionName(_) => "option",
            Self::OptionValue(_) => "value of the option",
            Self::Sku => "SKU",
            Self::Barcode => "barcode",
            Self::Price => "price",
            Self::CompareAt => "former price",
            Self::Grams => "weight",
            Self::Tracker => "whether stock is counted",
            Self::Quantity => "units on hand",
            Self::ImageSource => "picture",
            Self::ImagePosition => "place of the picture",
            Self::ImageAlt => "text of the picture",
            Self::Related => "related products",
        }
    }

    fn of_option(name: &str) -> Option<Self> {
        Some(match name {
            "option1 name" => Self::OptionName(0),
            "option2 name" => Self::OptionName(1),
            "option3 name" => Self::OptionName(2),
            "option1 value" => Self::OptionValue(0),
            "option2 value" => Self::OptionValue(1),
            "option3 value" => Self::OptionValue(2),
            _ => return None,
        })
    }

    fn of_variant(name: &str) -> Option<Self> {
        Some(match name {
            "variant sku" | "sku" => Self::Sku,
            "variant barcode" | "barcode" => Self::Barcode,
            "variant price" | "price" => Self::Price,
            "variant compare at price" | "compare-at price" | "compare at price" => Self::CompareAt,
            "variant grams" | "weight value (grams)" => Self::Grams,
            "variant inventory tracker" | "inventory tracker" => Self::Tracker,
            "variant inventory qty" | "variant inventory quantity" | "inventory quantity" => Self::Quantity,
            "image src" | "product image url" => Self::ImageSource,
            "image position" => Self::ImagePosition,
            "image alt text" => Self::ImageAlt,
            _ => return None,
        })
    }
}

/// Where each known column stands.
#[derive(Debug)]
pub struct Columns {
    at: HashMap<Column, usize>,
}

impl Columns {
    /// # Errors
    /// `Invalid` on `file` when this can't be a list of products.
    pub fn read(header: &StringRecord) -> Result<Self> {
        let mut at = HashMap::new();
        for (index, name) in header.iter().enumerate() {
            if let Some(column) = Column::of(name) {
                at.entry(column).or_insert(index);
            }
        }
        for (column, name) in [(Column::Handle, "Handle"), (Column::Title, "Title"), (Column::Price, "Variant Price")] {
            if !at.contains_key(&column) {
                let message = format!(
                    "The file has no column {name:?}. Choose a product export from Shopify, with its header and commas between the columns"
                );
                return Err(Error::invalid("file", message));
            }
        }
        Ok(Self { at })
    }

    pub fn has(&self, column: Column) -> bool {
        self.at.contains_key(&column)
    }

    pub fn has_options(&self) -> bool {
        (0..3).any(|number| self.has(Column::OptionValue(number)))
    }

    pub fn index(&self, column: Column) -> Option<usize> {
        self.at.get(&column).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_older_and_newer_exports_mean_the_same() {
        let older =
            ["Handle", "Body (HTML)", "Variant Grams", "Variant Compare At Price", "Variant Inventory Qty", "Image Src", "Option2 Name"];
        let newer = [
            "URL handle",
            "Description",
            "Weight value (grams)",
            "Compare-at price",
            "Inventory quantity",
            "Product image URL",
            "Option2 name",
        ];
        for (older, newer) in older.into_iter().zip(newer) {
            assert!(Column::of(older).is_some(), "{older}");
            assert_eq!(Column::of(older), Column::of(newer), "{older}");
        }
    }

    #[test]
    fn case_space_and_a_byte_order_mark_do_not_matter() {
        assert_eq!(Column::of("\u{feff} HANDLE "), Some(Column::Handle));
    }

    #[test]
    fn related_products_are_found_under_their_long_name() {
        let long = "Related products (product.metafields.shopify--discovery--product_recommendation.related_products)";
        let localised = "Verwandte Produkte (product.metafields.shopify--discovery--product_recommendation.related_products)";
        assert_eq!(Column::of(long), Some(Column::Related));
        assert_eq!(Column::of(localised), Some(Column::Related));
    }

    #[test]
    fn what_a_shop_has_no_use_for_is_passed_over() {
        for name in ["Google Shopping / MPN", "Option1 Linked To", "Price / International", "Variant Image", ""] {
            assert_eq!(Column::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_refused_with_the_mend() {
        let refused = Columns::read(&StringRecord::from(vec!["Handle;Title;Variant Price"])).unwrap_err();
        assert!(refused.to_string().contains("commas between the columns"));
    }
}
