//! What a file says, before it is held against what the shop has.
//!
//! `None` means that the file does not say: the column is missing, or its text is left to us. What the shop has stays then.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::report::Report;
use crate::{
    base::{AccountId, ExchangeId, text_enum},
    catalog::{AttributeKind, Editor, Relation, Schedule, Status},
    inventory::Policy,
    schema::exchange_runs,
};

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Download pictures that the file names by `https://` address; otherwise they are left out.
    pub fetch_images: bool,
    /// Do everything but keep nothing: the report tells what would become of it. Pictures are not looked at.
    pub dry_run: bool,
    /// The file came from a browser: nothing beside it may be read, and no address inside the network be asked.
    pub from_afar: bool,
}

text_enum! {
    /// Whose file it is, told by its header.
    pub enum Format {
        Shopify = "shopify",
        WooCommerce = "woocommerce",
        /// What this program writes: everything it knows.
        Own = "ironmonger",
    }
}

/// What becomes of each column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub format: Format,
    /// What the file is a list of. Only our own are of something else than products.
    pub subject: Subject,
    /// Headers in the file's order, each with what it becomes; `None`: left aside.
    pub columns: Vec<(String, Option<String>)>,
}

impl Mapping {
    pub fn label(&self) -> String {
        match self.format {
            Format::Shopify => "Shopify's product export".to_owned(),
            Format::WooCommerce => "WooCommerce's product export".to_owned(),
            Format::Own => format!("Ironmonger's own {}", self.subject),
        }
    }
}

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

