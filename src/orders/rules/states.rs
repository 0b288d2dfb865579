//! The three axes of an order as one table: what may happen in which state, and what comes of it.

use crate::orders::model::{Fulfilment, Lifecycle, Order, PaymentState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct States {
    pub lifecycle: Lifecycle,
    pub payment: PaymentState,
    pub fulfilment: Fulfilment,
}

impl From<&Order> for States {
    fn from(order: &Order) -> Self {
        Self { lifecycle: order.lifecycle, payment: order.payment_state, fulfilment: order.fulfilment_state }
    }
}

/// What moves an order along one of its axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The money ledger says so. Never refused: what happened to money is a fact.
    Money(PaymentState),
    /// Units left, arrived or came back.
    Goods(Fulfilment),
    Cancel,
    /// An order of nothing but gift cards, which have left by mail and can be made worthless.
    CancelCards,
}

/// What an order becomes; `None`: that can't happen to it.
pub fn moved(before: States, by: Move) -> Option<States> {
    let after = match by {
        Move::Money(payment) => States { payment, ..before },
        Move::Goods(fulfilment) if goods_may(before, fulfilment) => States { fulfilment, ..before },
        Move::Cancel if may_cancel(before) => States { lifecycle: Lifecycle::Cancelled, ..before },
        Move::CancelCards if before.lifecycle != Lifecycle::Cancelled => States { lifecycle: Lifecycle::Cancelled, ..before },
        Move::Goods(_) | Move::Cancel | Move::CancelCards => return None,
    };
    Some(States { lifecycle: super::lifecycle(after.lifecycle, after.payment, after.fulfilment), ..after })
}

/// Nothing has left the building yet.
fn may_cancel(states: States) -> bool {
    states.lifecycle == Lifecycle::Placed && states.fulfilment == Fulfilment::Unfulfilled
}

/// Goods go out, arrive and come back, in this order. What comes back brings an order no more parcels, and nothing of a
/// cancelled order goes anywhere.
fn goods_may(before: States, to: Fulfilment) -> bool {
    use Fulfilment::{Delivered, Partial, Returned, Shipped, Unfulfilled};
    let onward = match before.fulfilment {
        Unfulfilled => matches!(to, Partial | Shipped | Delivered),
        Partial => matches!(to, Shipped | Delivered | Returned),
        Shipped => matches!(to, Delivered | Returned),
        Delivered => to == Returned,
        Returned => false,
    };
    before.fulfilment == to || (onward && before.lifecycle != Lifecycle::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = States> {
        Lifecycle::ALL.iter().flat_map(|lifecycle| {
            PaymentState::ALL.iter().flat_map(move |payment| {
                let states = move |fulfilment: &Fulfilment| States { lifecycle: *lifecycle, payment: *payment, fulfilment: *fulfilment };
                Fulfilment::ALL.iter().map(states)
            })
        })
    }

    /// Read as: row = before, column = after, in the order of `Fulfilment::ALL`.
    const GOODS: [[bool; 5]; 5] = [
        //  unfulfilled partial shipped delivered returned
        [true, true, true, true, false],    // unfulfilled
        [false, true, true, true, true],    // partial
        [false, false, true, true, true],   // shipped
        [false, false, false, true, true],  // delivered
        [false, false, false, false, true], // returned
    ];

    /// Whether an order is complete, by payment (rows) and fulfilment (columns).
    const COMPLETE: [[bool; 5]; 7] = [
        //  unfulfilled partial shipped delivered returned
        [false, false, false, false, false], // due
        [false, false, false, false, false], // authorised
        [false, false, true, true, false],   // paid
        [false, false, true, true, false],   // partly refunded
        [false, false, false, false, false], // refunded
        [false, false, false, false, false], // failed
        [false, false, true, true, false],   // overcharged
    ];

    fn expected_lifecycle(before: Lifecycle, payment: PaymentState, fulfilment: Fulfilment) -> Lifecycle {
        let row = PaymentState::ALL.iter().position(|other| *other == payment).unwrap();
        let column = Fulfilment::ALL.iter().position(|other| *other == fulfilment).unwrap();
        if before == Lifecycle::Placed && COMPLETE[row][column] { Lifecycle::Completed } else { before }
    }

    #[test]
    fn money_moves_every_order_along_its_own_axis_and_completes_what_has_left() {
        for before in all() {
            for payment in PaymentState::ALL {
                let lifecycle = expected_lifecycle(before.lifecycle, *payment, before.fulfilment);
                assert_eq!(
                    moved(before, Move::Money(*payment)),
                    Some(States { payment: *payment, lifecycle, ..before }),
                    "{before:?} {payment:?}"
                );
            }
        }
    }

    #[test]
    fn goods_go_onward_only_and_never_once_the_order_is_cancelled() {
        for before in all() {
            for (column, fulfilment) in Fulfilment::ALL.iter().enumerate() {
                let row = Fulfilment::ALL.iter().position(|other| *other == before.fulfilment).unwrap();
                let lifecycle = expected_lifecycle(before.lifecycle, before.payment, *fulfilment);
                let may = row == column || (GOODS[row][column] && before.lifecycle != Lifecycle::Cancelled);
                let expected = may.then_some(States { fulfilment: *fulfilment, lifecycle, ..before });
                assert_eq!(moved(before, Move::Goods(*fulfilment)), expected, "{before:?} {fulfilment:?}");
            }
        }
    }

    #[test]
    fn only_a_placed_order_of_which_nothing_has_left_is_cancelled() {
        for before in all() {
            let may = before.lifecycle == Lifecycle::Placed && before.fulfilment == Fulfilment::Unfulfilled;
            let expected = may.then_some(States { lifecycle: Lifecycle::Cancelled, ..before });
            assert_eq!(moved(before, Move::Cancel), expected, "{before:?}");
        }
    }

    #[test]
    fn an_order_of_gift_cards_is_cancelled_once_however_far_it_has_come() {
        for before in all() {
            let may = before.lifecycle != Lifecycle::Cancelled;
            let expected = may.then_some(States { lifecycle: Lifecycle::Cancelled, ..before });
            assert_eq!(moved(before, Move::CancelCards), expected, "{before:?}");
        }
    }

    #[test]
    fn no_order_leaves_an_end_state_again() {
        let moves = PaymentState::ALL.iter().map(|state| Move::Money(*state));
        let moves: Vec<_> = moves.chain(Fulfilment::ALL.iter().map(|state| Move::Goods(*state))).chain([Move::Cancel]).collect();
        for before in all().filter(|states| states.lifecycle != Lifecycle::Placed) {
            for by in &moves {
                let after = moved(before, *by).map_or(before.lifecycle, |states| states.lifecycle);
                assert_eq!(after, before.lifecycle, "{before:?} {by:?}");
            }
        }
    }
}
