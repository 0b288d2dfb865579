//! What a promotion takes off, line by line.

use rust_decimal::Decimal;

use super::{
    Action, BasketLine, Goods, Offer,
    spread::{percent_of, share_of, spread},
};
use crate::base::VariantId;

/// What a promotion that applies does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Index of a line and minor units off it, above 0.
    Off(Vec<(usize, i64)>),
    /// Percent.
    Delivery(Decimal),
    Gift(VariantId, i32),
}

/// `None`: nothing in the cart is what it is for. `left`: what earlier discounts leave of each line.
pub fn effect_of(offer: &Offer, lines: &[BasketLine], left: &[i64]) -> Option<Effect> {
    match &offer.action {
        Action::Delivery(percent) => return Some(Effect::Delivery(*percent)),
        Action::Gift { variant, quantity, .. } => {
            return lines.iter().any(|line| offer.looks_at(line)).then_some(Effect::Gift(*variant, *quantity));
        }
        _ => {}
    }
    let basket = Basket { offer, lines, left };
    let parts = basket.capped(basket.parts());
    let off: Vec<_> = parts.into_iter().enumerate().filter(|(_, amount)| *amount > 0).collect();
    (!off.is_empty()).then_some(Effect::Off(off))
}

struct Basket<'a> {
    offer: &'a Offer,
    lines: &'a [BasketLine],
    left: &'a [i64],
}

/// Units of one line.
#[derive(Clone, Copy)]
struct Run {
    line: usize,
    unit_price: i64,
    variant: VariantId,
    quantity: i64,
}

impl Basket<'_> {
    /// Minor units off each line, not capped yet.
    fn parts(&self) -> Vec<i64> {
        match &self.offer.action {
            Action::OrderPercent(percent) => {
                let left = self.left_of(&Goods::All);
                spread(percent_of(left.iter().sum(), *percent), &left, &self.keys())
            }
            Action::OrderAmount(amount) => {
                let left = self.left_of(&Goods::All);
                spread(left.iter().sum::<i64>().min(*amount), &left, &self.keys())
            }
            Action::GoodsPercent { percent, goods } => self.left_of(goods).into_iter().map(|left| percent_of(left, *percent)).collect(),
            Action::GoodsAmount { amount, goods } => {
                let of_line = |(left, line): (i64, &BasketLine)| left.min(amount.saturating_mul(i64::from(line.quantity)));
                self.left_of(goods).into_iter().zip(self.lines).map(of_line).collect()
            }
            Action::CheapestFree { of, times, goods } => self.cheapest_free(*of, *times, goods),
            Action::BuyGet { buy, bought, gets, goods, percent, times } => self.buy_get((*buy, bought), (*gets, goods), *percent, *times),
            Action::Delivery(_) | Action::Gift { .. } => vec![0; self.lines.len()],
        }
    }

    fn capped(&self, parts: Vec<i64>) -> Vec<i64> {
        match self.offer.most {
            Some(most) if parts.iter().sum::<i64>() > most => spread(most, &parts, &self.keys()),
            _ => parts,
        }
    }

    fn keys(&self) -> Vec<i64> {
        self.lines.iter().map(|line| line.variant.0).collect()
    }

    /// Of each line what is left; 0 where the promotion does not look at it.
    fn left_of(&self, goods: &Goods) -> Vec<i64> {
        let of_line = |(line, left): (&BasketLine, &i64)| if self.offer.looks_at(line) && goods.has(line) { *left } else { 0 };
        self.lines.iter().zip(self.left).map(of_line).collect()
    }

    fn runs(&self, goods: &Goods) -> Vec<Run> {
        let fitting = self.lines.iter().enumerate().filter(|(_, line)| self.offer.looks_at(line) && goods.has(line));
        fitting
            .map(|(at, line)| Run { line: at, unit_price: line.unit_price, variant: line.variant, quantity: i64::from(line.quantity) })
            .collect()
    }

    /// Groups are put together from the dearest unit down, as a shopper would who paid for each group by itself.
    fn cheapest_free(&self, of: i64, times: Option<i64>, goods: &Goods) -> Vec<i64> {
        let of = of.max(1);
        let mut runs = self.runs(goods);
        runs.sort_by_key(|run| (-run.unit_price, run.variant));
        let most = times.map_or(i64::MAX, |times| times.saturating_mul(of));
        let (mut parts, mut before) = (vec![0; self.lines.len()], 0_i64);
        for run in runs {
            let after = before + run.quantity;
            let free = after.min(most) / of - before.min(most) / of;
            parts[run.line] = share_of(self.left[run.line], free, run.quantity);
            before = after;
        }
        parts
    }

    /// A unit is either bought or got, never both.
    fn buy_get(&self, (buy, bought): (i64, &Goods), (gets, goods): (i64, &Goods), percent: Decimal, times: Option<i64>) -> Vec<i64> {
        let units = |runs: Vec<Run>| runs.iter().map(|run| run.quantity).sum::<i64>();
        let (buy, gets) = (buy.max(1), gets.max(1));
        let is_both = |run: &Run| bought.has(&self.lines[run.line]);
        let mut got = self.runs(goods);
        let both: i64 = got.iter().filter(|run| is_both(run)).map(|run| run.quantity).sum();
        let (can_be_bought, can_be_got) = (units(self.runs(bought)), units(got.clone()));
        let sets = (can_be_bought / buy).min(can_be_got / gets).min((can_be_bought + can_be_got - both) / (buy + gets));
        let sets = times.map_or(sets, |times| sets.min(times));
        let only_bought = can_be_bought - both;
        let mut spare = both - (sets * buy - only_bought).max(0);
        let mut wanted = sets * gets;
        got.sort_by_key(|run| (run.unit_price, run.variant));
        let mut parts = vec![0; self.lines.len()];
        for run in got {
            let taken = if is_both(&run) { run.quantity.min(wanted).min(spare) } else { run.quantity.min(wanted) };
            if is_both(&run) {
                spare -= taken;
            }
            wanted -= taken;
            parts[run.line] = percent_of(share_of(self.left[run.line], taken, run.quantity), percent);
        }
        parts
    }
}
