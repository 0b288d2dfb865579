//! What a cart gets, with pencil and paper: units are laid out one by one and looked at.

use std::collections::BTreeSet;

use super::{
    drawn::{Case, Home, Kind, Promotion, There, product},
    now,
    plain::{Line, dole, half_up, hundredths},
};
use crate::promotions::{Action, Condition, Goods, Offer};

#[derive(Default)]
pub struct Given {
    /// Off each line.
    pub off: Vec<i64>,
    /// Promotion and number.
    pub gifts: Vec<(i64, i32)>,
    pub delivery: Option<OffDelivery>,
    /// Promotions that take something off a line or add a gift.
    pub used: BTreeSet<i64>,
    /// Promotions whose code is good for something.
    pub codes: BTreeSet<i64>,
}

pub struct OffDelivery {
    pub promotion: i64,
    percent: i128,
    most: i64,
}

impl Given {
    pub fn off_delivery(&self, price: i64) -> i64 {
        let off = self.delivery.as_ref().map(|off| half_up(i128::from(price) * off.percent, 10_000).min(off.most));
        off.unwrap_or(0)
    }
}

pub fn given(case: &Case, lines: &[Line]) -> Given {
    let mut promotions: Vec<&Promotion> = case.promotions.iter().collect();
    promotions.sort_by_key(|promotion| (promotion.offer.priority, promotion.offer.id));
    let mut given = Given { off: vec![0; lines.len()], ..Given::default() };
    let mut applied: Vec<&Offer> = vec![];
    for promotion in promotions {
        let offer = &promotion.offer;
        let stands_alone = applied.iter().any(|other| other.exclusive) || offer.exclusive && !applied.is_empty();
        if stands_alone || !may_be_had(case, promotion) || !holds(case, lines, offer) {
            continue;
        }
        let desk = Desk { case, lines, offer, off: given.off.clone() };
        match &offer.action {
            Action::Delivery(percent) => {
                let (percent, most) = (hundredths(*percent), offer.most.unwrap_or(i64::MAX));
                // One at a time: the greater part counts, then the greater limit, then the one that was there first.
                if given.delivery.as_ref().is_some_and(|other| (other.percent, other.most) >= (percent, most)) {
                    continue;
                }
                if let Some(lesser) = given.delivery.replace(OffDelivery { promotion: offer.id.0, percent, most }) {
                    applied.retain(|other| other.id.0 != lesser.promotion);
                    given.codes.remove(&lesser.promotion);
                }
            }
            Action::Gift { quantity, .. } => {
                if !case.has_gifts || desk.looked_at(&Goods::All).is_empty() {
                    continue;
                }
                given.gifts.push((offer.id.0, *quantity));
                given.used.insert(offer.id.0);
            }
            _ => {
                let off = desk.capped(desk.off_lines());
                if off.iter().all(|off| *off == 0) {
                    continue;
                }
                for (all, off) in given.off.iter_mut().zip(off) {
                    *all += off;
                }
                given.used.insert(offer.id.0);
            }
        }
        applied.push(offer);
        if offer.by_coupon {
            given.codes.insert(offer.id.0);
        }
    }
    given
}

fn may_be_had(case: &Case, promotion: &Promotion) -> bool {
    let offer = &promotion.offer;
    let has_begun = offer.starts_at.is_none_or(|start| start <= now());
    let is_over = offer.ends_at.is_some_and(|end| end <= now());
    let is_used_up = offer.left.overall == Some(0) || offer.left.each == Some(0);
    has_begun && !is_over && !is_used_up && offer.currency.code() == case.coin.code && (!offer.by_coupon || promotion.code_given)
}

fn holds(case: &Case, lines: &[Line], offer: &Offer) -> bool {
    let desk = Desk { case, lines, offer, off: vec![0; lines.len()] };
    let before = case.person.orders_before;
    offer.conditions.iter().all(|condition| match condition {
        Condition::TotalFrom { amount, goods } => desk.worth(goods) >= *amount,
        Condition::TotalUpTo { amount, goods } => desk.worth(goods) <= *amount,
        Condition::QuantityFrom { number, goods } => desk.units(goods).len() as i64 >= *number,
        Condition::Group { groups, .. } => groups.iter().any(|group| Some(group.0) == case.person.group),
        Condition::FirstOrder => before == Some(0),
        Condition::OrderExactly(nth) => before == Some(nth - 1),
        Condition::OrderFrom(nth) => before.is_some_and(|before| before >= nth - 1),
        Condition::OrdersMoreThan(number) => before.is_some_and(|before| before > *number),
        Condition::Destination(countries) => countries.iter().any(|country| country == country_of(case)),
    })
}

fn country_of(case: &Case) -> &'static str {
    match (case.there, case.home) {
        (There::Unknown, _) => "nobody knows",
        (There::Home, Home::Britain) => "GB",
        (There::Home, Home::Ireland) => "IE",
        (There::Germany, _) => "DE",
        (There::France, _) => "FR",
        (There::California | There::LosAngeles, _) => "US",
        (There::Quebec, _) => "CA",
        (There::Switzerland, _) => "CH",
        (There::Canaries, _) => "ES",
    }
}

/// The cart laid out before somebody who looks what one promotion does.
struct Desk<'a> {
    case: &'a Case,
    lines: &'a [Line],
    offer: &'a Offer,
    /// What earlier ones took off each line.
    off: Vec<i64>,
}

