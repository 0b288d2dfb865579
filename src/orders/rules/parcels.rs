//! What has left the building, and what it is worth.

use crate::orders::model::{Fulfilment, OrderDetail, OrderLine, Shipment};

/// How far an order has come, by the units that have left and the parcels that have arrived. Gift cards that were issued, and links that
/// were sent, are no reason to say that a part has been shipped while all the goods are still here.
pub fn fulfilment(before: Fulfilment, lines: &[OrderLine], shipments: &[Shipment]) -> Fulfilment {
    let left = lines.iter().any(|line| line.shipped < line.quantity);
    let begun = lines.iter().any(|line| line.is_tangible() && line.shipped > 0);
    let arrived = !shipments.is_empty() && shipments.iter().all(|shipment| shipment.delivered_at.is_some());
    match () {
        () if before == Fulfilment::Returned => Fulfilment::Returned,
        () if !left && arrived => Fulfilment::Delivered,
        () if !left => Fulfilment::Shipped,
        () if begun => Fulfilment::Partial,
        () => Fulfilment::Unfulfilled,
    }
}

/// What is due once so many units of each line have left, in minor units: the lines' shares after discounts with their tax.
/// Delivery and fees are due with the first parcel; the last one takes the rest, so that all of them come to the total.
pub fn worth(detail: &OrderDetail, units: impl Fn(&OrderLine) -> i32) -> i64 {
    let total = detail.order.total;
    if detail.lines.iter().all(|line| units(line) >= line.quantity) {
        return total;
    }
    let of_lines: i64 = detail.lines.iter().map(|line| line_worth(detail, line)).sum();
    let begun = detail.lines.iter().any(|line| line.is_tangible() && units(line) > 0);
    let around = if begun { total - of_lines } else { 0 };
    let left: i64 = detail.lines.iter().map(|line| share(line_worth(detail, line), units(line), line.quantity)).sum();
    (left + around).min(total)
}

/// What the customer pays for a line, in minor units.
fn line_worth(detail: &OrderDetail, line: &OrderLine) -> i64 {
    let discounts: i64 = detail.discounts_on(&line.id).iter().map(|discount| discount.amount).sum();
    let taxes = detail.taxes.iter().filter(|tax| tax.order_line_id == Some(line.id)).map(|tax| tax.amount);
    let on_top: i64 = if detail.order.tax_included { 0 } else { taxes.sum() };
    line.total + discounts + on_top
}

/// `amount × units ÷ of`, half up.
fn share(amount: i64, units: i32, of: i32) -> i64 {
    if of <= 0 { 0 } else { (2 * amount * i64::from(units) + i64::from(of)).div_euclid(2 * i64::from(of)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_never_more_than_the_whole() {
        assert_eq!((share(100, 1, 3), share(100, 2, 3), share(100, 3, 3)), (33, 67, 100));
        assert_eq!((share(5, 1, 2), share(0, 1, 2), share(5, 0, 0)), (3, 0, 0));
    }

    proptest! {
        #[test]
        fn a_share_grows_with_the_units(amount in 0i64..10_000_000, of in 1i32..999, units in 0i32..998) {
            let units = units.min(of - 1);
            let (some, more) = (share(amount, units, of), share(amount, units + 1, of));
            prop_assert!(0 <= some && some <= more && more <= amount);
        }
    }
}
