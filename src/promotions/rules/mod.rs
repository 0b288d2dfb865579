//! What a cart gets.
//!
//! Promotions are asked one after the other, by priority and then by age. Each works on what the earlier ones left, so
//! percentages stack one after the other. An exclusive promotion is never combined: it applies only where nothing has applied
//! before it, and then nothing applies after it. So the first by priority that applies decides whether it stands alone.
//!
//! Gift cards are left out of everything: they are money, not goods.

mod assemble;
mod code;
mod conditions;
mod effects;
mod spread;
#[cfg(test)]
mod tests;
mod trial;
mod words;

pub use assemble::offer_of;
pub use code::LONGEST_PREFIX;
pub use trial::read_lines;
pub use words::{asks, not_valid, summary, used_up};

use self::{
    conditions::{Refusal, failing},
    effects::{Effect, effect_of},
};
use super::model::{
    Action, Asked, BasketLine, Condition, Coupon, DeliveryDiscount, Discount, Explanation, Gift, Goods, Left, Offer, Outcome,
    PromotionBook, Situation, Verdict,
};
use crate::base::{CouponId, PromotionId};

impl PromotionBook {
    /// The same book and situation always give the same answer.
    pub fn decide(&self, situation: &Situation) -> Outcome {
        let mut offers: Vec<&Offer> = self.offers.iter().collect();
        offers.sort_by_key(|offer| (offer.priority, offer.id));
        let mut deal = Deal::begin(self, situation);
        for offer in offers {
            deal.consider(offer);
        }
        deal.outcome()
    }

    /// The same for staff: what became of each promotion.
    pub fn explain(&self, situation: &Situation) -> Vec<Explanation> {
        let mut offers: Vec<&Offer> = self.offers.iter().collect();
        offers.sort_by_key(|offer| (offer.priority, offer.id));
        let mut deal = Deal::begin(self, situation);
        offers.iter().for_each(|offer| deal.consider(offer));
        offers.into_iter().map(|offer| deal.explanation(offer)).collect()
    }

    /// The first code asked for by which this promotion can be had now.
    fn code_for(&self, promotion: PromotionId, situation: &Situation) -> Option<(&Asked, &Coupon)> {
        let of_it = self.asked.iter().filter_map(|asked| asked.coupon.as_ref().map(|coupon| (asked, coupon)));
        of_it.filter(|(_, coupon)| coupon.promotion == promotion).find(|(_, coupon)| standing(coupon, situation).is_ok())
    }
}

/// Whether the coupon by itself can be used now.
fn standing(coupon: &Coupon, situation: &Situation) -> Result<(), Refusal> {
    let begun = coupon.starts_at.is_none_or(|at| at <= situation.now);
    let over = coupon.ends_at.is_some_and(|at| at <= situation.now);
    if !begun || over { Err(Refusal::NotValid) } else { remaining(coupon.left) }
}

fn remaining(left: Left) -> Result<(), Refusal> {
    match left {
        Left { overall: Some(..=0), .. } => Err(Refusal::UsedUp),
        Left { each: Some(..=0), .. } => Err(Refusal::UsedByCustomer),
        _ => Ok(()),
    }
}

/// Why the promotion or code of this name can't be had once more, where it can't.
pub fn lacking(name: &str, is_in_force: bool, left: Left) -> Option<String> {
    match remaining(left) {
        _ if !is_in_force => Some(format!("{name} has ended meanwhile.")),
        Err(Refusal::UsedByCustomer) => Some(words::used_up_by_customer(name)),
        Err(_) => Some(words::used_up(name)),
        Ok(()) => None,
    }
}

impl Left {
    /// One of the uses counts no more.
    pub fn give_back_one(&mut self) {
        self.overall = self.overall.map(|left| left + 1);
        self.each = self.each.map(|left| left + 1);
    }

