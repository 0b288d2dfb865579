//! What a product was and became: snapshots, and the revisions that tell how one follows from another.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Status, attributes::AttributeValue};
use crate::{
    base::{AccountId, BulkEditId, ProductId, RevisionId, text_enum},
    schema::product_revisions,
};

text_enum! {
    /// What was done.
    pub enum Deed {
        Created = "created",
        Edited = "edited",
        Variants = "variants",
        Pictures = "pictures",
        Status = "status",
        /// One of many in a bulk edit.
        Bulk = "bulk",
        /// A change, or a bulk edit, was taken back.
        Undone = "undone",
        /// The product was made again what it was before a revision.
        Restored = "restored",
        Imported = "imported",
    }
}

impl Deed {
    pub fn label(self) -> &'static str {
        match self {
            Self::Created => "Made",
            Self::Edited => "Edited",
            Self::Variants => "Variants changed",
            Self::Pictures => "Pictures changed",
            Self::Status => "Taken up or down",
            Self::Bulk => "Part of a bulk edit",
            Self::Undone => "A change was taken back",
            Self::Restored => "Put back as it was",
            Self::Imported => "Imported",
        }
    }
}

/// Who changes products, for their history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    pub account: Option<AccountId>,
    pub name: String,
}

impl Editor {
    /// The program itself, in somebody's stead: an import, say.
    pub fn program(name: &str) -> Self {
        Self { account: None, name: name.to_owned() }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = product_revisions)]
pub struct Revision {
    pub id: RevisionId,
    pub product_id: ProductId,
    pub at: DateTime<Utc>,
    pub by_name: String,
    pub what: Deed,
    pub bulk_edit_id: Option<BulkEditId>,
    /// The parts that differ, as they were.
    pub before: Value,
    /// The same parts, as they became.
    pub after: Value,
}

/// Which parts of products a change can touch: only those are looked at before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// What stands in the product's own form.
    Head,
    Variants,
    Pictures,
    All,
}

/// A product with everything that its history knows of. As JSON it is what revisions are parts of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    #[serde(flatten)]
    pub head: Head,
    #[serde(default)]
    pub variants: BTreeMap<String, VariantState>,
    #[serde(default)]
    pub pictures: BTreeMap<String, PictureState>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub vendor: String,
    pub product_type: String,
    pub tags: Vec<String>,
    pub option_names: Vec<String>,
    pub status: Status,
    pub featured: bool,
    pub is_gift_card: bool,
    pub on_sale_from: Option<DateTime<Utc>>,
    pub on_sale_until: Option<DateTime<Utc>>,
    /// Ids, ascending.
    pub categories: Vec<i64>,
    /// By the attribute's id.
    pub attributes: BTreeMap<String, AttributeValue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantState {
    pub sku: String,
    pub option_values: Vec<String>,
    pub price: i64,
    pub compare_at: Option<i64>,
    pub weight_grams: i32,
    pub barcode: String,
    pub tax_class: String,
    pub position: i32,
    pub archived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureState {
    pub position: i32,
    pub alt: String,
}

/// A difference in words, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub label: String,
    /// Empty: there was nothing.
    pub before: String,
    pub after: String,
}

/// What others changed while somebody had the product's form open.
#[derive(Clone, Debug)]
pub struct Meanwhile {
    /// The version that they are told of, and may save over.
    pub version: i32,
    pub changes: Vec<(Difference, String)>,
}
