mod returns;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::{
    base::{
        AccountId, CartId, CouponId, Currency, Money, OrderId, OrderLineId, PromotionId, ShipmentId, ShippingMethodId, VariantId, text_enum,
    },
    inventory::Item,
    payments::{Attempt, Refund, Summary},
    quote::{Quote, Totals, sums_by_label},
    schema::{order_addresses, order_discounts, order_events, order_fees, order_lines, order_tax_lines, orders, shipments},
    settings::Address,
    tax::Treatment,
};

pub use returns::{
    Amends, NewReturn, ReceivedLine, ReceivedReturn, Return, ReturnDetail, ReturnReason, ReturnState, ReturnTab, ReturnWish, ReturnedLine,
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
    /// How an order came about.
    pub enum Source {
        Shop = "shop",
        /// Put together by staff, for instance on the telephone.
        Staff = "staff",
        /// In place of something that came back.
        Exchange = "exchange",
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
    /// Minor units before discounts, with or without tax as `tax_included` says, like the other amounts.
    pub items_total: i64,
    /// Zero or less.
    pub discount_total: i64,
    pub delivery_total: i64,
    pub fee_total: i64,
    pub tax_total: i64,
    /// What the customer pays.
    pub total: i64,
    pub tax_included: bool,
    pub tax_treatment: Treatment,
    /// The sentence about tax that the customer read.
    pub tax_reason: String,
    pub vat_number: String,
    pub source: Source,
    pub shipping_method_id: Option<ShippingMethodId>,
    pub delivery_entered: i64,
    pub is_pickup: bool,
    pub revision: i32,
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

    /// How far it has come, in the words that fit: what is picked up is never shipped.
    pub fn fulfilment_label(&self) -> &'static str {
        match self.fulfilment_state {
            Fulfilment::Unfulfilled if self.is_pickup => "Not ready yet",
            Fulfilment::Partial if self.is_pickup => "Partly ready",
            Fulfilment::Shipped if self.is_pickup => "Ready to be picked up",
            Fulfilment::Delivered if self.is_pickup => "Picked up",
            state => state.label(),
        }
    }

    /// All of it left the building, whatever became of it since.
    pub fn is_shipped(&self) -> bool {
        matches!(self.fulfilment_state, Fulfilment::Shipped | Fulfilment::Delivered | Fulfilment::Returned)
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
}

impl OrderLine {
    /// Units that still have to go into a parcel. Gift cards go by mail, by themselves.
    pub fn to_send(&self) -> i32 {
        if self.is_gift_card { 0 } else { self.quantity - self.shipped }
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
            "edited" => "Order changed",
            "ready" => "Ready to be picked up",
            "delivered" => "Delivered",
            "picked_up" => "Picked up",
            "gift_cards_issued" => "Gift cards sent",
            "invoiced" => "Invoice issued",
            "credited" => "Credit note issued",
            "note" => "Note",
            "mail_again" => "Mail sent again",
            "cancelled" => "Cancelled",
            "refund_requested" => "Refund on its way",
            "refunded" => "Refunded",
            "refund_failed" => "Refund failed",
            "return_requested" => "Return asked for",
            "return_approved" => "Return approved",
            "return_declined" => "Return declined",
            "return_withdrawn" => "Return withdrawn",
            "return_received" => "Return received",
            "return_closed" => "Return settled",
            other => other,
        }
    }

    /// The customer reads it too.
    pub fn is_told(&self) -> bool {
        !matches!(self.kind.as_str(), "note" | "mail_again" | "capture_failed")
    }

    pub fn is_bad(&self) -> bool {
        matches!(self.kind.as_str(), "payment_failed" | "cancelled" | "refund_failed" | "capture_failed")
    }
}

/// What an order is made of: a quote that was agreed to.
#[derive(Clone, Debug)]
pub struct NewOrder {
    pub cart: CartId,
    pub account: Option<AccountId>,
    pub email: String,
    pub phone: String,
    pub quote: Quote,
    pub delivery_address: Address,
    /// `None`: the same.
    pub billing_address: Option<Address>,
    pub vat_number: String,
    pub gateway: String,
    /// Minutes that the order waits for its payment; `None`: until staff does something.
    pub pay_within_minutes: Option<i32>,
    pub source: Source,
    /// Who placed it, for the timeline.
    pub actor: String,
}

/// What an order becomes by an edit.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The revision that the editor saw.
    pub revision: i32,
    /// Each of the order's lines with its new quantity; 0 takes it out.
    pub quantities: Vec<(OrderLineId, i32)>,
    /// What it costs then. Its first lines are those of `quantities` above 0, in their order; the others are new.
    pub quote: Quote,
    pub delivery_address: Address,
}

impl Edit {
    /// The lines that stay, in the order of the quote's.
    pub fn staying(&self) -> Vec<OrderLineId> {
        self.quantities.iter().filter(|(_, quantity)| *quantity > 0).map(|(line, _)| *line).collect()
    }

    pub fn quantity_of(&self, line: &OrderLine) -> i32 {
        self.quantities.iter().find(|(id, _)| *id == line.id).map_or(line.quantity, |(_, quantity)| *quantity)
    }
}

/// An order with all that belongs to it.
#[derive(Clone, Debug)]
pub struct OrderDetail {
    pub order: Order,
    pub lines: Vec<OrderLine>,
    pub discounts: Vec<DiscountLine>,
    pub fees: Vec<FeeLine>,
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
        sums_by_label(self.taxes.iter().map(|tax| (tax.label.as_str(), tax.amount)), self.order.currency)
    }

    /// The timeline without what only staff read.
    pub fn told_events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| event.is_told())
    }

    /// Discounts by label, those on delivery included.
    pub fn discount_sums(&self) -> Vec<(String, Money)> {
        sums_by_label(
            self.discounts.iter().filter(|discount| discount.amount != 0).map(|discount| (discount.label.as_str(), discount.amount)),
            self.order.currency,
        )
    }

    /// The lines that an edit has not taken out.
    pub fn present_lines(&self) -> impl Iterator<Item = &OrderLine> {
        self.lines.iter().filter(|line| line.quantity > 0)
    }

    pub fn totals(&self) -> Totals {
        let order = &self.order;
        let delivery = (!order.delivery_method.is_empty()).then(|| (order.delivery_method.clone(), order.money(&order.delivery_total)));
        Totals {
            items: order.money(&order.items_total),
            discounts: self.discount_sums(),
            delivery,
            fees: self.fees.iter().map(|fee| (fee.label.clone(), order.money(&fee.amount))).collect(),
            taxes: self.tax_sums(),
            tax_included: order.tax_included,
            tax_reason: order.tax_reason.clone(),
            total: order.total_money(),
        }
    }

    /// The discounts on one line.
    pub fn discounts_on(&self, line: &OrderLineId) -> Vec<&DiscountLine> {
        self.discounts.iter().filter(|discount| discount.order_line_id.as_ref() == Some(line)).collect()
    }

    /// What is still to be paid, in minor units.
    pub fn due(&self) -> Money {
        self.order.money(&self.money.due(self.order.total))
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
