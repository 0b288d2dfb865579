//! Whether a promotion's conditions hold, and if not, which is to be told.

use super::{BasketLine, Condition, Goods, Offer, Situation};

/// Why a promotion does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown, future, past or for other people: which of them is nobody's business.
    NotValid,
    UsedUp,
    UsedByCustomer,
    Currency,
    /// An exclusive one is among them; the label of the one that applies.
    NotTogether(String),
    /// The one of this label does as much already.
    NothingMore(String),
    /// Minor units.
    TotalMissing {
        needed: i64,
        missing: i64,
        goods: Goods,
    },
    TooMuch(i64),
    UnitsMissing {
        needed: i64,
        missing: i64,
        goods: Goods,
    },
    NotThisOrder(Condition),
    /// It depends on earlier orders, and nobody knows yet who buys.
    CustomerUnknown,
    NotThere(Vec<String>),
    PlaceUnknown(Vec<String>),
    /// Nothing in the cart is what it is for.
    NothingFits,
}

impl Refusal {
    /// What can be mended in the cart is told last: nobody should add goods for a promotion that they can't have.
    fn can_be_mended_in_the_cart(&self) -> bool {
        matches!(self, Self::TotalMissing { .. } | Self::UnitsMissing { .. })
    }
}

/// The condition that fails; `None`: all hold. `orders_before` is `None` while nobody knows who buys.
pub fn failing(offer: &Offer, orders_before: Option<i64>, situation: &Situation) -> Option<Refusal> {
    let refusals: Vec<_> = offer.conditions.iter().filter_map(|condition| refusal(condition, offer, orders_before, situation)).collect();
    let (last, first): (Vec<_>, Vec<_>) = refusals.into_iter().partition(Refusal::can_be_mended_in_the_cart);
    first.into_iter().chain(last).next()
}

fn refusal(condition: &Condition, offer: &Offer, orders_before: Option<i64>, situation: &Situation) -> Option<Refusal> {
    let counted = |goods: &Goods, of: fn(&BasketLine) -> i64| -> i64 {
        situation.lines.iter().filter(|line| offer.looks_at(line) && goods.has(line)).map(of).sum()
    };
    match condition {
        Condition::TotalFrom { amount, goods } => {
            let missing = amount - counted(goods, BasketLine::total);
            (missing > 0).then(|| Refusal::TotalMissing { needed: *amount, missing, goods: goods.clone() })
        }
        Condition::TotalUpTo { amount, goods } => (counted(goods, BasketLine::total) > *amount).then_some(Refusal::TooMuch(*amount)),
        Condition::QuantityFrom { number, goods } => {
            let missing = number - counted(goods, |line| i64::from(line.quantity));
            (missing > 0).then(|| Refusal::UnitsMissing { needed: *number, missing, goods: goods.clone() })
        }
        Condition::Group { groups, .. } => {
            let belongs = situation.buyer.group.is_some_and(|group| groups.contains(&group));
            (!belongs).then_some(Refusal::NotValid)
        }
        Condition::Destination(countries) => match situation.place {
            None => Some(Refusal::PlaceUnknown(countries.clone())),
            Some(place) if countries.contains(&place.country) => None,
            Some(_) => Some(Refusal::NotThere(countries.clone())),
        },
        by_orders => match orders_before {
            None => Some(Refusal::CustomerUnknown),
            Some(before) => (!fits(by_orders, before)).then(|| Refusal::NotThisOrder(by_orders.clone())),
        },
    }
}

/// Whether the order after `before` others is one that the condition asks for.
fn fits(condition: &Condition, before: i64) -> bool {
    match condition {
        Condition::FirstOrder => before == 0,
        Condition::OrderExactly(nth) => before + 1 == *nth,
        Condition::OrderFrom(nth) => before + 1 >= *nth,
        Condition::OrdersMoreThan(number) => before > *number,
        _ => true,
    }
}
