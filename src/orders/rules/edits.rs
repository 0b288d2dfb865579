//! When an order may still be changed, and what a change means for its money.

use crate::{
    base::AttemptId,
    orders::model::{Edit, Fulfilment, Lifecycle, Order, OrderDetail, PaymentState},
    payments::{Attempt, Summary},
};

/// Something of it is still here, and its money is.
pub fn can_edit(order: &Order) -> bool {
    order.lifecycle == Lifecycle::Placed
        && matches!(order.fulfilment_state, Fulfilment::Unfulfilled | Fulfilment::Partial)
        && order.payment_state != PaymentState::Refunded
}

/// What goes back by itself when the total falls, in minor units: never more than it fell by, nor than is there beyond the new
/// total. So money that staff gave back before is not given twice.
pub fn correction(before: i64, after: i64, money: &Summary) -> i64 {
    (before - after).min(money.refundable() - after).max(0)
}

/// Payments of which something is set aside that the order does not need any more: what is here and set aside elsewhere covers the
/// total without it. The oldest are let go of first.
pub fn spare(total: i64, money: &Summary, attempts: &[Attempt]) -> Vec<AttemptId> {
    let mut covered = money.owed() + money.authorised;
    let mut spare = vec![];
    for attempt in attempts.iter().rev().filter(|attempt| attempt.capturing <= attempt.captured) {
        let rest = attempt.capturable();
        if rest > 0 && covered - rest >= total {
            covered -= rest;
            spare.push(attempt.id);
        }
    }
    spare
}

/// What an edit changes, a sentence each.
pub fn words(detail: &OrderDetail, edit: &Edit) -> Vec<String> {
    let order = &detail.order;
    let mut words = vec![];
    for line in detail.lines.iter().filter(|line| edit.quantity_of(line) != line.quantity) {
        words.push(match edit.quantity_of(line) {
            0 => format!("{} × {} taken out.", line.quantity, line.title),
            quantity => format!("{quantity} × {} instead of {}.", line.title, line.quantity),
        });
    }
    let added = edit.quote.lines.iter().skip(edit.staying().len());
    words.extend(added.map(|line| format!("{} × {} added.", line.quantity, line.item.title)));
    if edit.delivery_address != detail.delivery_address {
        words.push(format!("It goes to another address: {}.", edit.delivery_address.lines().join(", ")));
    }
    let method = edit.quote.delivery.as_ref().map_or("", |delivery| delivery.offer.method.name.as_str());
    if method != order.delivery_method {
        words.push(format!("Delivery is now: {method}."));
    }
    if edit.quote.fee_total() != order.fee_total {
        words.push(format!("Fees are now {}.", order.money(&edit.quote.fee_total())));
    }
    if edit.quote.total() != order.total {
        words.push(format!("The total is {} instead of {}.", edit.quote.total_money(), order.total_money()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(captured: i64, refunded: i64, refunding: i64) -> Summary {
        Summary { captured, refunded, refunding, ..Summary::default() }
    }

    #[test]
    fn the_difference_goes_back_when_the_total_falls_and_no_more_than_is_there() {
        assert_eq!(correction(2000, 1500, &money(2000, 0, 0)), 500);
        assert_eq!(correction(2000, 1500, &money(2000, 300, 0)), 200, "a part went back before");
        assert_eq!(correction(1500, 1000, &money(2000, 0, 500)), 500, "the refund of the last edit is on its way");
        assert_eq!(correction(2000, 1500, &money(0, 0, 0)), 0, "nothing was paid");
        assert_eq!(correction(2000, 2500, &money(2000, 0, 0)), 0, "the total rose");
        assert_eq!(correction(2000, 1500, &money(2600, 0, 0)), 500, "what was paid too much is staff's to look at");
    }
}
