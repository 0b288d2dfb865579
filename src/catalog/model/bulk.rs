//! Many products changed alike.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Status;
use crate::{
    base::{BrandId, BulkEditId, CategoryId, ProductId, ProductTypeId, TextList, text_enum},
    schema::bulk_edits,
};

/// What the back office's list of products is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductFilter {
    pub status: Option<Status>,
    /// Beginnings of words of the title or the brand, or the beginning of a SKU.
    pub text: String,
    /// In it or below it.
    pub category: Option<CategoryId>,
    pub brand: Option<BrandId>,
    pub product_type: Option<ProductTypeId>,
    pub tag: String,
    pub stock: Option<StockState>,
}

text_enum! {
    /// Whether any of a product can be had.
    pub enum StockState {
        Some = "in",
        /// Every variant is sold out, or there is none.
        None = "out",
    }
}

/// Which products a bulk edit means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Selection {
    These(Vec<ProductId>),
    /// All that match, also those on other pages.
    All(ProductFilter),
}

text_enum! {
    /// To what a price is rounded.
    pub enum Rounding {
        /// The smallest coin.
        Coin = "coin",
        Ten = "ten",
        Whole = "whole",
        /// The nearest price that ends on 99 hundredths.
        NinetyNine = "ninety_nine",
    }
}

impl Rounding {
    pub fn label(self) -> &'static str {
        match self {
            Self::Coin => "The smallest coin",
            Self::Ten => "0.10",
            Self::Whole => "Whole amounts",
            Self::NinetyNine => "The nearest .99",
        }
    }
}

/// How prices change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceStep {
    /// By so many percent; negative lowers.
    Percent(Decimal),
    /// By so many minor units; negative lowers.
    Amount(i64),
}

/// What is done to each product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Price {
        step: PriceStep,
        rounding: Rounding,
        /// The price as it is becomes the former price, when it falls.
        keep_former: bool,
    },
    Status(Status),
    AddCategory(CategoryId),
    RemoveCategory(CategoryId),
    AddTag(String),
    RemoveTag(String),
    /// Its name; empty: none.
    Brand(String),
    TaxClass(String),
}

text_enum! {
    pub enum BulkState {
        /// Looked at, not done yet.
        Draft = "draft",
        Running = "running",
        Done = "done",
        Undoing = "undoing",
        Undone = "undone",
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = bulk_edits)]
pub struct BulkEdit {
    pub id: BulkEditId,
    pub by_name: String,
    pub selection: Value,
    pub action: Value,
    pub state: BulkState,
    /// The highest product id that is meant.
    pub up_to: i64,
    /// Products up to this id are done.
    pub last_id: i64,
    pub total: i32,
    pub changed: i32,
    pub skipped: i32,
    pub notes: TextList,
    pub created_at: DateTime<Utc>,
}
