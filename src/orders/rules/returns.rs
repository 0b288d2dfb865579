use crate::{
    base::ReturnId,
    orders::model::{DiscountLine, Fulfilment, Means, OrderLine, ReturnedLine, TaxLine},
    payments::{Refund, RefundState},
};

/// What was given back for one return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    pub of: ReturnId,
    /// Minor units that are certain.
    pub amount: i64,
    /// Nothing more of it is on its way.
    pub is_whole: bool,
}

/// By return, the oldest first.
pub fn given_back(refunds: &[Refund]) -> Vec<GivenBack> {
    let mut ids: Vec<ReturnId> = refunds.iter().filter_map(|refund| refund.return_id).collect();
    ids.sort();
    ids.dedup();
    let of = |id: ReturnId, state: RefundState| -> i64 {
        let its = refunds.iter().filter(|refund| refund.return_id == Some(id) && refund.state == state);
        its.map(|refund| refund.amount).sum()
    };
    let back = |of_return| GivenBack {
        of: of_return,
        amount: of(of_return, RefundState::Succeeded),
        is_whole: of(of_return, RefundState::Pending) == 0,
    };
    ids.into_iter().map(back).collect()
}

/// The part of `amount` that falls to `units` more units of a line of `quantity`, after `before` units had theirs. Rounded half
/// up as a running sum, so that the parts of all units are the amount, to the cent. `amount` is zero or more.
pub fn share(amount: i64, quantity: i32, before: i32, units: i32) -> i64 {
    running(amount, quantity, before + units) - running(amount, quantity, before)
}

fn running(amount: i64, quantity: i32, units: i32) -> i64 {
    let quantity = i128::from(quantity.max(1));
    let doubled = 2 * i128::from(amount) * i128::from(units.max(0)) + quantity;
    i64::try_from(doubled / (2 * quantity)).unwrap_or(amount)
}

/// What a customer paid for a whole line and the tax within it: the line less its discounts, with the tax on it.
pub fn paid_for(line: &OrderLine, discounts: &[DiscountLine], taxes: &[TaxLine], tax_included: bool) -> (i64, i64) {
    let off: i64 = discounts.iter().filter(|discount| discount.order_line_id == Some(line.id)).map(|discount| discount.amount).sum();
    let tax: i64 = taxes.iter().filter(|tax| tax.order_line_id == Some(line.id)).map(|tax| tax.amount).sum();
    let worth = line.total + off + if tax_included { 0 } else { tax };
    (worth.max(0), tax.max(0))
}

/// What a return that is `worth` so much pays of goods at this `price`, when no more than `refundable` is left of what was paid.
///
/// The same goods can cost some minor units more or less than the part of a line that came back, since each was rounded by itself.
/// Within `slack` that is nobody's debt: the return then pays the price.
pub fn means(worth: i64, price: i64, refundable: i64, slack: i64) -> Means {
    let worth = worth.min(refundable);
    let paid = if (price - worth).abs() <= slack && price <= refundable { price } else { price.min(worth) };
    let surplus = if paid == price && (worth - price).abs() <= slack { 0 } else { worth - paid };
    Means { paid, due: price - paid, surplus }
}

/// Units of a line that can still be sent back. Gift cards are spent and files read, not sent.
pub fn returnable(line: &OrderLine) -> i32 {
    if line.is_tangible() { (line.shipped - line.returned).max(0) } else { 0 }
}

/// How far an order is once these units of it came back: all that left is here again, or not.
pub fn after_return(before: Fulfilment, lines: &[OrderLine], returned: &[ReturnedLine]) -> Fulfilment {
    let came_back =
        |line: &OrderLine| -> i32 { returned.iter().filter(|back| back.order_line_id == line.id).map(ReturnedLine::came_back).sum() };
    let mut goods = lines.iter().filter(|line| line.shipped > 0 && line.is_tangible()).peekable();
    let all = goods.peek().is_some() && goods.all(|line| came_back(line) == line.shipped);
    match before {
        Fulfilment::Shipped | Fulfilment::Delivered if all => Fulfilment::Returned,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_thirds_of_a_pound_are_a_pound() {
        let parts: Vec<_> = (0..3).map(|before| share(100, 3, before, 1)).collect();
        assert_eq!(parts, [33, 34, 33]);
    }

    #[test]
    fn a_return_pays_other_goods_as_far_as_it_goes() {
        let means = |worth, price, refundable| means(worth, price, refundable, 2);
        assert_eq!(means(1000, 1000, 2000), Means { paid: 1000, due: 0, surplus: 0 });
        assert_eq!(means(1000, 1500, 2000), Means { paid: 1000, due: 500, surplus: 0 });
        assert_eq!(means(1000, 600, 2000), Means { paid: 600, due: 0, surplus: 400 });
        assert_eq!(means(1000, 1500, 700), Means { paid: 700, due: 800, surplus: 0 }, "a part was given back before");
        assert_eq!(means(1000, 1500, 0), Means { paid: 0, due: 1500, surplus: 0 }, "nothing was paid");
    }

    #[test]
    fn what_rounding_makes_of_the_same_goods_is_nobody_s_debt() {
        let means = |worth, price, refundable| means(worth, price, refundable, 2);
        assert_eq!(means(1000, 1001, 2000), Means { paid: 1001, due: 0, surplus: 0 });
        assert_eq!(means(1000, 998, 2000), Means { paid: 998, due: 0, surplus: 0 });
        assert_eq!(means(1000, 1001, 1000), Means { paid: 1000, due: 1, surplus: 0 }, "no more is there");
    }

    proptest! {
        #[test]
        fn an_exchange_never_takes_more_than_is_left_and_pays_its_price(worth in 0..100_000_i64, price in 0..100_000_i64, refundable in 0..100_000_i64, slack in 0..5_i64) {
            let means = means(worth, price, refundable, slack);
            prop_assert_eq!(means.paid + means.due, price);
            prop_assert!(means.paid + means.surplus <= refundable && means.paid >= 0 && means.due >= 0 && means.surplus >= 0);
            prop_assert!(means.due == 0 || means.surplus == 0);
        }

        #[test]
        fn however_a_line_comes_back_in_parts_its_whole_price_goes_back(amount in 0..1_000_000_000_i64, quantity in 1..9999_i32, cut in 0.0..1.0_f64) {
            let first = (f64::from(quantity) * cut) as i32;
            prop_assert_eq!(share(amount, quantity, 0, first) + share(amount, quantity, first, quantity - first), amount);
            prop_assert!(share(amount, quantity, first, quantity - first) >= 0);
        }
    }
}
