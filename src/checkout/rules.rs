use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::model::{Bill, Checkout, CreditUse, Step, Wish};
use crate::{cart::Line, credit::Credit, inventory::Shortage, orders::NewOrder};

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
pub fn order_of(bill: &Bill, checkout: Checkout, wish: &Wish, pay_within: Option<i32>) -> NewOrder {
    NewOrder {
        cart: bill.cart.id,
        account: wish.account,
        email: checkout.email,
        phone: checkout.phone,
        quote: bill.cart.quote.clone(),
        delivery_address: checkout.delivery_address,
        billing_address: checkout.billing_address,
        vat_number: checkout.vat_number,
        gateway: if bill.due().is_zero() { "credit".to_owned() } else { wish.gateway.clone() },
        pay_within_minutes: pay_within,
        source: wish.source,
        actor: wish.actor.clone(),
    }
}

pub fn shortage_words(lines: &[Line], short: &[Shortage]) -> String {
    let words = short.iter().map(|short| {
        let title = lines.iter().find(|line| line.id() == short.variant).map_or("One of the articles", |line| line.item.title.as_str());
        if short.is_limit {
            return format!("We sell {} of {title} in one order at most.", short.available);
        }
        if short.available > 0 { format!("Only {} of {title} are left.", short.available) } else { format!("{title} has just sold out.") }
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

    #[test]
    fn the_steps_are_gone_through_in_their_order() {
        assert_eq!(first_open(false, false), Step::Address);
        assert_eq!(first_open(true, false), Step::Delivery);
        assert_eq!(first_open(true, true), Step::Payment);
    }
}
