use chrono::NaiveDate;

use super::paper::Seller;
use crate::{base::Money, settings::Address};

/// What goes out in one parcel, for the slip that lies in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    pub seller: Seller,
    pub address: Address,
    pub order_number: String,
    pub ordered_on: NaiveDate,
    /// `None`: it is packed now.
    pub shipped_on: Option<NaiveDate>,
    pub delivery_method: String,
    /// Carrier and tracking number; empty: none.
    pub tracking: String,
    pub lines: Vec<ParcelLine>,
    /// Such as a message to go with a present.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ParcelLine {
    pub title: String,
    pub options: String,
    pub sku: String,
    pub ordered: i32,
    pub in_this_parcel: i32,
    /// What comes in another parcel later.
    pub to_follow: i32,
    /// For customs; `None`: no prices on the slip, since a parcel may be a present.
    pub unit_price: Option<Money>,
}

impl Parcel {
    pub fn has_prices(&self) -> bool {
        self.lines.iter().any(|line| line.unit_price.is_some())
    }
}

/// Something to be fetched from the shelves for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    pub order_number: String,
    /// Where it lies; empty: the only place there is.
    pub location: String,
    pub sku: String,
    pub title: String,
    pub options: String,
    pub quantity: i32,
}

/// What stands below a title: the options chosen.
pub(super) fn options_note(options: &str) -> Vec<String> {
    if options.is_empty() { vec![] } else { vec![options.to_owned()] }
}
