use std::sync::Arc;

use crate::{
    base::{AccountId, Batches, CartId, CreditId, Db, Money, OrderId, ShippingMethodId},
    cart::{CartView, Terms},
    credit::Credit,
    orders::{Links, Means, Order, OrderDetail, Source},
    payments::{Attempt, Gateways},
    quote::{AskedFee, Quote, Totals},
    settings::Address,
    tax::{VatCheck, VatStanding},
};

/// What taking money needs: the database, the gateways, and where the shop is on the web.
#[derive(Clone)]
pub struct Till {
    pub db: Db,
    /// Orders that wait to be placed together.
    pub waiting: Batches<Wish, Opened>,
    pub gateways: Gateways,
    pub links: Links,
    /// The shop's address without a slash at its end.
    pub base_url: String,
    /// Who knows whether a VAT number is registered.
    pub vat: Arc<dyn VatCheck>,
}

/// What asking about everything that was not final came to: payments, refunds and captures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    pub asked: usize,
    /// Decided now, and written down with all that follows.
    pub settled: usize,
    /// No answer came, so what happened is as unknown as before.
    pub silent: usize,
}

impl Settled {
    pub fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.settled += other.settled;
        self.silent += other.silent;
    }
}

/// The answers given so far on the way to an order.
#[derive(Clone, Debug)]
pub struct Checkout {
    pub cart: CartId,
    pub email: String,
    pub phone: String,
    pub delivery_address: Address,
    /// `None`: the same.
    pub billing_address: Option<Address>,
    pub shipping_method: Option<ShippingMethodId>,
    /// As it was typed and found right; empty: none.
    pub vat_number: String,
    pub vat_standing: VatStanding,
    /// In the order in which they are spent.
    pub gift_cards: Vec<CreditId>,
    pub use_store_credit: bool,
    /// The shopper wants one reminder if the order is not finished.
    pub wants_reminder: bool,
    /// What staff charges besides.
    pub fees: Vec<AskedFee>,
    /// What staff wants to remember; empty: nothing.
    pub note: String,
}

impl Checkout {
    /// What the price depends on besides the cart.
    pub fn terms(&self) -> Terms {
        Terms {
            place: Some(self.delivery_address.place()),
            email: Some(self.email.clone()),
            vat_number: self.vat_number.clone(),
            method: self.shipping_method,
            fees: self.fees.clone(),
        }
    }
}

/// The steps in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Address,
    Delivery,
    Review,
    Payment,
}

impl Step {
    const ALL: [Self; 4] = [Self::Address, Self::Delivery, Self::Review, Self::Payment];

    pub fn label(self) -> &'static str {
        match self {
            Self::Address => "Address",
            Self::Delivery => "Delivery",
            Self::Review => "Check",
            Self::Payment => "Pay",
        }
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::Address => "/checkout/address",
            Self::Delivery => "/checkout/delivery",
            Self::Review => "/checkout/review",
            Self::Payment => "/checkout/payment",
        }
    }
}

/// Where a shopper stands on the way, which has no step for delivery where nothing is to be delivered.
#[derive(Clone, Debug)]
pub struct Stage {
    step: Step,
    pub steps: Vec<Step>,
}

impl Stage {
    pub fn of(step: Step, needs_delivery: bool) -> Self {
        let steps = Step::ALL.into_iter().filter(|each| needs_delivery || *each != Step::Delivery).collect();
        Self { step, steps }
    }

    /// Counted from 1.
    pub fn number(&self) -> usize {
        self.steps.iter().filter(|each| **each <= self.step).count()
    }

    pub fn is_at(&self, step: &Step) -> bool {
        self.step == *step
    }

    pub fn is_past(&self, step: &Step) -> bool {
        *step < self.step
    }
}

/// What an order would cost, and how it is paid.
#[derive(Clone, Debug)]
pub struct Bill {
    pub cart: CartView,
    /// Gift cards and store credit that are used, with what each pays.
    pub credits: Vec<CreditUse>,
    /// The customer's store credit, used or not.
    pub store_credit: Option<Credit>,
}

/// What a gift card or store credit pays of an order.
#[derive(Clone, Debug)]
pub struct CreditUse {
    pub credit: CreditId,
    pub label: String,
    pub is_gift_card: bool,
    pub amount: Money,
}

impl Bill {
    pub fn total(&self) -> Money {
        self.cart.quote.total_money()
    }

    /// What is left to pay through a gateway.
    pub fn due(&self) -> Money {
        let paid: i64 = self.credits.iter().map(|used| used.amount.minor).sum();
        Money::new(self.total().minor - paid, self.total().currency)
    }

    pub fn totals(&self) -> Totals {
        self.cart.totals()
    }
}

/// Other goods in place of those that came back, priced.
#[derive(Clone, Debug)]
pub struct ExchangeOffer {
    /// The order of which something came back.
    pub detail: OrderDetail,
    pub quote: Quote,
    pub means: Means,
}

impl ExchangeOffer {
    pub fn paid(&self) -> Money {
        self.quote.money(&self.means.paid)
    }

    pub fn due(&self) -> Money {
        self.quote.money(&self.means.due)
    }

    pub fn surplus(&self) -> Money {
        self.quote.money(&self.means.surplus)
    }
}

/// What the shopper asks for when paying.
#[derive(Clone, Debug)]
pub struct Wish {
    pub cart: CartId,
    pub account: Option<AccountId>,
    pub gateway: String,
    /// The total in minor units that stood on the page.
    pub seen_total: i64,
    /// What of it was to be paid through the gateway.
    pub seen_due: i64,
    pub source: Source,
    /// Who orders, for the timeline.
    pub actor: String,
}

/// An order that stands, and the attempt to pay it that is to be begun; `None`: nothing is left to be paid, or not by the shopper
/// now.
pub type Opened = (Order, Option<Attempt>);

/// An order that was placed just now, or by an earlier click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub order: OrderId,
    /// What opens it, for the session of whoever placed it.
    pub token: String,
    pub onward: Onward,
}

/// Where placing an order or paying for it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onward {
    /// To the gateway's own page, or to a page of ours.
    GoTo(String),
    /// The gateway gave no answer: the order stands and its payment is pending. Here is the order's page.
    Unknown(String),
}
