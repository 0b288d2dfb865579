//! What is written into files.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

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
