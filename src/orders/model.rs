use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::{
    base::{AccountId, CartId, Currency, Money, OrderId, OrderLineId, ShipmentId, VariantId, text_enum},
    inventory::Item,
    payments::{Attempt, Refund, Summary},
    schema::{order_addresses, order_events, order_lines, order_tax_lines, orders, shipments},
    settings::Address,
};

text_enum! {
    pub enum Lifecycle {
        Placed = "placed",
        Cancelled = "cancelled",
        /// Paid and shipped: nothing left to do.
        Completed = "completed",
    }
}

text_enum! {
    pub enum PaymentState {
        Due = "due",
        Authorised = "authorised",
        Paid = "paid",
        PartlyRefunded = "partly_refunded",
        Refunded = "refunded",
        Failed = "failed",
        Overcharged = "overcharged",
    }
}

text_enum! {
    pub enum Fulfilment {
        Unfulfilled = "unfulfilled",
        Partial = "partial",
        Shipped = "shipped",
        Delivered = "delivered",
        Returned = "returned",
    }
}

text_enum! {
    /// A tab of the back office's list.
    pub enum Tab {
        All = "all",
        /// Paid and not (wholly) shipped.
        ToShip = "to-ship",
        Unpaid = "unpaid",
        Completed = "completed",
        Cancelled = "cancelled",
    }
}

impl Tab {
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::ToShip => "To ship",
            Self::Unpaid => "Payment due",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Lifecycle {
    pub fn label(self) -> &'static str {
        match self {
            Self::Placed => "Placed",
            Self::Cancelled => "Cancelled",
            Self::Completed => "Completed",
        }
    }
}

impl PaymentState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Due => "Payment due",
            Self::Authorised => "Authorised",
            Self::Paid => "Paid",
            Self::PartlyRefunded => "Partly refunded",
            Self::Refunded => "Refunded",
            Self::Failed => "Payment failed",
            Self::Overcharged => "Overcharged",
        }
    }

    /// How a badge shows it: `good`, `warn`, `bad` or nothing.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Paid | Self::Authorised => "good",
            Self::Due => "warn",
            Self::Failed | Self::Overcharged => "bad",
            Self::PartlyRefunded | Self::Refunded => "",
        }
    }
}

impl Fulfilment {
    pub fn label(self) -> &'static str {
        match self {
            Self::Unfulfilled => "Not shipped",
            Self::Partial => "Partly shipped",
            Self::Shipped => "Shipped",
            Self::Delivered => "Delivered",
            Self::Returned => "Returned",
        }
    }

    pub fn tone(self) -> &'static str {
        match self {
            Self::Shipped | Self::Delivered => "good",
            Self::Unfulfilled | Self::Partial => "warn",
            Self::Returned => "",
        }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = orders)]
pub struct Order {
    pub id: OrderId,
    pub number: String,
    pub token: String,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub phone: String,
    pub currency: Currency,
    pub lifecycle: Lifecycle,
    pub payment_state: PaymentState,
    pub fulfilment_state: Fulfilment,
    /// Minor units, tax included, as the other totals.
    pub items_total: i64,
    pub delivery_total: i64,
    pub tax_total: i64,
    pub total: i64,
    pub delivery_method: String,
    pub gateway: String,
    pub pay_before: Option<DateTime<Utc>>,
    pub placed_at: DateTime<Utc>,
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl Order {
    pub fn money(&self, minor: &i64) -> Money {
        Money::new(*minor, self.currency)
    }

    pub fn total_money(&self) -> Money {
        Money::new(self.total, self.currency)
    }

    /// The guest's own path to it.
    pub fn path(&self) -> String {
        format!("/orders/{}?token={}", self.number, self.token)
    }

    pub fn admin_path(&self) -> String {
        format!("/admin/orders/{}", self.number)
    }

    pub fn is_cancelled(&self) -> bool {
        self.lifecycle == Lifecycle::Cancelled
    }

    pub fn is_paid(&self) -> bool {
        !matches!(self.payment_state, PaymentState::Due | PaymentState::Failed | PaymentState::Authorised)
    }

    /// The money is here, or set aside for us.
    pub fn is_secured(&self) -> bool {
        self.is_paid() || self.payment_state == PaymentState::Authorised
    }

    pub fn is_shipped(&self) -> bool {
        matches!(self.fulfilment_state, Fulfilment::Shipped | Fulfilment::Delivered)
    }
}

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
    pub total: i64,
    pub shipped: i32,
}

