//! What belongs to one order: lines, charges, addresses, parcels.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::{
    base::{CouponId, OrderLineId, PromotionId, ShipmentId, VariantId},
    inventory::Item,
    schema::{order_addresses, order_discounts, order_fees, order_lines, order_tax_lines, shipments},
    settings::Address,
};

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = order_lines)]
pub struct OrderLine {
    pub id: OrderLineId,
    pub variant_id: Option<VariantId>,
    pub title: String,
    pub options: String,
    pub sku: String,
    /// Content hash of its picture.
    pub image: Option<String>,
    pub unit_price: i64,
    pub quantity: i32,
    /// Before discounts.
    pub total: i64,
    pub shipped: i32,
    pub returned: i32,
    pub weight_grams: i32,
    pub tax_class: String,
    pub is_gift_card: bool,
    /// Why it costs what it costs.
    pub note: String,
    pub entered_price: Option<i64>,
    /// Files, for which the customer gets links.
    pub is_digital: bool,
}

impl OrderLine {
    /// It goes into a parcel. Gift cards and links to files go by mail, by themselves.
    pub fn is_tangible(&self) -> bool {
        !self.is_gift_card && !self.is_digital
    }

    /// Units that still have to go into a parcel.
    pub fn to_send(&self) -> i32 {
        if self.is_tangible() { self.quantity - self.shipped } else { 0 }
    }

    /// `2 × Claw hammer, Ash`.
    pub fn words(&self, units: i32) -> String {
        let options = if self.options.is_empty() { String::new() } else { format!(", {}", self.options) };
        format!("{units} × {}{options}", self.title)
    }

    /// What of it is still to be shipped, where its variant still exists.
    pub fn unshipped(&self) -> Option<Item> {
        let quantity = self.quantity - self.shipped;
        self.variant_id.filter(|_| quantity > 0).map(|variant| Item { variant, quantity })
    }

    pub fn image_url(&self) -> Option<String> {
        self.image.as_ref().map(|hash| format!("/media/{hash}/160.webp"))
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = order_tax_lines)]
pub struct TaxLine {
    /// `None`: tax on delivery or a fee.
    pub order_line_id: Option<OrderLineId>,
    pub label: String,
    /// Percent.
    pub rate: Decimal,
    /// Net amount that was taxed.
    pub base: i64,
    pub amount: i64,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = order_discounts)]
pub struct DiscountLine {
    /// `None`: a discount on delivery.
    pub order_line_id: Option<OrderLineId>,
    pub promotion_id: Option<PromotionId>,
    pub coupon_id: Option<CouponId>,
    pub label: String,
    /// Zero or less.
    pub amount: i64,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = order_fees)]
pub struct FeeLine {
    pub label: String,
    pub tax_class: String,
    pub entered: i64,
    pub amount: i64,
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug)]
#[diesel(table_name = order_addresses)]
pub struct AddressRow {
    pub kind: String,
    pub name: String,
    pub company: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub region: String,
    pub postcode: String,
    pub country: String,
}

impl AddressRow {
    pub fn of(kind: &str, address: &Address) -> Self {
        let Address { name, company, line1, line2, city, region, postcode, country } = address.clone();
        Self { kind: kind.to_owned(), name, company, line1, line2, city, region, postcode, country }
    }
}

impl From<AddressRow> for Address {
    fn from(row: AddressRow) -> Self {
        let AddressRow { name, company, line1, line2, city, region, postcode, country, .. } = row;
        Self { name, company, line1, line2, city, region, postcode, country }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = shipments)]
pub struct Shipment {
    pub id: ShipmentId,
    pub carrier: String,
    pub tracking_number: String,
    pub shipped_at: DateTime<Utc>,
    /// It has arrived, or was picked up.
    pub delivered_at: Option<DateTime<Utc>>,
    /// Where the customer can follow it, https; empty: nowhere.
    pub tracking_url: String,
}

impl Shipment {
    /// `Royal Mail, AB123456789GB`; empty when neither is known.
    pub fn tracking(&self) -> String {
        [&self.carrier, &self.tracking_number].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
    }
}

/// So many units of a line in a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    pub line: OrderLineId,
    pub quantity: i32,
}

/// What a mail about a parcel lists.
#[derive(Clone, Debug)]
pub struct Contents {
    /// All that was ordered is in this one parcel.
    pub is_whole: bool,
    /// In words, as the other.
    pub lines: Vec<String>,
    pub to_follow: Vec<String>,
}

/// Taxes on delivery (`None`) and on fees, by the fee's id.
pub type ChargeTax = (Option<i64>, String, Decimal, i64);
