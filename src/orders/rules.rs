mod edits;
mod parcels;
pub mod returns;
mod states;

pub use edits::{can_edit, correction, spare, words};
pub use parcels::{fulfilment, worth};
pub use states::{Move, moved};

use super::model::{Fulfilment, Lifecycle, Order, OrderLine, PaymentState, Source};
use crate::payments::{Attempt, Summary};

/// Crockford's base 32: no I, L, O or U, so that a number survives being read out.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An order number such as `7K4Q-29XM`, made of random bits.
pub fn order_number(random: u64) -> String {
    let digit = |at: u32| char::from(ALPHABET[(random >> (at * 5)) as usize & 31]);
    (0..4).map(digit).chain(['-']).chain((4..8).map(digit)).collect()
}

/// An order number as people type it: any case, with or without the hyphen, O for 0 and I or L for 1.
pub fn read_order_number(typed: &str) -> String {
    let plain: String = typed.trim().to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.replace('O', "0").replace(['I', 'L'], "1");
    if plain.len() == 8 { format!("{}-{}", &plain[..4], &plain[4..]) } else { plain }
}

/// An order is complete when it is paid and has left; a refund afterwards does not open it again.
pub fn lifecycle(before: Lifecycle, payment: PaymentState, fulfilment: Fulfilment) -> Lifecycle {
    let paid = matches!(payment, PaymentState::Paid | PaymentState::Overcharged | PaymentState::PartlyRefunded);
    match before {
        Lifecycle::Placed if paid && matches!(fulfilment, Fulfilment::Shipped | Fulfilment::Delivered) => Lifecycle::Completed,
        other => other,
    }
}

/// Nothing has left the building yet. Gift cards have not: they are taken back as long as nobody has spent them; nor have files, whose
/// links end with the order.
pub fn can_cancel(order: &Order, lines: &[OrderLine]) -> bool {
    let by_mail = lines.iter().filter(|line| line.quantity > 0).all(|line| !line.is_tangible());
    moved(order.into(), if by_mail { Move::CancelCards } else { Move::Cancel }).is_some()
}

/// Paid, set aside to be taken as it leaves, or to be paid on delivery.
pub fn can_ship(order: &Order, pays_on_delivery: bool) -> bool {
    use PaymentState::{Authorised, Overcharged, Paid, PartlyRefunded};
    let paid = matches!(order.payment_state, Paid | Authorised | Overcharged | PartlyRefunded);
    order.lifecycle == Lifecycle::Placed
        && matches!(order.fulfilment_state, Fulfilment::Unfulfilled | Fulfilment::Partial)
        && (paid || (pays_on_delivery && order.payment_state == PaymentState::Due))
}

/// Money that comes by bank or in cash is noted by staff.
pub fn can_mark_paid(order: &Order, is_manual: bool) -> bool {
    is_manual && order.lifecycle != Lifecycle::Cancelled && matches!(order.payment_state, PaymentState::Due | PaymentState::Failed)
}

/// An invoice is due when money has come or something was handed over (Directive 2006/112/EC, article 222); nobody is charged
/// for an order that was cancelled before, nor for what another shop invoiced.
pub fn wants_invoice(order: &Order) -> bool {
    order.source != Source::Import && !order.is_cancelled() && (order.is_paid() || order.fulfilment_state != Fulfilment::Unfulfilled)
}

/// What of an invoice has been given back, in minor units. Money that came twice and went back was never on it, and what went back
/// since the order's total fell is on it no more: `invoiced` is what is left without that.
pub fn to_credit(invoiced: i64, money: &Summary) -> i64 {
    let twice = (money.captured - money.corrected - invoiced).max(0);
    (money.refunded - money.corrected - twice).clamp(0, invoiced)
}

/// What came in when an order became paid, in minor units: all that is there, or what the latest payment brought where earlier
/// ones were told before. `attempts`: the newest first.
pub fn came_in(attempts: &[Attempt]) -> i64 {
    let captured = || attempts.iter().filter(|attempt| attempt.captured > 0);
    let by_gateway = captured().filter(|attempt| attempt.credit_id.is_none()).count();
    if by_gateway > 1 { captured().next().map_or(0, |latest| latest.captured) } else { captured().map(|attempt| attempt.captured).sum() }
}

/// The shopper can try to pay (again).
pub fn can_pay(order: &Order, is_manual: bool) -> bool {
    !is_manual && order.lifecycle == Lifecycle::Placed && matches!(order.payment_state, PaymentState::Due | PaymentState::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_numbers_are_read_as_people_type_them() {
        let number = order_number(0x0012_3456_789a_bcde);
        assert_eq!(number.len(), 9);
        assert_eq!(read_order_number(&number.to_lowercase().replace('-', " ")), number);
        assert_eq!(read_order_number("o1il-abcd"), "0111-ABCD");
    }

    #[test]
    fn a_credit_note_is_owed_for_what_went_back_of_the_invoice_and_for_nothing_else() {
        let money = |captured, refunded, corrected| Summary { captured, refunded, corrected, ..Summary::default() };
        assert_eq!(to_credit(2000, &money(2000, 500, 0)), 500);
        assert_eq!(to_credit(2000, &money(4000, 2000, 0)), 0, "it was paid twice");
        assert_eq!(to_credit(2000, &money(3000, 1000, 1000)), 0, "the order costs less by now");
        assert_eq!(to_credit(2000, &money(3000, 0, 0)), 0, "what it costs less is on its way back");
        assert_eq!(to_credit(2000, &money(3000, 1400, 1000)), 400);
        assert_eq!(to_credit(2000, &money(3000, 3000, 1000)), 2000, "cancelled after it was changed");
    }

    #[test]
    fn an_order_is_complete_once_it_is_paid_and_shipped_whichever_comes_first() {
        use Fulfilment::{Shipped, Unfulfilled};
        use Lifecycle::{Cancelled, Completed, Placed};
        assert_eq!(lifecycle(Placed, PaymentState::Paid, Unfulfilled), Placed);
        assert_eq!(lifecycle(Placed, PaymentState::Due, Shipped), Placed);
        assert_eq!(lifecycle(Placed, PaymentState::Paid, Shipped), Completed);
        assert_eq!(lifecycle(Completed, PaymentState::Refunded, Shipped), Completed);
        assert_eq!(lifecycle(Cancelled, PaymentState::Paid, Shipped), Cancelled);
    }
}
