//! Orders of another shop, brought in as records.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Fulfilment, Lifecycle, PaymentState};
use crate::{settings::Address, tax::Treatment};

/// An order that was agreed and settled elsewhere. Amounts in minor units of its currency.
#[derive(Serialize, Clone, Debug)]
pub struct BroughtOrder {
    pub number: String,
    pub placed_at: DateTime<Utc>,
    pub email: String,
    pub phone: String,
    /// ISO code.
    pub currency: String,
    /// Completed or cancelled.
    pub lifecycle: Lifecycle,
    pub payment_state: PaymentState,
    pub fulfilment_state: Fulfilment,
    pub items_total: i64,
    /// Zero or less.
    pub discount_total: i64,
    pub delivery_total: i64,
    pub fee_total: i64,
    pub tax_total: i64,
    pub total: i64,
    pub tax_included: bool,
    pub tax_treatment: Treatment,
    pub tax_reason: String,
    pub vat_number: String,
    pub delivery_method: String,
    pub is_pickup: bool,
    pub lines: Vec<BroughtLine>,
    pub discounts: Vec<BroughtDiscount>,
    pub fees: Vec<BroughtFee>,
    pub taxes: Vec<BroughtTax>,
    #[serde(skip)]
    pub delivery_address: Option<Address>,
    #[serde(skip)]
    pub billing_address: Option<Address>,
}

#[derive(Serialize, Clone, Debug)]
pub struct BroughtLine {
    /// From 1.
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

#[derive(Serialize, Clone, Debug)]
pub struct BroughtDiscount {
    /// Position of its line; `None`: on delivery, or on the whole order.
    pub line: Option<i32>,
    pub label: String,
    /// Zero or less.
    pub amount: i64,
}

#[derive(Serialize, Clone, Debug)]
pub struct BroughtFee {
    pub label: String,
    pub tax_class: String,
    pub amount: i64,
}

#[derive(Serialize, Clone, Debug)]
pub struct BroughtTax {
    /// Position of its line; `None`: on delivery or a fee.
    pub line: Option<i32>,
    pub label: String,
    /// Percent.
    pub rate: Decimal,
    pub base: i64,
    pub amount: i64,
}
