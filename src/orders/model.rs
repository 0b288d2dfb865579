mod brought;
mod parts;
mod returns;
mod states;
mod timeline;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AccountId, CartId, Currency, Money, OrderId, OrderLineId, ShippingMethodId, VariantId},
    inventory::{Item, TakenPart},
    payments::{Attempt, Refund, Summary},
    quote::{Quote, Totals, sums_by_label},
    schema::orders,
    settings::Address,
    tax::Treatment,
};

pub use crate::payments::PaymentState;
pub use brought::{BroughtDiscount, BroughtFee, BroughtLine, BroughtOrder, BroughtTax};
pub use parts::{AddressRow, ChargeTax, Contents, DiscountLine, FeeLine, OrderLine, Shipment, TaxLine, Units};
pub use returns::{
    Amends, Exchange, Means, NewReturn, ReceivedLine, ReceivedReturn, Return, ReturnDetail, ReturnReason, ReturnState, ReturnTab,
    ReturnWish, ReturnedLine,
};
pub use states::{Fulfilment, Lifecycle, Source, Tab};
pub use timeline::Event;

#[derive(Queryable, QueryableByName, Selectable, Clone, Debug)]
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

    /// For whoever may see it.
    pub fn path(&self) -> String {
        format!("/orders/{}", self.number)
    }

    /// For mails alone: whoever has this may see it.
    pub fn mailed_path(&self) -> String {
        format!("{}?token={}", self.path(), self.token)
    }

    /// What is shown after ordering and paying.
    pub fn confirmation_path(&self) -> String {
        format!("{}/confirmation", self.path())
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
    /// What its bundles are made of.
    pub parts: Vec<TakenPart>,
    pub shipments: Vec<Shipment>,
    pub events: Vec<Event>,
    pub attempts: Vec<Attempt>,
    pub refunds: Vec<Refund>,
    pub money: Summary,
}

impl OrderDetail {
    /// Tax by label, for the totals.
    pub fn tax_sums(&self) -> Vec<(String, Money)> {
        sums_by_label(
            self.taxes.iter().filter(|tax| tax.base != 0 || tax.amount != 0).map(|tax| (tax.label.as_str(), tax.amount)),
            self.order.currency,
        )
    }

    /// The timeline without what only staff read.
    pub fn told_events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| event.is_told())
    }

    /// Discounts on delivery or else on goods, by label.
    fn discount_sums(&self, on_delivery: bool) -> Vec<(String, Money)> {
        let given = self.discounts.iter().filter(|discount| discount.amount != 0 && discount.order_line_id.is_none() == on_delivery);
        sums_by_label(given.map(|discount| (discount.label.as_str(), discount.amount)), self.order.currency)
    }

    /// The lines that an edit has not taken out.
    pub fn present_lines(&self) -> impl Iterator<Item = &OrderLine> {
        self.lines.iter().filter(|line| line.quantity > 0)
    }

    /// Something of it goes into a parcel.
    pub fn has_goods(&self) -> bool {
        self.present_lines().any(OrderLine::is_tangible)
    }

    /// Files are among it.
    pub fn has_downloads(&self) -> bool {
        self.present_lines().any(|line| line.is_digital)
    }

    pub fn totals(&self) -> Totals {
        let order = &self.order;
        let delivery = (!order.delivery_method.is_empty()).then(|| (order.delivery_method.clone(), order.money(&order.delivery_total)));
        Totals {
            items: order.money(&order.items_total),
            discounts: self.discount_sums(false),
            delivery,
            delivery_discounts: self.discount_sums(true),
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

    /// What a bundle of the order is made of; nothing for anything else.
    pub fn parts_of(&self, line: &OrderLine) -> Vec<&TakenPart> {
        self.parts.iter().filter(|part| line.variant_id == Some(part.bundle)).collect()
    }

    /// What one unit of the line takes of the stock: of a bundle the parts that the order took, whatever it is made of by now.
    pub fn takes(&self, line: &OrderLine) -> Vec<(VariantId, i32)> {
        match self.parts_of(line).as_slice() {
            [] => line.variant_id.map(|variant| (variant, 1)).into_iter().collect(),
            parts => parts.iter().map(|part| (part.part, part.quantity)).collect(),
        }
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