/// A product with all that is written out of it.
#[derive(Clone, Debug, Deserialize)]
pub struct ProductOut {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub vendor: String,
    pub product_type: String,
    pub tags: Vec<String>,
    pub option_names: Vec<String>,
    pub status: String,
    pub featured: bool,
    pub is_gift_card: bool,
    pub on_sale_from: Option<DateTime<Utc>>,
    pub on_sale_until: Option<DateTime<Utc>>,
    pub categories: Vec<Vec<String>>,
    /// Slugs.
    pub related: Vec<String>,
    pub accessories: Vec<String>,
    pub attributes: Vec<AttributeOut>,
    pub pictures: Vec<PictureOut>,
    pub variants: Vec<VariantOut>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct AttributeOut {
    pub code: String,
    pub name: String,
    pub kind: String,
    pub unit: String,
    pub filterable: bool,
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PictureOut {
    pub hash: String,
    pub alt: String,
    pub position: i32,
}

#[derive(Clone, Debug, Deserialize)]
pub struct VariantOut {
    pub sku: String,
    pub option_values: Vec<String>,
    pub position: i32,
    /// Minor units.
    pub price: i64,
    pub compare_at: Option<i64>,
    pub tax_class: String,
    pub weight_grams: i32,
    pub barcode: String,
    pub archived: bool,
    /// `None`: not counted.
    pub on_hand: Option<i32>,
    pub backorder_limit: i32,
    pub preorder: bool,
    pub available_from: Option<NaiveDate>,
    pub low_at: Option<i32>,
    pub most_per_order: Option<i32>,
    /// Of a bundle: SKU and units.
    pub parts: Vec<(String, i32)>,
    pub is_digital: bool,
    /// Names of what its buyers download.
    pub files: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct StockOut {
    pub sku: String,
    pub product: String,
    pub options: String,
    pub tracked: bool,
    /// Locations with their units; one at least where it is counted.
    pub places: Vec<(String, i32)>,
    pub allocated: i32,
    pub backorder_limit: i32,
    pub preorder: bool,
    pub available_from: Option<NaiveDate>,
    pub low_at: Option<i32>,
    pub most_per_order: Option<i32>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct RedirectOut {
    pub from: String,
    pub to: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CustomerOut {
    pub email: String,
    pub name: String,
    pub group: String,
    pub tax_exemption: String,
    pub since: DateTime<Utc>,
    pub offers_agreed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct OrderOut {
    pub number: String,
    pub placed_at: DateTime<Utc>,
    pub email: String,
    pub phone: String,
    pub currency: String,
    pub lifecycle: String,
    pub payment: String,
    pub fulfilment: String,
    /// Minor units, as the other sums.
    pub items_total: i64,
    /// Zero or less.
    pub discount_total: i64,
    pub delivery_total: i64,
    pub fee_total: i64,
    pub tax_total: i64,
    pub total: i64,
    pub tax_included: bool,
    pub tax_treatment: String,
    pub tax_reason: String,
    pub vat_number: String,
    pub delivery_method: String,
    pub is_pickup: bool,
    /// Name, company, two lines, town, region, postcode, country.
    pub delivery_address: Option<Vec<String>>,
    pub billing_address: Option<Vec<String>>,
    pub discounts: Vec<DiscountOut>,
    pub fees: Vec<FeeOut>,
    pub taxes: Vec<TaxOut>,
    pub lines: Vec<OrderLineOut>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct DiscountOut {
    /// Position of its line.
    pub line: Option<i32>,
    pub label: String,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct FeeOut {
    pub label: String,
    pub tax_class: String,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct TaxOut {
    pub line: Option<i32>,
    pub label: String,
    pub rate: Decimal,
    pub base: i64,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct OrderLineOut {
    pub position: i32,
    pub sku: String,
    pub title: String,
    pub options: String,
    pub unit_price: i64,
    pub quantity: i32,
    pub total: i64,
    pub shipped: i32,
    pub weight_grams: i32,
    pub tax_class: String,
    pub is_gift_card: bool,
    pub note: String,
}

text_enum! {
    /// What files are of.
    pub enum Subject {
        Products = "products",
        Orders = "orders",
        Customers = "customers",
        Stock = "stock",
        Redirects = "redirects",
    }
}

impl Subject {
    pub fn label(self) -> &'static str {
        match self {
            Self::Products => "Products",
            Self::Orders => "Orders",
            Self::Customers => "Customers",
            Self::Stock => "Stock",
            Self::Redirects => "Redirects",
        }
    }

    /// The same with what a file of it holds, for whoever chooses.
    pub fn choice(self) -> &'static str {
        match self {
            Self::Products => "Products, a row for each variant",
            Self::Orders => "Orders, a row for each line",
            Self::Customers => "Customers",
            Self::Stock => "Stock, by location",
            Self::Redirects => "Redirects from former addresses",
        }
    }
}

text_enum! {
    pub enum Direction {
        In = "in",
        Out = "out",
    }
}

text_enum! {
    /// How far a file is that came or goes by the back office.
    pub enum RunState {
        /// A worker looks what would become of it.
        Checking = "checking",
        /// Somebody is to say whether it shall be done.
        Checked = "checked",
        Running = "running",
        Done = "done",
        /// What was done till then stays.
        Cancelled = "cancelled",
        /// The file can't be used.
        Failed = "failed",
    }
}

impl RunState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Checking => "Being looked through",
            Self::Checked => "Waiting for you",
            Self::Running => "At work",
            Self::Done => "Done",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
        }
    }

    /// A worker is at it, so the page shall look again.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
}

/// A file that came or goes by the back office.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = exchange_runs)]
pub struct Run {
    pub id: ExchangeId,
    pub direction: Direction,
    pub subject: Subject,
    pub state: RunState,
    /// What the file was called where it came from.
    pub file_name: String,
    /// Empty until it is known.
    pub format: String,
    pub mapping: Value,
    pub fetch_images: bool,
    /// Products of the file that are done.
    pub position: i64,
    pub report: Value,
    pub failure: String,
    pub account_id: Option<AccountId>,
    pub by_name: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The file is deleted then.
    pub expires_at: DateTime<Utc>,
}

impl Run {
    pub fn counts(&self) -> Report {
        serde_json::from_value(self.report.clone()).unwrap_or_default()
    }

    /// Who asked for it, for the history of what it changes.
    pub fn by(&self) -> Editor {
        Editor { account: self.account_id, name: self.by_name.clone() }
    }

    /// Whether its file is not to be had any more.
    pub fn has_expired(&self) -> bool {
        self.expires_at <= Utc::now()
    }

    pub fn columns(&self) -> Vec<(String, Option<String>)> {
        serde_json::from_value(self.mapping.clone()).unwrap_or_default()
    }
}
