//! Which price holds.
//!
//! Candidates are the variant's own price (in the shop's currency) and every price of a list that is switched on, runs now, is
//! for everybody or for the customer's group, and whose quantity is reached. The lowest amount wins. A list that stands instead
//! of the base price takes the base out of the running for the variants it has a price for, so that it may be dearer. Where
//! amounts are the same, the plainer reason wins: base before list before sale before group, a smaller quantity before a larger,
//! an older list before a newer. So the order in which lists are read never matters.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Timelike, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::model::{
    BasePrice, ListState, ListTerms, Offer, PastPrice, PriceBook, PriceKind, PriceList, PriceReason, QuantityBreak, UnitPrice,
    VariantPrices,
};
use crate::base::{Currency, GroupId, Money, VariantId};

/// Days before a reduction whose lowest price stands beside it: directive 98/6/EC, art. 6a, paragraph 2.
const DAYS_BEFORE: i64 = 30;

/// A price that applies.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    amount: i64,
    compare_at: Option<i64>,
    /// `None`: the variant's own price.
    of: Option<(&'a ListTerms, i32)>,
}

impl PriceBook {
    /// A book of nothing but base prices.
    pub fn of_base(currency: Currency, at: DateTime<Utc>, prices: &[(VariantId, i64)]) -> Self {
        let base = |amount| VariantPrices { base: Some(BasePrice { amount, compare_at: None }), ..VariantPrices::default() };
        let variants = prices.iter().map(|(variant, amount)| (*variant, base(*amount))).collect();
        Self { currency, at, lists: HashMap::new(), variants }
    }

    /// What one of `quantity` units costs. `None`: not sold in this currency, or not in so small a quantity.
    pub fn unit(&self, variant: VariantId, quantity: i32, group: Option<GroupId>, now: DateTime<Utc>) -> Option<UnitPrice> {
        let prices = self.variants.get(&variant)?;
        let chosen = lowest(self.applying(prices, quantity, group, now, true))?;
        let compare_at = chosen.compare_at.or_else(|| {
            let otherwise = chosen.is_sale().then(|| lowest(self.applying(prices, quantity, group, now, false)));
            otherwise.flatten().map(|candidate| candidate.amount)
        });
        let compare_at = compare_at.filter(|former| *former > chosen.amount);
        let lowest_30 = compare_at.filter(|_| chosen.is_public()).and_then(|_| lowest_before(&prices.history, now));
        Some(UnitPrice { amount: chosen.amount, compare_at, lowest_30, reason: chosen.reason() })
    }

    /// What each of more units costs, the smallest quantity first; only steps that make it cheaper.
    pub fn breaks(&self, variant: VariantId, group: Option<GroupId>, now: DateTime<Utc>) -> Vec<QuantityBreak> {
        let Some(prices) = self.variants.get(&variant) else { return vec![] };
        let steps: BTreeSet<i32> = prices.offers.iter().map(|offer| offer.min_quantity).filter(|from| *from > 1).collect();
        let mut before = self.unit(variant, 1, group, now).map(|unit| unit.amount);
        let mut breaks = vec![];
        for from in steps {
            let Some(amount) = self.unit(variant, from, group, now).map(|unit| unit.amount) else { continue };
            if before.is_none_or(|before| amount < before) {
                breaks.push(QuantityBreak { from, amount });
            }
            before = Some(amount);
        }
        breaks
    }

    /// All prices that hold for this customer and quantity; without those of sales where `sales` is false.
    fn applying<'a>(
        &'a self,
        prices: &'a VariantPrices,
        quantity: i32,
        group: Option<GroupId>,
        now: DateTime<Utc>,
        sales: bool,
    ) -> Vec<Candidate<'a>> {
        let holds = |offer: &&Offer| offer.min_quantity <= quantity;
        let offered = prices.offers.iter().filter(holds).filter_map(|offer| {
            let terms = self.lists.get(&offer.list)?;
            let applies = state(&terms.list, now) == ListState::Active
                && (terms.list.group_id.is_none() || terms.list.group_id == group)
                && (sales || terms.list.kind != PriceKind::Sale);
            applies.then_some(Candidate { amount: offer.amount, compare_at: offer.compare_at, of: Some((terms, offer.min_quantity)) })
        });
        let mut candidates: Vec<_> = offered.collect();
        let replaced = candidates.iter().any(|candidate| candidate.of.is_some_and(|(terms, _)| terms.list.replaces_base));
        let base = prices.base.filter(|_| !replaced);
        candidates.extend(base.map(|BasePrice { amount, compare_at }| Candidate { amount, compare_at, of: None }));
        candidates
    }
}