    /// What is left of limits after so many uses, overall and by one customer.
    pub fn of(uses: i32, max_uses: Option<i32>, used_by_customer: i64, max_uses_each: Option<i32>) -> Self {
        let overall = max_uses.map(|most| i64::from(most) - i64::from(uses));
        Self { overall, each: max_uses_each.map(|most| i64::from(most) - used_by_customer) }
    }
}

/// Something that applies.
struct Applied<'a> {
    offer: &'a Offer,
    code: Option<(&'a Asked, &'a Coupon)>,
    effect: Effect,
}

impl Applied<'_> {
    fn coupon(&self) -> Option<CouponId> {
        self.code.map(|(_, coupon)| coupon.id)
    }

    fn label(&self) -> String {
        match self.code {
            Some((asked, _)) => format!("{} ({})", self.offer.label, asked.code),
            None => self.offer.label.clone(),
        }
    }
}

/// What has been decided so far.
struct Deal<'a> {
    book: &'a PromotionBook,
    situation: &'a Situation<'a>,
    /// Of each line, what the discounts so far leave.
    left: Vec<i64>,
    applied: Vec<Applied<'a>>,
    refused: Vec<(PromotionId, Refusal)>,
    nearly: Vec<String>,
}

impl<'a> Deal<'a> {
    fn begin(book: &'a PromotionBook, situation: &'a Situation<'a>) -> Self {
        let left = situation.lines.iter().map(|line| if line.is_gift_card { 0 } else { line.total() }).collect();
        Self { book, situation, left, applied: vec![], refused: vec![], nearly: vec![] }
    }

    fn consider(&mut self, offer: &'a Offer) {
        let code = self.book.code_for(offer.id, self.situation);
        if offer.by_coupon && code.is_none() {
            return;
        }
        let code = code.filter(|_| offer.by_coupon);
        match self.judge(offer) {
            Ok(effect) => self.apply(Applied { offer, code, effect }),
            Err(refusal) => {
                if let Some(sentence) = words::nearly(offer, &refusal, self.situation).filter(|_| !offer.by_coupon) {
                    self.nearly.push(sentence);
                }
                self.refused.push((offer.id, refusal));
            }
        }
    }

    fn judge(&self, offer: &Offer) -> Result<Effect, Refusal> {
        let now = self.situation.now;
        if offer.starts_at.is_some_and(|at| at > now) || offer.ends_at.is_some_and(|at| at <= now) {
            return Err(Refusal::NotValid);
        }
        if offer.currency != self.situation.currency {
            return Err(Refusal::Currency);
        }
        remaining(offer.left)?;
        let alone = |other: &&Applied| offer.exclusive || other.offer.exclusive;
        if let Some(other) = self.applied.iter().find(alone) {
            return Err(Refusal::NotTogether(other.offer.label.clone()));
        }
        if let Some(better) = self.better_delivery(offer) {
            return Err(Refusal::NothingMore(better.offer.label.clone()));
        }
        if let Some(refusal) = failing(offer, self.book.orders_before, self.situation) {
            return Err(refusal);
        }
        effect_of(offer, self.situation.lines, &self.left).ok_or(Refusal::NothingFits)
    }

