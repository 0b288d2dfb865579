//! Which column of WooCommerce's export holds what. Its headers are English, whatever the shop's language, where the file comes
//! from the importer's own page; those of plugins (`Meta: …`) are left aside.

use std::collections::HashMap;

use csv::StringRecord;

use crate::base::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    Id,
    Type,
    Sku,
    Barcode,
    Name,
    Slug,
    Published,
    Featured,
    Visibility,
    Short,
    Description,
    SaleStarts,
    SaleEnds,
    TaxStatus,
    TaxClass,
    InStock,
    Stock,
    LowStock,
    Backorders,
    SoldIndividually,
    /// Weight; the file's unit stands in its header.
    Weight(WeightUnit),
    SalePrice,
    RegularPrice,
    Categories,
    Tags,
    Brands,
    Images,
    Parent,
    Upsells,
    CrossSells,
    Position,
    /// Of the attribute with this number, from 1.
    AttributeName(usize),
    AttributeValues(usize),
    AttributeVisible(usize),
    AttributeGlobal(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeightUnit {
    Kilogram,
    Gram,
    Pound,
    Ounce,
}

impl Column {
    pub fn of(header: &str) -> Option<Self> {
        let name = header.trim_start_matches('\u{feff}').trim().to_lowercase();
        Some(match name.as_str() {
            "id" => Self::Id,
            "type" => Self::Type,
            "sku" => Self::Sku,
            "gtin, upc, ean, or isbn" => Self::Barcode,
            "name" => Self::Name,
            "slug" => Self::Slug,
            "published" => Self::Published,
            "is featured?" => Self::Featured,
            "visibility in catalog" => Self::Visibility,
            "short description" => Self::Short,
            "description" => Self::Description,
            "date sale price starts" => Self::SaleStarts,
            "date sale price ends" => Self::SaleEnds,
            "tax status" => Self::TaxStatus,
            "tax class" => Self::TaxClass,
            "in stock?" => Self::InStock,
            "stock" => Self::Stock,
            "low stock amount" => Self::LowStock,
            "backorders allowed?" => Self::Backorders,
            "sold individually?" => Self::SoldIndividually,
            "sale price" => Self::SalePrice,
            "regular price" => Self::RegularPrice,
            "categories" => Self::Categories,
            "tags" => Self::Tags,
            "brands" => Self::Brands,
            "images" => Self::Images,
            "parent" => Self::Parent,
            "upsells" => Self::Upsells,
            "cross-sells" => Self::CrossSells,
            "position" => Self::Position,
            name => return Self::weight(name).or_else(|| Self::of_attribute(name)),
        })
    }

    fn weight(name: &str) -> Option<Self> {
        let unit = name.strip_prefix("weight (")?.strip_suffix(')')?;
        Some(Self::Weight(match unit {
            "kg" => WeightUnit::Kilogram,
            "g" => WeightUnit::Gram,
            "lbs" | "lb" => WeightUnit::Pound,
            "oz" => WeightUnit::Ounce,
            _ => return None,
        }))
    }

    fn of_attribute(name: &str) -> Option<Self> {
        let (number, part) = name.strip_prefix("attribute ")?.split_once(' ')?;
        let number = number.parse().ok().filter(|number| (1..=200).contains(number))?;
        Some(match part {
            "name" => Self::AttributeName(number),
            "value(s)" => Self::AttributeValues(number),
            "visible" => Self::AttributeVisible(number),
            "global" => Self::AttributeGlobal(number),
            _ => return None,
        })
    }

    /// What becomes of it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Id | Self::Parent | Self::Type => "which rows make one product",
            Self::Sku => "SKU",
            Self::Barcode => "barcode",
            Self::Name => "title, and the address made of it",
            Self::Slug => "address, and a redirect from /product/…",
            Self::Published | Self::Visibility => "state",
            Self::Featured => "shown on the home page",
            Self::Short | Self::Description => "description",
            Self::SaleStarts | Self::SaleEnds => "whether the sale price counts today",
            Self::TaxStatus | Self::TaxClass => "tax class",
            Self::InStock | Self::Stock => "units on hand",
            Self::LowStock => "when stock counts as low",
            Self::Backorders => "sold beyond stock",
            Self::SoldIndividually => "one for each order",
            Self::Weight(_) => "weight",
            Self::SalePrice => "price while on sale",
            Self::RegularPrice => "price; former price while on sale",
            Self::Categories => "categories",
            Self::Tags => "tags",
            Self::Brands => "brand",
            Self::Images => "pictures",
            Self::Upsells | Self::CrossSells => "related products",
            Self::Position => "order of the variants",
            Self::AttributeName(_) | Self::AttributeValues(_) => "options where variations differ by it, else an attribute",
            Self::AttributeVisible(_) => "whether the attribute is kept",
            Self::AttributeGlobal(_) => "whether it is a choice from a list or plain text",
        }
    }
}

/// Where each known column stands.
#[derive(Debug)]
pub struct Columns {
    at: HashMap<Column, usize>,
    pub weight: Option<WeightUnit>,
    /// Attributes have numbers up to this.
    pub attributes: usize,
}

impl Columns {
    /// # Errors
    /// `Invalid` on `file` when this can't be a list of products.
    pub fn read(header: &StringRecord) -> Result<Self> {
        let (mut at, mut weight, mut attributes) = (HashMap::new(), None, 0);
        for (index, name) in header.iter().enumerate() {
            let Some(column) = Column::of(name) else { continue };
            at.entry(column).or_insert(index);
            match column {
                Column::Weight(unit) => weight = Some(unit),
                Column::AttributeName(number) => attributes = attributes.max(number),
                _ => {}
            }
        }
        for (column, name) in [(Column::Type, "Type"), (Column::Name, "Name"), (Column::RegularPrice, "Regular price")] {
            if !at.contains_key(&column) {
                let message = format!("The file has no column {name:?}. Export all columns from WooCommerce, in English");
                return Err(Error::invalid("file", message));
            }
        }
        Ok(Self { at, weight, attributes })
    }

    pub fn index(&self, column: Column) -> Option<usize> {
        self.at.get(&column).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_export_are_known_and_those_of_plugins_are_not() {
        assert_eq!(Column::of("\u{feff}ID"), Some(Column::Id));
        assert_eq!(Column::of("Attribute 12 value(s)"), Some(Column::AttributeValues(12)));
        assert_eq!(Column::of("Weight (lbs)"), Some(Column::Weight(WeightUnit::Pound)));
        for name in ["Meta: _wpcom_is_markdown", "Purchase note", "Attribute 1 default", "Attribute x name", "Length (cm)"] {
            assert_eq!(Column::of(name), None, "{name}");
        }
    }
}
