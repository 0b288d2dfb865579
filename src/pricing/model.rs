use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{Currency, GroupId, Money, PriceListId, VariantId, text_enum},
    schema::price_lists,
};

text_enum! {
    pub enum PriceKind {
        /// Simply another price.
        Regular = "regular",
        /// A reduction for a time: the former price is struck through.
        Sale = "sale",
    }
}

impl PriceKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Regular => "Regular prices",
            Self::Sale => "Sale prices",
        }
    }
}

/// Prices that stand beside the variants' own.
#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = price_lists)]
pub struct PriceList {
    pub id: PriceListId,
    pub name: String,
    pub kind: PriceKind,
    pub currency: Currency,
    /// For this group only; `None`: for everybody.
    pub group_id: Option<GroupId>,
    /// First moment at which it applies.
    pub starts_at: Option<DateTime<Utc>>,
    /// First moment at which it does not apply any more.
    pub ends_at: Option<DateTime<Utc>>,
    /// Its prices stand instead of the variants' own, even where they are higher.
    pub replaces_base: bool,
    pub active: bool,
}

/// All that the owner says of a list.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = price_lists, treat_none_as_null = true)]
pub struct PriceListChange {
    pub name: String,
    pub kind: PriceKind,
    pub currency: Currency,
    pub group_id: Option<GroupId>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub replaces_base: bool,
    pub active: bool,
}

/// A list as a book has it: with the name of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTerms {
    pub list: PriceList,
    /// Empty for a list that is for everybody.
    pub group: String,
}

/// One price of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub list: PriceListId,
    /// Holds from so many units on.
    pub min_quantity: i32,
    /// Minor units for one unit.
    pub amount: i64,
    pub compare_at: Option<i64>,
}

/// The variant's own price, in the shop's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasePrice {
    pub amount: i64,
    pub compare_at: Option<i64>,
}

/// What everybody was asked from a moment on, until the next one of the same variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastPrice {
    pub valid_from: DateTime<Utc>,
    /// `None`: it was not sold in this currency.
    pub amount: Option<i64>,
}

/// All that is known of one variant's prices in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantPrices {
    /// `None` in other currencies than the shop's.
    pub base: Option<BasePrice>,
    pub offers: Vec<Offer>,
    /// The earliest first; may hold moments that are still to come.
    pub history: Vec<PastPrice>,
}

/// The prices of some variants in one currency, loaded once; [`PriceBook::unit`] decides without a clock or a database.
#[derive(Clone, Debug)]
pub struct PriceBook {
    pub currency: Currency,
    /// The database's clock when the book was loaded: the `now` for those who have no other.
    pub at: DateTime<Utc>,
    pub lists: HashMap<PriceListId, ListTerms>,
    pub variants: HashMap<VariantId, VariantPrices>,
}

/// What one unit of a variant costs now, and why. Amounts are minor units of the book's currency, as entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    pub amount: i64,
    /// The former price, to be struck through; always above `amount`.
    pub compare_at: Option<i64>,
    /// Only beside a reduction that is for everybody: the lowest price of the 30 days before it began. `None` also where
    /// nothing is known of the time before.
    pub lowest_30: Option<i64>,
    pub reason: PriceReason,
}

/// Why a price is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceReason {
    /// The variant's own price.
    Base,
    Sale {
        until: Option<DateTime<Utc>>,
    },
    /// For the customer's group.
    Group {
        name: String,
    },
    /// For so many units.
    Quantity {
        from: i32,
    },
    /// Of another list that is for everybody.
    List {
        name: String,
    },
}

/// A lower price from a quantity on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantityBreak {
    pub from: i32,
    pub amount: i64,
}

/// Where a list stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListState {
    Off,
    Scheduled,
    Active,
    Ended,
}

impl ListState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Off => "Switched off",
            Self::Scheduled => "Scheduled",
            Self::Active => "Active",
            Self::Ended => "Ended",
        }
    }
}

impl PriceList {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    pub fn path(&self) -> String {
        format!("/admin/price-lists/{}", self.id)
    }
}
