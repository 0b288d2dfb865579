use crate::{
    base::{CartId, Db, Money, ShippingMethodId},
    cart::CartView,
    orders::{Links, NewTaxLine},
    payments::Gateways,
    settings::Address,
    shipping::Offer,
};

/// What taking money needs: the database, the gateways, and where the shop is on the web.
#[derive(Clone)]
pub struct Till {
    pub db: Db,
    pub gateways: Gateways,
    pub links: Links,
    /// The shop's address without a slash at its end.
    pub base_url: String,
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
    /// The shopper wants one reminder if the order is not finished.
    pub wants_reminder: bool,
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
    pub const ALL: [Self; 4] = [Self::Address, Self::Delivery, Self::Review, Self::Payment];

    pub fn number(self) -> usize {
        self as usize + 1
    }

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

    pub fn is_before(self, other: &Self) -> bool {
        self < *other
    }
}

/// What an order would cost, with the reason of each tax.
#[derive(Clone, Debug)]
pub struct Quote {
    pub cart: CartView,
    pub offer: Offer,
    /// The tax within each line, in the cart's order; `None` where none is due.
    pub line_taxes: Vec<Option<NewTaxLine>>,
    pub delivery_tax: Option<NewTaxLine>,
    pub items_total: Money,
    pub delivery_total: Money,
    pub total: Money,
}

impl Quote {
    /// The tax contained in the total, by label.
    pub fn tax_sums(&self) -> Vec<(String, Money)> {
        let mut sums: Vec<(String, i64)> = vec![];
        for tax in self.line_taxes.iter().chain([&self.delivery_tax]).flatten() {
            match sums.iter_mut().find(|(label, _)| *label == tax.label) {
                Some((_, sum)) => *sum += tax.amount,
                None => sums.push((tax.label.clone(), tax.amount)),
            }
        }
        sums.into_iter().map(|(label, sum)| (label, Money::new(sum, self.total.currency))).collect()
    }
}

/// Where placing an order leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// To the gateway's own page, or to a page of ours.
    GoTo(String),
    /// The gateway gave no answer: the order stands and its payment is pending. Here is the order's page.
    Unknown(String),
}