fn lowest(candidates: Vec<Candidate<'_>>) -> Option<Candidate<'_>> {
    candidates.into_iter().min_by_key(|candidate| {
        let of = candidate.of.map(|(terms, from)| {
            let PriceList { group_id, kind, id, .. } = &terms.list;
            (group_id.is_some(), *kind == PriceKind::Sale, from, *id)
        });
        (candidate.amount, of)
    })
}

impl Candidate<'_> {
    fn is_sale(&self) -> bool {
        self.of.is_some_and(|(terms, _)| terms.list.kind == PriceKind::Sale)
    }

    /// Asked of everybody, for a single unit: what the history holds.
    fn is_public(&self) -> bool {
        self.of.is_none_or(|(terms, from)| terms.list.group_id.is_none() && from == 1)
    }

    fn reason(&self) -> PriceReason {
        let Some((ListTerms { list, group }, from)) = self.of else { return PriceReason::Base };
        match list.kind {
            _ if from > 1 => PriceReason::Quantity { from },
            PriceKind::Sale => PriceReason::Sale { until: list.ends_at },
            PriceKind::Regular if list.group_id.is_some() => PriceReason::Group { name: group.clone() },
            PriceKind::Regular => PriceReason::List { name: list.name.clone() },
        }
    }
}

/// The lowest price of the 30 days before today's price began. It begins anew with every change, so a second reduction is
/// measured by the first.
fn lowest_before(history: &[PastPrice], now: DateTime<Utc>) -> Option<i64> {
    let current = history.iter().rposition(|past| past.valid_from <= now)?;
    let began = history.get(current)?.valid_from;
    let since = began - Duration::days(DAYS_BEFORE);
    let held_within = |pair: &&[PastPrice]| matches!(pair, [_, next] if next.valid_from > since);
    history.get(..=current)?.windows(2).filter(held_within).filter_map(|pair| pair.first()?.amount).min()
}

/// Where the list stands at `now`.
pub fn state(list: &PriceList, now: DateTime<Utc>) -> ListState {
    if !list.active {
        ListState::Off
    } else if list.ends_at.is_some_and(|end| end <= now) {
        ListState::Ended
    } else if list.starts_at.is_some_and(|start| now < start) {
        ListState::Scheduled
    } else {
        ListState::Active
    }
}

impl PriceReason {
    /// In words, beside the price. `None`: nothing is worth telling.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Base => None,
            Self::Sale { until: None } => Some("Sale price".to_owned()),
            Self::Sale { until: Some(end) } => Some(format!("Sale price until {}", last_day(*end))),
            Self::Group { name } => Some(format!("Price for {name}")),
            Self::Quantity { from } => Some(format!("Price from {from} on")),
            Self::List { name } => Some(name.clone()),
        }
    }
}

/// What ends at midnight has its last day the day before.
pub fn last_day(end: DateTime<Utc>) -> String {
    if end.num_seconds_from_midnight() == 0 {
        (end - Duration::seconds(1)).format("%-d %B").to_string()
    } else {
        end.format("%-d %B, %H:%M UTC").to_string()
    }
}

/// A rate as people say it, such as 190 yen for a pound, for minor units: 1.9 yen for a penny. `None`: out of range.
pub fn of_minor_units(rate: Decimal, own: Currency, other: Currency) -> Option<Decimal> {
    let power = |currency: Currency| 10_i64.checked_pow(currency.exponent()).map(Decimal::from);
    rate.checked_mul(power(other)?)?.checked_div(power(own)?)
}

/// `percent` off, at `rate` units of the other currency for one of the first; rounded half up. `None`: out of range.
pub fn reduced(price: Money, percent: Decimal, rate: Decimal, into: Currency) -> Option<i64> {
    let hundred = Decimal::ONE_HUNDRED;
    let shift = i64::from(into.exponent()) - i64::from(price.currency.exponent());
    let power = Decimal::from(10_i64.checked_pow(u32::try_from(shift.abs()).ok()?)?);
    let exact = Decimal::from(price.minor).checked_mul(rate)?.checked_mul(hundred - percent)?.checked_div(hundred)?;
    let shifted = if shift < 0 { exact.checked_div(power)? } else { exact.checked_mul(power)? };
    shifted.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).try_into().ok()
}

#[cfg(test)]
mod tests;
