use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::model::{Bill, Checkout, CreditUse, Step, Wish};
use crate::{
    base::PromotionId,
    cart::Line,
    credit::Credit,
    inventory::Shortage,
    orders::{Edit, NewOrder, OrderDetail},
    quote::{Discount, sums_by_label},
};

/// What each credit pays of the total, one after the other. Those that nothing is left for pay nothing and are left out.
pub fn spread(total: i64, credits: &[Credit]) -> Vec<CreditUse> {
    let mut left = total;
    let uses = credits.iter().map(|credit| {
        let amount = credit.balance.min(left);
        left -= amount;
        CreditUse { credit: credit.id, label: credit.label(), is_gift_card: credit.is_gift_card(), amount: credit.money(amount) }
    });
    uses.filter(|used| !used.amount.is_zero()).collect()
}

/// The order that this bill becomes.
pub fn order_of(bill: &Bill, checkout: &Checkout, wish: &Wish, pay_within: Option<i32>) -> NewOrder {
    NewOrder {
        cart: bill.cart.id,
        account: wish.account,
        email: checkout.email.clone(),
        phone: checkout.phone.clone(),
        quote: bill.cart.quote.clone(),
        delivery_address: checkout.delivery_address.clone(),
        billing_address: checkout.billing_address.clone(),
        vat_number: checkout.vat_number.clone(),
        gateway: if bill.due().is_zero() { "credit".to_owned() } else { wish.gateway.clone() },
        pay_within_minutes: pay_within,
        source: wish.source,
        actor: wish.actor.clone(),
    }
}

pub fn shortage_words(lines: &[Line], short: &[Shortage]) -> String {
    let words = short.iter().map(|short| {
        let title = lines.iter().find(|line| line.id() == short.variant).map_or("One of the articles", |line| line.item.title.as_str());
        match (short.available, short.besides()) {
            (most, besides) if short.is_limit => format!("We sell {most} of {title} in one order at most{besides}."),
            (left, besides) if left > 0 => format!("Only {left} of {title} are left{besides}."),
            (_, "") => format!("{title} has just sold out."),
            (_, besides) => format!("Nothing of {title} is left{besides}."),
        }
    });
    format!("{} Nothing was ordered and nothing was charged. Change your cart to go on.", words.collect::<Vec<_>>().join(" "))
}

/// The first step whose answers are missing; the last one when none is.
pub fn first_open(has_address: bool, has_delivery: bool) -> Step {
    match (has_address, has_delivery) {
        (false, _) => Step::Address,
        (true, false) => Step::Delivery,
        (true, true) => Step::Payment,
    }
}

/// A discount that was given on `before`, for `after`: the same share of it, rounded half up, and never more than it. Minor units;
/// a discount is zero or less.
pub fn in_proportion(discount: i64, before: i64, after: i64) -> i64 {
    if before == 0 {
        return 0;
    }
    let share = Decimal::from(discount) * Decimal::from(after) / Decimal::from(before);
    let share = share.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(0);
    share.clamp(-after.max(0), 0)
}

/// Leaves of a new line's discounts what their promotions have left. `room`: what each would take off the whole order today, less
/// what it takes off the lines that stay. So ten pounds off an order stay ten pounds, whatever is added to it.
pub fn within(discounts: &mut Vec<Discount>, room: &mut BTreeMap<PromotionId, i64>) {
    for discount in discounts.iter_mut() {
        let left = room.entry(discount.promotion).or_default();
        discount.amount = discount.amount.max((*left).min(0));
        *left -= discount.amount;
    }
    discounts.retain(|discount| discount.amount != 0);
}

/// What an edit means for promotions, a sentence each.
pub fn promotion_words(detail: &OrderDetail, edit: &Edit) -> Vec<String> {
    let applied = edit.quote.applied();
    let mut words: Vec<String> = vec![];
    for discount in &detail.discounts {
        let stays = discount.promotion_id.is_none_or(|promotion| applied.iter().any(|(id, _)| *id == promotion));
        let sentence = format!("{} is on nothing of the order any more. Its use is given back.", discount.label);
        if !stays && !words.contains(&sentence) {
            words.push(sentence);
        }
    }
    let new = edit.quote.lines.iter().skip(edit.staying().len()).flat_map(|line| &line.discounts);
    let sums = sums_by_label(new.map(|discount| (discount.label.as_str(), discount.amount)), edit.quote.currency);
    words.extend(sums.into_iter().map(|(label, sum)| format!("{label} takes {} off what is added.", edit.quote.money(&-sum.minor))));
    words
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::base::{CreditId, Currency};

    fn card(id: i64, balance: i64) -> Credit {
        Credit::example(CreditId(id), balance, Currency::parse("GBP").unwrap(), Utc::now())
    }

    fn paid(total: i64, balances: &[i64]) -> Vec<i64> {
        let cards: Vec<_> = (1..).zip(balances).map(|(id, balance)| card(id, *balance)).collect();
        spread(total, &cards).iter().map(|used| used.amount.minor).collect()
    }

    #[test]
    fn credits_pay_one_after_the_other_and_never_more_than_the_total() {
        assert_eq!(paid(5000, &[2000, 10_000]), [2000, 3000]);
        assert_eq!(paid(5000, &[5000, 100]), [5000]);
        assert_eq!(paid(5000, &[100]), [100]);
        assert!(paid(0, &[100]).is_empty() && paid(100, &[]).is_empty());
    }

    #[test]
    fn a_discount_keeps_its_share_of_a_line_and_never_exceeds_it() {
        assert_eq!(in_proportion(-300, 3000, 1000), -100);
        assert_eq!(in_proportion(-5, 20, 10), -3, "half up");
        assert_eq!(in_proportion(-300, 3000, 6000), -600);
        assert_eq!(in_proportion(-300, 300, 100), -100);
        assert_eq!((in_proportion(0, 0, 100), in_proportion(-300, 3000, 0)), (0, 0));
    }

    fn discount(promotion: i64, amount: i64) -> Discount {
        Discount { promotion: PromotionId(promotion), coupon: None, label: "Off".into(), amount }
    }

    #[test]
    fn a_new_line_gets_no_more_of_a_promotion_than_it_has_left_for_the_order() {
        let mut room = BTreeMap::from([(PromotionId(1), -250), (PromotionId(2), 0), (PromotionId(3), 40)]);
        let mut first = vec![discount(1, -200), discount(2, -100), discount(3, -10)];
        within(&mut first, &mut room);
        assert_eq!(first, [discount(1, -200)]);
        let mut second = vec![discount(1, -200), discount(4, -5)];
        within(&mut second, &mut room);
        assert_eq!(second, [discount(1, -50)], "what is left of the first, and nothing of one that nobody decided on");
    }

    #[test]
    fn the_steps_are_gone_through_in_their_order() {
        assert_eq!(first_open(false, false), Step::Address);
        assert_eq!(first_open(true, false), Step::Delivery);
        assert_eq!(first_open(true, true), Step::Payment);
    }
}
