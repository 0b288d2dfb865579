mod ledger;
mod places;

use chrono::NaiveDate;
use diesel::{prelude::*, sql_types};
use serde::Deserialize;

use crate::base::{CartId, OrderId, VariantId};

pub use ledger::{Cause, Entry, Movement};
pub use places::{Location, LocationChange, LocationKind, Receipt, Stocktake, StocktakeState, Transfer};

/// The stock of one variant as somebody in particular finds it. None stored counts as none on hand.
#[derive(QueryableByName, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    #[diesel(sql_type = sql_types::BigInt)]
    pub variant_id: VariantId,
    /// `false`: sold without counting.
    #[diesel(sql_type = sql_types::Bool)]
    pub tracked: bool,
    #[diesel(sql_type = sql_types::Integer)]
    pub on_hand: i32,
    /// Units of orders that have not left; can be more than are on hand while back-orders are taken.
    #[diesel(sql_type = sql_types::Integer)]
    pub allocated: i32,
    /// Units that others hold just now; what is over counts no more, swept or not.
    #[diesel(sql_type = sql_types::Integer)]
    pub reserved: i32,
    /// Units that may be sold beyond those on hand.
    #[diesel(sql_type = sql_types::Integer)]
    pub backorder_limit: i32,
    /// Sold as not out yet.
    #[diesel(sql_type = sql_types::Bool)]
    pub preorder: bool,
    /// The day, still to come, from which what is sold beyond stock is expected to leave.
    #[diesel(sql_type = sql_types::Nullable<sql_types::Date>)]
    pub available_from: Option<NaiveDate>,
    /// So many units or fewer count as low: the variant's own threshold, or the shop's.
    #[diesel(sql_type = sql_types::Integer)]
    pub low: i32,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    pub most_per_order: Option<i32>,
    /// What is said here is worked out from its parts.
    #[diesel(sql_type = sql_types::Bool)]
    pub is_bundle: bool,
}

/// A part of a bundle with its stock.
#[derive(Clone, Copy, Debug)]
pub struct PartStock {
    pub stock: Stock,
    /// Units in one bundle.
    pub quantity: i32,
    pub is_archived: bool,
}

/// What a shopper is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    InStock(i32),
    /// So few that it is worth telling.
    Low(i32),
    /// None here, but it can be ordered; `from` is the day from which it ships, where that is known.
    Backorder {
        from: Option<NaiveDate>,
    },
    /// Not out yet, but it can be ordered.
    PreOrder {
        from: NaiveDate,
    },
    SoldOut,
    /// There are always some.
    Untracked,
}

impl Availability {
    pub fn can_be_bought(self) -> bool {
        self != Self::SoldOut
    }

    /// In words for the shopper.
    pub fn text(self) -> String {
        let day = |day: NaiveDate| day.format("%-d %B").to_string();
        match self {
            Self::InStock(_) | Self::Untracked => "In stock".to_owned(),
            Self::Low(left) => format!("Only {left} left"),
            Self::Backorder { from: Some(from) } => format!("Back-ordered, ships from {}", day(from)),
            Self::Backorder { from: None } => "Back-ordered, ships as soon as it comes in".to_owned(),
            Self::PreOrder { from } => format!("Pre-order, ships from {}", day(from)),
            Self::SoldOut => "Sold out".to_owned(),
        }
    }
}

impl Stock {
    pub fn none(variant_id: VariantId) -> Self {
        Self {
            variant_id,
            tracked: true,
            on_hand: 0,
            allocated: 0,
            reserved: 0,
            backorder_limit: 0,
            preorder: false,
            available_from: None,
            low: 0,
            most_per_order: None,
            is_bundle: false,
        }
    }

    /// A bundle's stock: whole bundles that its parts make. `own`: its own row, which says no more than from when on few are low and
    /// how many an order can have.
    pub fn of_parts(own: Self, parts: &[PartStock]) -> Self {
        let least =
            |of: &dyn Fn(&Self) -> Option<i32>| parts.iter().filter_map(|part| Some(of(&part.stock)?.div_euclid(part.quantity))).min();
        let most_per_order = own.most_per_order.into_iter().chain(least(&|stock| stock.most_per_order)).min();
        let bundle = Self { most_per_order, is_bundle: true, ..own };
        let is_gone = parts.is_empty() || parts.iter().any(|part| part.is_archived);
        let (Some(available), Some(shelf)) = (least(&Self::available), least(&Self::on_shelf)) else {
            return Self { tracked: is_gone, ..bundle };
        };
        let on_hand = least(&|stock| stock.tracked.then_some(stock.on_hand)).unwrap_or(0);
        if is_gone {
            return Self { tracked: true, on_hand, allocated: on_hand, reserved: 0, backorder_limit: 0, ..bundle };
        }
        // It leaves once the last part is here. One that nobody knows of makes the whole unknown.
        let late = parts.iter().filter(|part| part.stock.preorder || part.stock.on_shelf().is_some_and(|shelf| shelf < part.quantity));
        let days: Vec<Option<NaiveDate>> = late.map(|part| part.stock.available_from).collect();
        let preorder = parts.iter().any(|part| part.stock.preorder);
        Self {
            tracked: true,
            on_hand,
            allocated: on_hand - shelf,
            reserved: 0,
            backorder_limit: available - shelf,
            preorder,
            available_from: days.iter().copied().max().flatten().filter(|_| preorder || days.iter().all(Option::is_some)),
            ..bundle
        }
    }

