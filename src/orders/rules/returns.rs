use crate::orders::model::{DiscountLine, Fulfilment, OrderLine, ReturnedLine, TaxLine};

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

/// Units of a line that can still be sent back. Gift cards are spent, not sent.
pub fn returnable(line: &OrderLine) -> i32 {
    if line.is_gift_card { 0 } else { (line.shipped - line.returned).max(0) }
}

/// How far an order is once these units of it came back: all that left is here again, or not.
pub fn after_return(before: Fulfilment, lines: &[OrderLine], returned: &[ReturnedLine]) -> Fulfilment {
    let came_back =
        |line: &OrderLine| -> i32 { returned.iter().filter(|back| back.order_line_id == line.id).map(ReturnedLine::came_back).sum() };
    let mut goods = lines.iter().filter(|line| line.shipped > 0 && !line.is_gift_card).peekable();
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

    proptest! {
        #[test]
        fn however_a_line_comes_back_in_parts_its_whole_price_goes_back(amount in 0..1_000_000_000_i64, quantity in 1..9999_i32, cut in 0.0..1.0_f64) {
            let first = (f64::from(quantity) * cut) as i32;
            prop_assert_eq!(share(amount, quantity, 0, first) + share(amount, quantity, first, quantity - first), amount);
            prop_assert!(share(amount, quantity, first, quantity - first) >= 0);
        }
    }
}
