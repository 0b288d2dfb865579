use csv::StringRecord;

use crate::base::{Error, Result};

macro_rules! columns {
    ($($name:ident = $header:literal, $meaning:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column { $($name),* }

        impl Column {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn header(self) -> &'static str {
                match self { $(Self::$name => $header),* }
            }

            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),* }
            }
        }
    };
}

columns! {
    Handle = "Address", "address; rows with the same are one product";
    Title = "Title", "title";
    Description = "Description (HTML)", "description";
    Brand = "Brand", "brand";
    Kind = "Product type", "product type";
    Tags = "Tags", "tags";
    Featured = "Featured", "shown on the home page";
    GiftCard = "Gift card", "gift card";
    Status = "State", "state";
    From = "On sale from", "when it begins to be sold";
    Until = "On sale until", "when it ends to be sold";
    Categories = "Categories", "categories";
    Related = "Related products", "related products";
    Accessories = "Accessories", "accessories";
    Attributes = "Attributes", "attributes, declared by the product type where they are not yet";
    Pictures = "Pictures", "pictures, by the hash of their content or their address";
    Options = "Options", "names of the options";
    Sku = "SKU", "SKU";
    Values = "Option values", "values of the options";
    Position = "Position", "order of the variants";
    Price = "Price", "price";
    CompareAt = "Former price", "former price";
    TaxClass = "Tax class", "tax class";
    Grams = "Weight (g)", "weight";
    Barcode = "Barcode", "barcode";
    Archived = "Variant archived", "whether the variant is archived";
    Stock = "Units on hand", "units on hand; empty: not counted";
    Backorder = "Sold beyond stock", "units that may be sold beyond stock";
    Preorder = "Pre-order", "sold before it is out";
    Available = "Available from", "day from which it ships";
    Low = "Low at", "when stock counts as low";
    Most = "Most per order", "most for each order";
    Parts = "Bundle parts", "what a bundle is made of, as SKU|units";
    Download = "Download", "whether it is sold as files";
    Files = "Files", "names of those files, which are not in here: add them afterwards";
}

impl Column {
    pub fn of(header: &str) -> Option<Self> {
        let name = header.trim_start_matches('\u{feff}').trim();
        Self::ALL.iter().copied().find(|column| column.header().eq_ignore_ascii_case(name))
    }
}

/// Where each column stands.
pub struct Columns(Vec<Option<usize>>);

impl Columns {
    /// # Errors
    /// `Invalid` on `file` when this is no list of products.
    pub fn read(header: &StringRecord) -> Result<Self> {
        let at = |column: &Column| header.iter().position(|name| Column::of(name) == Some(*column));
        let columns = Self(Column::ALL.iter().map(at).collect());
        for column in [Column::Handle, Column::Title, Column::Sku, Column::Price] {
            if columns.index(column).is_none() {
                return Err(Error::invalid(
                    "file",
                    format!("The file has no column {:?}. Choose one that was exported from here", column.header()),
                ));
            }
        }
        Ok(columns)
    }

    pub fn index(&self, column: Column) -> Option<usize> {
        self.0.get(column as usize).copied().flatten()
    }
}