impl OrderLine {
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
    pub label: String,
    pub rate: Decimal,
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
}

/// An entry of the timeline.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = order_events)]
pub struct Event {
    pub kind: String,
    pub detail: String,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}

impl Event {
    pub fn title(&self) -> &str {
        match self.kind.as_str() {
            "placed" => "Order placed",
            "paid" => "Payment received",
            "authorised" => "Payment set aside",
            "capture_failed" => "Payment could not be taken",
            "payment_failed" => "Payment did not go through",
            "shipped" => "Shipped",
            "cancelled" => "Cancelled",
            "refund_requested" => "Refund on its way",
            "refunded" => "Refunded",
            "refund_failed" => "Refund failed",
            other => other,
        }
    }

    pub fn is_bad(&self) -> bool {
        matches!(self.kind.as_str(), "payment_failed" | "cancelled" | "refund_failed" | "capture_failed")
    }
}

/// What an order is made of. Amounts in minor units, tax included.
#[derive(Clone, Debug)]
pub struct NewOrder {
    pub cart: CartId,
    pub account: Option<AccountId>,
    pub email: String,
    pub phone: String,
    pub currency: Currency,
    pub lines: Vec<NewLine>,
    pub delivery_method: String,
    pub delivery_total: i64,
    pub delivery_tax: Option<NewTaxLine>,
    pub delivery_address: Address,
    /// `None`: the same.
    pub billing_address: Option<Address>,
    pub gateway: String,
    /// Minutes that the order waits for its payment; `None`: until staff does something.
    pub pay_within_minutes: Option<i32>,
}

impl NewOrder {
    pub fn items_total(&self) -> i64 {
        self.lines.iter().map(NewLine::total).sum()
    }

    pub fn tax_total(&self) -> i64 {
        let taxes = self.lines.iter().filter_map(|line| line.tax.as_ref()).chain(&self.delivery_tax);
        taxes.map(|tax| tax.amount).sum()
    }

    pub fn total(&self) -> i64 {
        self.items_total() + self.delivery_total
    }
}

#[derive(Clone, Debug)]
pub struct NewLine {
    pub variant: VariantId,
    pub title: String,
    pub options: String,
    pub sku: String,
    pub image: Option<String>,
    pub unit_price: i64,
    pub quantity: i32,
    pub weight_grams: i32,
    pub tax: Option<NewTaxLine>,
}

impl NewLine {
    pub fn total(&self) -> i64 {
        self.unit_price * i64::from(self.quantity)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTaxLine {
    pub label: String,
    pub rate: Decimal,
    pub amount: i64,
}

/// An order with all that belongs to it.
#[derive(Clone, Debug)]
pub struct OrderDetail {
    pub order: Order,
    pub lines: Vec<OrderLine>,
    pub taxes: Vec<TaxLine>,
    pub delivery_address: Address,
    pub billing_address: Address,
    pub shipments: Vec<Shipment>,
    pub events: Vec<Event>,
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    pub money: Summary,
}

impl OrderDetail {
    /// Tax by label, for the totals.
    pub fn tax_sums(&self) -> Vec<(String, Money)> {
        let mut sums: Vec<(String, i64)> = vec![];
        for tax in &self.taxes {
            match sums.iter_mut().find(|(label, _)| *label == tax.label) {
                Some((_, sum)) => *sum += tax.amount,
                None => sums.push((tax.label.clone(), tax.amount)),
            }
        }
        sums.into_iter().map(|(label, sum)| (label, Money::new(sum, self.order.currency))).collect()
    }

    pub fn bills_elsewhere(&self) -> bool {
        self.billing_address != self.delivery_address
    }

    pub fn refundable(&self) -> Money {
        Money::new(self.money.refundable(), self.order.currency)
    }

    pub fn unshipped(&self) -> Vec<Item> {
        self.lines.iter().filter_map(OrderLine::unshipped).collect()
    }
}