    /// Units that can still be sold, back-orders included; `None`: as many as anybody likes.
    pub fn available(&self) -> Option<i32> {
        self.on_shelf().map(|shelf| shelf + self.backorder_limit)
    }

    /// Units on hand that belong to nobody and that nobody holds. Below zero: so many are owed to back-orders.
    pub fn on_shelf(&self) -> Option<i32> {
        self.tracked.then_some(self.on_hand - self.allocated - self.reserved)
    }

    /// Most units that one order can have now; `None`: as many as anybody likes.
    pub fn most(&self) -> Option<i32> {
        self.available().into_iter().chain(self.most_per_order).min()
    }

    /// Whether one order can have so many now.
    pub fn covers(&self, quantity: i32) -> bool {
        self.most().is_none_or(|most| most >= quantity)
    }

    pub fn availability(&self) -> Availability {
        let (Some(shelf), Some(available)) = (self.on_shelf(), self.available()) else { return Availability::Untracked };
        match self.available_from {
            _ if available <= 0 => Availability::SoldOut,
            Some(from) if self.preorder => Availability::PreOrder { from },
            from if shelf <= 0 => Availability::Backorder { from },
            _ if shelf <= self.low => Availability::Low(shelf),
            _ => Availability::InStock(shelf),
        }
    }
}

/// So many of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub variant: VariantId,
    pub quantity: i32,
}

/// How many units of a part are in one bundle.
#[derive(Queryable, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub bundle: VariantId,
    pub part: VariantId,
    pub quantity: i32,
}

/// What an order takes of a part for each of its bundles, in the words of then.
#[derive(Queryable, Clone, Debug, PartialEq, Eq)]
pub struct TakenPart {
    pub bundle: VariantId,
    pub part: VariantId,
    pub quantity: i32,
    pub title: String,
    pub options: String,
    pub sku: String,
}

impl TakenPart {
    /// `4 × Claw hammer, Ash`, for so many bundles.
    pub fn words(&self, bundles: &i32) -> String {
        let options = if self.options.is_empty() { String::new() } else { format!(", {}", self.options) };
        format!("{} × {}{options}", self.quantity.saturating_mul(*bundles), self.title)
    }
}

/// What is to be set aside for an order.
#[derive(Clone, Debug)]
pub struct Allocation {
    pub order: OrderId,
    /// Whose holds are used first.
    pub holder: Option<CartId>,
    pub items: Vec<Item>,
}

/// There are fewer than asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    pub variant: VariantId,
    /// How many could be had.
    pub available: i32,
    /// There may be more: `available` is what the shop sells in one order at most.
    pub is_limit: bool,
    /// Something else that was asked for takes of the same: `available` is what it leaves.
    pub is_shared: bool,
}

impl Shortage {
    /// To be added to words that tell how many could be had.
    pub fn besides(&self) -> &'static str {
        if self.is_shared { " besides what the rest of the order takes" } else { "" }
    }
}

/// What staff says of how a variant is sold, beyond how many there are.
#[derive(QueryableByName, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    #[diesel(sql_type = sql_types::Integer)]
    pub backorder_limit: i32,
    #[diesel(sql_type = sql_types::Bool)]
    pub preorder: bool,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Date>)]
    pub available_from: Option<NaiveDate>,
    /// `None`: the shop's own threshold.
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    pub low_at: Option<i32>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    pub most_per_order: Option<i32>,
}