    /// Delivery has one discount only: the one that applies already where it takes off as much.
    fn better_delivery(&self, offer: &Offer) -> Option<&Applied<'a>> {
        let Action::Delivery(percent) = offer.action else { return None };
        self.applied.iter().find(|other| match other.effect {
            Effect::Delivery(already) => already > percent || (already == percent && takes_as_much(other.offer.most, offer.most)),
            _ => false,
        })
    }

    fn apply(&mut self, new: Applied<'a>) {
        match &new.effect {
            Effect::Off(parts) => parts.iter().for_each(|(line, amount)| self.left[*line] -= amount),
            Effect::Delivery(_) => self.give_up_lesser_delivery(new.offer),
            Effect::Gift(..) => {}
        }
        self.applied.push(new);
    }

    fn give_up_lesser_delivery(&mut self, for_offer: &Offer) {
        let is_delivery = |applied: &Applied| matches!(applied.effect, Effect::Delivery(_));
        let refusals = self.applied.iter().filter(|applied| is_delivery(applied));
        self.refused.extend(refusals.map(|lesser| (lesser.offer.id, Refusal::NothingMore(for_offer.label.clone()))));
        self.applied.retain(|applied| !is_delivery(applied));
    }

    fn outcome(self) -> Outcome {
        let coupons = self.book.asked.iter().map(|asked| self.verdict(asked)).collect();
        let mut outcome = Outcome { coupons, nearly: self.nearly, ..Outcome::default() };
        for applied in &self.applied {
            let (promotion, coupon, label) = (applied.offer.id, applied.coupon(), applied.label());
            match applied.effect {
                Effect::Off(ref parts) => outcome.discounts.extend(parts.iter().map(|(line, amount)| Discount {
                    promotion,
                    coupon,
                    label: label.clone(),
                    line: *line,
                    amount: -amount,
                })),
                Effect::Delivery(percent) => {
                    outcome.delivery = Some(DeliveryDiscount { promotion, coupon, label, percent, most: applied.offer.most });
                }
                Effect::Gift(variant, quantity) => outcome.gifts.push(Gift { promotion, coupon, label, variant, quantity }),
            }
        }
        outcome
    }

    fn explanation(&self, offer: &Offer) -> Explanation {
        let applied = self.applied.iter().any(|applied| applied.offer.id == offer.id);
        let refusal = self.refused.iter().find(|(id, _)| *id == offer.id).map(|(_, refusal)| refusal);
        let reason = match refusal {
            _ if applied => words::benefit(&offer.action, offer.currency),
            Some(refusal) => words::reason_for_staff(refusal, offer),
            None => "Needs one of its codes.".to_owned(),
        };
        Explanation { promotion: offer.id, label: offer.label.clone(), applied, reason }
    }

    /// What became of one code, and why.
    fn verdict(&self, asked: &Asked) -> Verdict {
        let says = |applied: bool, reason: String| Verdict { code: asked.code.clone(), applied, reason };
        let offer = asked.coupon.as_ref().and_then(|coupon| self.book.offers.iter().find(|offer| offer.id == coupon.promotion));
        let (Some(coupon), Some(offer)) = (&asked.coupon, offer) else { return says(false, not_valid(&asked.code)) };
        if let Err(refusal) = standing(coupon, self.situation) {
            return says(false, words::reason(&asked.code, &refusal, offer));
        }
        if let Some(applied) = self.applied.iter().find(|applied| applied.offer.id == offer.id) {
            let other = applied.code.filter(|(_, other)| other.id != coupon.id);
            return match other {
                Some((other, _)) => says(false, words::one_is_enough(&asked.code, &other.code)),
                None => says(true, format!("{}: {}.", asked.code, offer.label.trim_end_matches('.'))),
            };
        }
        let refusal = self.refused.iter().find(|(id, _)| *id == offer.id).map_or(&Refusal::NotValid, |(_, refusal)| refusal);
        says(false, words::reason(&asked.code, refusal, offer))
    }
}

/// Whether a cap lets through as much as another does.
fn takes_as_much(cap: Option<i64>, other: Option<i64>) -> bool {
    match (cap, other) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(cap), Some(other)) => cap >= other,
    }
}

impl Goods {
    pub fn has(&self, line: &BasketLine) -> bool {
        match self {
            Self::All => true,
            Self::These { products, categories, .. } => {
                products.contains(&line.product) || line.categories.iter().any(|category| categories.contains(category))
            }
        }
    }
}

impl Offer {
    /// Whether the line counts and may be discounted at all.
    fn looks_at(&self, line: &BasketLine) -> bool {
        let is_left_out = self.skip_reduced && line.is_reduced;
        !line.is_gift_card && !is_left_out
    }
}