impl Desk<'_> {
    /// Lines that count for it, by their places.
    fn looked_at(&self, goods: &Goods) -> Vec<usize> {
        let counts = |nth: &usize| {
            let line = &self.lines[*nth];
            let good = &self.case.goods[line.at];
            let fits = match goods {
                Goods::All => true,
                Goods::These { products, categories, .. } => {
                    products.contains(&product(line.at)) || categories.iter().any(|category| good.categories().contains(category))
                }
            };
            fits && good.kind != Kind::GiftCard && !(self.offer.skip_reduced && line.is_reduced)
        };
        (0..self.lines.len()).filter(counts).collect()
    }

    fn quantity(&self, nth: usize) -> i64 {
        self.case.goods[self.lines[nth].at].quantity.into()
    }

    fn worth(&self, goods: &Goods) -> i64 {
        self.looked_at(goods).into_iter().map(|nth| self.lines[nth].unit * self.quantity(nth)).sum()
    }

    /// Every single unit: its price and its line.
    fn units(&self, goods: &Goods) -> Vec<(i64, usize)> {
        let of_line = |nth: usize| (0..self.quantity(nth)).map(move |_| (self.lines[nth].unit, nth));
        self.looked_at(goods).into_iter().flat_map(of_line).collect()
    }

    fn left(&self, nth: usize) -> i64 {
        self.lines[nth].unit * self.quantity(nth) - self.off[nth]
    }

    /// What is left of each line, nothing where it does not count.
    fn left_of(&self, goods: &Goods) -> Vec<i64> {
        let counting = self.looked_at(goods);
        (0..self.lines.len()).map(|nth| if counting.contains(&nth) { self.left(nth) } else { 0 }).collect()
    }

    fn off_lines(&self) -> Vec<i64> {
        match &self.offer.action {
            Action::OrderPercent(percent) => {
                let left = self.left_of(&Goods::All);
                spread(half_up(i128::from(left.iter().sum::<i64>()) * hundredths(*percent), 10_000), &left)
            }
            Action::OrderAmount(amount) => {
                let left = self.left_of(&Goods::All);
                spread((*amount).min(left.iter().sum()), &left)
            }
            Action::GoodsPercent { percent, goods } => {
                self.left_of(goods).into_iter().map(|left| half_up(i128::from(left) * hundredths(*percent), 10_000)).collect()
            }
            Action::GoodsAmount { amount, goods } => {
                let left = self.left_of(goods);
                (0..left.len()).map(|nth| left[nth].min(amount * self.quantity(nth))).collect()
            }
            Action::CheapestFree { of, times, goods } => {
                let mut units = self.units(goods);
                units.sort_by_key(|(price, nth)| (-price, *nth));
                let groups = units.chunks_exact(*of as usize).take(times.unwrap_or(i64::MAX) as usize);
                self.off_units(groups.map(|group| group[group.len() - 1].1), 10_000)
            }
            Action::BuyGet { buy, bought, gets, goods, percent, times } => {
                let got = self.got((*buy, bought), (*gets, goods), *times);
                self.off_units(got.into_iter(), hundredths(*percent))
            }
            Action::Delivery(_) | Action::Gift { .. } => vec![],
        }
    }

    /// The lines of the units that are got: as many sets as can be, and then the cheapest that leave enough to be bought.
    fn got(&self, (buy, bought): (i64, &Goods), (gets, goods): (i64, &Goods), times: Option<i64>) -> Vec<usize> {
        let may_be_bought = self.looked_at(bought);
        let mut units = self.units(goods);
        units.sort_unstable();
        let all_bought = self.units(bought).len() as i64;
        let choose = |sets: i64| {
            let (mut chosen, mut still_bought) = (vec![], all_bought);
            for (_, nth) in &units {
                let is_bought_too = may_be_bought.contains(nth);
                if (chosen.len() as i64) < sets * gets && (!is_bought_too || still_bought > sets * buy) {
                    chosen.push(*nth);
                    still_bought -= i64::from(is_bought_too);
                }
            }
            (chosen.len() as i64 == sets * gets && still_bought >= sets * buy).then_some(chosen)
        };
        let most = times.unwrap_or(i64::MAX).min(all_bought / buy);
        (0..=most).rev().find_map(choose).unwrap_or_default()
    }

    /// Off for units of these lines, each time the line is named.
    fn off_units(&self, free: impl Iterator<Item = usize>, hundredths: i128) -> Vec<i64> {
        let free: Vec<usize> = free.collect();
        let off = |nth: usize| {
            let units = free.iter().filter(|of| **of == nth).count() as i128;
            let share = half_up(i128::from(self.left(nth)) * units, self.quantity(nth).into());
            half_up(i128::from(share) * hundredths, 10_000)
        };
        (0..self.lines.len()).map(off).collect()
    }

    fn capped(&self, off: Vec<i64>) -> Vec<i64> {
        match self.offer.most {
            Some(most) if off.iter().sum::<i64>() > most => spread(most, &off),
            _ => off,
        }
    }
}

/// By largest remainder; of the same, the greater line comes first, then the earlier.
fn spread(total: i64, weights: &[i64]) -> Vec<i64> {
    let all: i64 = weights.iter().sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let shares: Vec<i128> = weights.iter().map(|weight| i128::from(total) * i128::from(*weight)).collect();
    dole(total, &shares, all.into())
}
