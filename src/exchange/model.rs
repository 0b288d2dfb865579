//! What a file says, before it is held against what the shop has.
//!
//! `None` means that the file does not say: the column is missing, or its text is left to us. What the shop has stays then.

use crate::catalog::Status;

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Download pictures that the file names by `https://` address; otherwise they are left out.
    pub fetch_images: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductInFile {
    /// Line of its first row.
    pub row: u64,
    pub slug: String,
    pub title: String,
    /// Sanitised HTML.
    pub description: Option<String>,
    pub vendor: Option<String>,
    pub product_type: Option<String>,
    pub tags: Option<Tags>,
    pub status: Option<Status>,
    pub is_gift_card: Option<bool>,
    /// Names from the top category down; empty when the file names none.
    pub category: Vec<String>,
    /// Slugs of related products.
    pub related: Option<Vec<String>>,
    pub option_names: Option<Vec<String>>,
    pub variants: Vec<VariantInFile>,
    pub images: Vec<ImageInFile>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    pub list: Vec<String>,
    /// The tag `featured` was among them.
    pub featured: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantInFile {
    pub row: u64,
    /// Its number among the product's variants, from 1; rows that can't be read count, so that mending one moves no other.
    pub position: i32,
    pub sku: Sku,
    pub option_values: Option<Vec<String>>,
    /// Minor units.
    pub price: i64,
    /// `Some(None)`: there is no former price.
    pub compare_at: Option<Option<i64>>,
    pub weight_grams: Option<i32>,
    pub barcode: Option<String>,
    pub stock: StockInFile,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sku {
    Given(String),
    /// The file has none; this one is made of the handle and the options, the same at every import.
    Made(String),
}

impl Sku {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Given(sku) | Self::Made(sku) => sku,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockInFile {
    /// No word about stock in the whole file.
    Unsaid,
    /// Sold without counting.
    Untracked,
    /// Counted, but the file does not hold the number, as exports of shops with several locations.
    Tracked,
    OnHand(i32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInFile {
    pub row: u64,
    /// An address, or a file's path.
    pub source: String,
    pub position: i32,
    pub alt: String,
}
