//! What a file says, before it is held against what the shop has.
//!
//! `None` means that the file does not say: the column is missing, or its text is left to us. What the shop has stays then.

use chrono::NaiveDate;

use crate::{
    catalog::{AttributeKind, Relation, Schedule, Status},
    exchange::report::Report,
    inventory::Policy,
};

/// What was read since the batch before: rows, their problems, and a product if one came of them.
#[derive(Debug, Default)]
pub struct Batch {
    pub report: Report,
    pub product: Option<ProductInFile>,
    /// About how much memory that takes.
    pub bytes: usize,
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
    /// Of each category the names from the top down; `None` when the file names none.
    pub categories: Option<Vec<Vec<String>>>,
    pub schedule: Option<Schedule>,
    pub attributes: Option<Vec<AttributeInFile>>,
    /// Paths at which another shop had it.
    pub former_paths: Vec<String>,
    /// Slugs of related products, and of accessories.
    pub related: Option<Vec<String>>,
    pub accessories: Option<Vec<String>>,
    pub option_names: Option<Vec<String>>,
    pub variants: Vec<VariantInFile>,
    pub images: Vec<ImageInFile>,
}

impl ProductInFile {
    /// It says something that can be done only when all products are there.
    pub fn refers(&self) -> bool {
        self.relations().any(|(_, named)| !named.is_empty()) || self.variants.iter().any(VariantInFile::refers)
    }

    /// What the file says of products beside it.
    pub fn relations(&self) -> impl Iterator<Item = (Relation, &Vec<String>)> {
        let said = [(Relation::Related, &self.related), (Relation::Accessory, &self.accessories)];
        said.into_iter().filter_map(|(kind, named)| Some((kind, named.as_ref()?)))
    }
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
    pub tax_class: Option<String>,
    pub policy: PolicyInFile,
    pub archived: Option<bool>,
    /// SKUs of what it is made of, each with how many; none: it is no bundle.
    pub parts: Option<Vec<(String, i32)>>,
    /// Names of the files that its buyers download, where it is sold as files. They are not in the file.
    pub download: Option<Vec<String>>,
}

impl VariantInFile {
    /// It is a bundle of others, or lacks what is not in the file.
    pub fn refers(&self) -> bool {
        self.download.is_some() || self.parts.as_ref().is_some_and(|parts| !parts.is_empty())
    }
}

/// How a variant is sold beyond stock, as far as the file says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyInFile {
    pub backorder_limit: Option<i32>,
    pub preorder: Option<bool>,
    pub available_from: Option<Option<NaiveDate>>,
    pub low_at: Option<Option<i32>>,
    pub most_per_order: Option<Option<i32>>,
}

impl PolicyInFile {
    /// What becomes of the rules that there are.
    pub fn over(self, had: Policy) -> Policy {
        Policy {
            backorder_limit: self.backorder_limit.unwrap_or(had.backorder_limit),
            preorder: self.preorder.unwrap_or(had.preorder),
            available_from: self.available_from.unwrap_or(had.available_from),
            low_at: self.low_at.unwrap_or(had.low_at),
            most_per_order: self.most_per_order.unwrap_or(had.most_per_order),
        }
    }
}

/// What a product says of one attribute, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeInFile {
    pub code: String,
    pub name: String,
    /// What to declare it as where the product's type does not have it yet.
    pub kind: AttributeKind,
    pub unit: String,
    pub filterable: bool,
    pub values: Vec<String>,
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