/// Stock of a variant that has none yet.
#[derive(Clone, Copy, Debug)]
pub struct NewStock {
    pub variant: VariantId,
    /// `None`: sold without counting.
    pub on_hand: Option<i32>,
    pub policy: Policy,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stock(on_hand: i32, allocated: i32) -> Stock {
        Stock { on_hand, allocated, low: 3, ..Stock::none(VariantId(1)) }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 3).unwrap()
    }

    #[test]
    fn what_is_available_is_told_in_words() {
        assert_eq!(stock(10, 2).availability().text(), "In stock");
        assert_eq!(stock(5, 2).availability().text(), "Only 3 left");
        assert_eq!(stock(5, 5).availability(), Availability::SoldOut);
        assert_eq!(Stock { reserved: 3, ..stock(5, 2) }.availability(), Availability::SoldOut);
        let owing = Stock { backorder_limit: 5, ..stock(5, 8) };
        assert_eq!((owing.available(), owing.on_shelf()), (Some(2), Some(-3)));
        assert_eq!(owing.availability(), Availability::Backorder { from: None });
        assert_eq!(Stock { available_from: Some(day()), ..owing }.availability().text(), "Back-ordered, ships from 3 December");
        let early = Stock { preorder: true, available_from: Some(day()), ..stock(10, 0) };
        assert_eq!(early.availability().text(), "Pre-order, ships from 3 December");
        assert_eq!(Stock { tracked: false, ..stock(0, 50) }.availability().text(), "In stock");
    }

    fn part(on_hand: i32, allocated: i32, quantity: i32) -> PartStock {
        PartStock { stock: stock(on_hand, allocated), quantity, is_archived: false }
    }

    #[test]
    fn of_a_bundle_there_are_as_many_as_its_scarcest_part_makes() {
        let of = |parts: &[PartStock]| Stock::of_parts(stock(0, 0), parts);
        assert_eq!(of(&[part(10, 1, 2), part(30, 0, 1)]).available(), Some(4));
        assert_eq!(of(&[part(10, 1, 2), part(30, 0, 1)]).on_hand, 5, "so many could be packed");
        assert_eq!(of(&[part(1, 0, 2), part(30, 0, 1)]).availability(), Availability::SoldOut);
        let uncounted = PartStock { stock: Stock { tracked: false, ..stock(0, 0) }, ..part(0, 0, 3) };
        assert_eq!(of(&[uncounted]).availability(), Availability::Untracked);
        assert_eq!(of(&[uncounted, part(2, 0, 1)]).availability(), Availability::Low(2));
        assert!(!of(&[PartStock { is_archived: true, ..uncounted }]).availability().can_be_bought());
        assert!(!of(&[part(10, 0, 1), PartStock { is_archived: true, ..part(10, 0, 1) }]).availability().can_be_bought());
        assert!(!of(&[]).availability().can_be_bought(), "made of nothing");
        let owing = PartStock { stock: Stock { backorder_limit: 4, available_from: Some(day()), ..stock(2, 3) }, ..part(0, 0, 2) };
        assert_eq!(of(&[owing, part(9, 0, 1)]).availability(), Availability::Backorder { from: Some(day()) });
        assert_eq!(of(&[owing, part(9, 0, 1)]).available(), Some(1));
        let few = PartStock { stock: Stock { most_per_order: Some(5), ..stock(50, 0) }, ..part(0, 0, 2) };
        assert_eq!(of(&[few]).most(), Some(2), "an order gets no more of a part either way");
    }

    proptest! {
        #[test]
        fn a_bundle_that_can_be_had_can_be_had_of_each_part(parts in proptest::collection::vec((0..50_i32, 0..60_i32, 0..20_i32, 1..5_i32), 1..4), wanted in 1..20) {
            let parts: Vec<PartStock> = parts.into_iter().map(|(on_hand, allocated, beyond, quantity)| {
                let stock = Stock { backorder_limit: beyond + (allocated - on_hand).max(0), ..stock(on_hand, allocated) };
                PartStock { stock, quantity, is_archived: false }
            }).collect();
            let bundle = Stock::of_parts(stock(0, 0), &parts);
            let each = parts.iter().all(|part| part.stock.covers(wanted * part.quantity));
            prop_assert_eq!(bundle.covers(wanted), each);
            prop_assert!(bundle.allocated >= 0 && bundle.backorder_limit >= 0);
        }
    }

    #[test]
    fn one_order_gets_no_more_than_the_shop_sells_in_one_order() {
        let few = Stock { most_per_order: Some(2), ..stock(10, 0) };
        assert_eq!((few.most(), few.covers(2), few.covers(3)), (Some(2), true, false));
        assert_eq!(Stock { on_hand: 1, ..few }.most(), Some(1));
        assert_eq!(Stock { tracked: false, ..few }.most(), Some(2));
        assert_eq!(Stock { tracked: false, most_per_order: None, ..few }.most(), None);
    }
}
