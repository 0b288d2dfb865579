use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::{
    base::{CategoryId, Currency, GroupId, Money, PriceListId, ProductId, TextList, VariantId, text_enum},
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

/// A list with what the back office's table of lists tells.
#[derive(Clone, Debug)]
pub struct ListRow {
    pub terms: ListTerms,
    pub prices: i64,
    pub state: ListState,
}

/// A price that the owner gives a variant, known by its SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrice {
    pub sku: String,
    pub min_quantity: i32,
    /// Minor units of the list's currency.
    pub amount: i64,
    pub compare_at: Option<i64>,
}

/// A price of a list as a table shows it.
#[derive(Queryable, Clone, Debug)]
pub struct PriceRow {
    pub variant: VariantId,
    pub product: ProductId,
    pub title: String,
    pub sku: String,
    pub option_values: TextList,
    /// The variant's own price, in the shop's currency.
    pub base: i64,
    pub min_quantity: i32,
    pub amount: i64,
    pub compare_at: Option<i64>,
}

/// So much off the base prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// `None`: of everything.
    pub category: Option<CategoryId>,
    pub percent: Decimal,
    /// Units of the list's currency for one of the shop's.
    pub rate: Decimal,
    pub min_quantity: i32,
}

/// A base price and what a reduction makes of it.
#[derive(Clone, Debug)]
pub struct ReducedPrice {
    pub variant: VariantId,
    pub title: String,
    pub sku: String,
    pub base: i64,
    pub amount: i64,
}

/// What a reduction would do.
#[derive(Clone, Debug)]
pub struct ReductionPlan {
    pub prices: Vec<ReducedPrice>,
    /// How many of them take the place of a price that the list has already.
    pub replaced: i64,
}

/// A row of a variant's price history.
#[derive(Queryable, Clone, Debug)]
pub struct HistoryEntry {
    pub currency: Currency,
    pub valid_from: DateTime<Utc>,
    /// `None`: not sold in this currency from then on.
    pub amount: Option<i64>,
}

impl HistoryEntry {
    pub fn money(&self) -> Option<Money> {
        self.amount.map(|minor| Money::new(minor, self.currency))
    }
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

impl PriceBook {
    /// The next moment at which a list begins or ends: until then the book says the same.
    pub fn holds_until(&self) -> Option<DateTime<Utc>> {
        let turns = self.lists.values().flat_map(|terms| [terms.list.starts_at, terms.list.ends_at]);
        turns.flatten().filter(|turn| *turn > self.at).min()
    }

    /// What it says of these variants.
    pub fn only(&self, variants: &[VariantId]) -> Self {
        let known = variants.iter().filter_map(|variant| Some((*variant, self.variants.get(variant)?.clone())));
        Self { currency: self.currency, at: self.at, lists: self.lists.clone(), variants: known.collect() }
    }
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
