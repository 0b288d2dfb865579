use std::collections::HashMap;

use super::model::{Book, Finding, OrderBook, OurPayment};
use crate::{
    orders::{Fulfilment, Lifecycle},
    payments::{GatewayPayment, PaymentState, payment_state},
};

/// What in an order's states contradicts its payments, lines and parcels.
pub fn order(book: &OrderBook) -> Vec<Finding> {
    let told = [payment(book), fulfilment(book), lifecycle(book), parcels(book), refunds(book), forgotten(book)];
    told.into_iter().flatten().map(|words| Finding::new(Book::Orders, &book.number, words)).collect()
}

fn payment(book: &OrderBook) -> Option<String> {
    let right = payment_state(book.total, &book.money());
    (right != book.payment_state).then(|| format!("its payment stands as {}, its money says {right}", book.payment_state))
}

/// Gift cards leave by mail. Where an order has some, only what its parcels say for certain is compared.
fn fulfilment(book: &OrderBook) -> Option<String> {
    let OrderBook { ordered, shipped, returned, has_gift_cards, .. } = *book;
    let fits = match book.fulfilment_state {
        Fulfilment::Unfulfilled => shipped == 0,
        Fulfilment::Partial => has_gift_cards || (shipped > 0 && shipped < ordered),
        Fulfilment::Shipped | Fulfilment::Delivered => shipped == ordered,
        Fulfilment::Returned => returned > 0 && returned == shipped,
    };
    (!fits).then(|| {
        let state = book.fulfilment_state;
        format!("it stands as {state}, and of {ordered} units {shipped} are shipped and {returned} came back")
    })
}

fn lifecycle(book: &OrderBook) -> Option<String> {
    use PaymentState::{Authorised, Due, Failed};
    let unpaid = matches!(book.payment_state, Due | Failed | Authorised);
    let unshipped = matches!(book.fulfilment_state, Fulfilment::Unfulfilled | Fulfilment::Partial);
    match book.lifecycle {
        Lifecycle::Completed if unshipped => Some("it is completed and not shipped".to_owned()),
        Lifecycle::Completed if unpaid && book.total > 0 => Some("it is completed and not paid".to_owned()),
        Lifecycle::Cancelled if book.captured > book.refunded + book.refunding => {
            let kept = book.captured - book.refunded - book.refunding;
            Some(format!("it is cancelled and {kept} of what was paid is still here"))
        }
        _ => None,
    }
}

fn parcels(book: &OrderBook) -> Option<String> {
    (book.shipped != book.parcelled).then(|| format!("{} units are shipped, and its parcels hold {}", book.shipped, book.parcelled))
}

fn refunds(book: &OrderBook) -> Option<String> {
    let back = book.refunded + book.refunding;
    (back > book.captured).then(|| format!("{back} goes back of {} that came", book.captured))
}

fn forgotten(book: &OrderBook) -> Option<String> {
    book.is_forgotten.then(|| "its time to pay is long over, and it still waits".to_owned())
}

/// Compares what a gateway lists with our books of its payments.
pub fn gateway(name: &str, ours: &[OurPayment], theirs: &[GatewayPayment]) -> Vec<Finding> {
    let known: HashMap<_, _> = ours.iter().filter_map(|payment| payment.reference.as_deref().map(|named| (named, payment))).collect();
    let listed: HashMap<_, _> = theirs.iter().map(|payment| (payment.reference.as_str(), payment)).collect();
    let of_theirs = theirs.iter().flat_map(|payment| match known.get(payment.reference.as_str()) {
        Some(ours) => payments(name, ours, payment),
        None => {
            vec![Finding::new(Book::Gateways, &payment.reference, format!("{name} has {}, of which we know nothing", payment.captured))]
        }
    });
    let missing = ours.iter().filter(|payment| {
        let named = payment.reference.as_deref().is_some_and(|named| listed.contains_key(named));
        payment.is_recent && payment.captured > 0 && !named
    });
    let words = |payment: &OurPayment| {
        let reference = payment.reference.as_deref().unwrap_or("without a name there");
        format!("we have {} {} that {name} does not list ({reference})", payment.captured, payment.currency)
    };
    of_theirs.chain(missing.map(|payment| Finding::new(Book::Gateways, &payment.number, words(payment)))).collect()
}

fn payments(name: &str, ours: &OurPayment, theirs: &GatewayPayment) -> Vec<Finding> {
    let mut told = vec![];
    let (captured, currency) = (theirs.captured.minor, theirs.captured.currency.code());
    if captured != ours.captured || currency != ours.currency {
        told.push(format!("{name} took {captured} {currency}, our books say {} {}", ours.captured, ours.currency));
    }
    // What is on its way back may have arrived or not.
    if !(ours.refunded..=ours.refunded + ours.refunding).contains(&theirs.refunded) {
        told.push(format!("{name} gave {} back, our books say {}", theirs.refunded, ours.refunded));
    }
    told.into_iter().map(|words| Finding::new(Book::Gateways, &ours.number, words)).collect()
}

/// Those of the first look that the second one found, too: what was only on its way has arrived meanwhile.
pub fn lasting(first: Vec<Finding>, second: &[Finding]) -> Vec<Finding> {
    first.into_iter().filter(|finding| second.contains(finding)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Currency, Money, OrderId};

    fn paid_and_shipped() -> OrderBook {
        OrderBook {
            id: OrderId(1),
            number: "AAAA-0001".to_owned(),
            total: 1395,
            lifecycle: Lifecycle::Completed,
            payment_state: PaymentState::Paid,
            fulfilment_state: Fulfilment::Shipped,
            captured: 1395,
            by_credit: 0,
            authorised: 0,
            refunded: 0,
            corrected: 0,
            refunding: 0,
            correcting: 0,
            pending: 0,
            failed: 0,
            ordered: 2,
            shipped: 2,
            returned: 0,
            parcelled: 2,
            has_gift_cards: false,
            is_forgotten: false,
        }
    }

    fn words(book: &OrderBook) -> Vec<String> {
        order(book).into_iter().map(|finding| finding.words).collect()
    }

    #[test]
    fn an_order_in_order_has_nothing_to_tell() {
        assert_eq!(words(&paid_and_shipped()), Vec::<String>::new());
        let free = OrderBook { total: 0, captured: 0, ..paid_and_shipped() };
        assert_eq!(words(&free), Vec::<String>::new());
    }

    #[test]
    fn a_state_that_the_money_contradicts_is_told() {
        assert_eq!(
            words(&OrderBook { captured: 1000, lifecycle: Lifecycle::Placed, ..paid_and_shipped() }),
            ["its payment stands as paid, its money says due"]
        );
        let twice = OrderBook { captured: 2790, ..paid_and_shipped() };
        assert_eq!(words(&twice), ["its payment stands as paid, its money says overcharged"]);
    }

    #[test]
    fn a_state_that_lines_or_parcels_contradict_is_told() {
        let half = OrderBook { shipped: 1, ..paid_and_shipped() };
        assert_eq!(
            words(&half),
            ["it stands as shipped, and of 2 units 1 are shipped and 0 came back", "1 units are shipped, and its parcels hold 2"]
        );
        let partial = OrderBook { fulfilment_state: Fulfilment::Partial, lifecycle: Lifecycle::Placed, parcelled: 1, ..half };
        assert_eq!(words(&partial), Vec::<String>::new());
    }

    #[test]
    fn money_kept_for_a_cancelled_order_is_told() {
        let fulfilment_state = Fulfilment::Unfulfilled;
        let cancelled = OrderBook { lifecycle: Lifecycle::Cancelled, fulfilment_state, shipped: 0, parcelled: 0, ..paid_and_shipped() };
        assert_eq!(words(&cancelled), ["it is cancelled and 1395 of what was paid is still here"]);
        assert_eq!(words(&OrderBook { refunding: 1395, ..cancelled }), Vec::<String>::new());
    }

    fn ours(reference: &str, captured: i64) -> OurPayment {
        OurPayment {
            number: "AAAA-0001".to_owned(),
            reference: Some(reference.to_owned()),
            currency: "GBP".to_owned(),
            captured,
            refunded: 0,
            refunding: 0,
            is_recent: true,
        }
    }

    fn theirs(reference: &str, captured: i64) -> GatewayPayment {
        GatewayPayment { reference: reference.to_owned(), captured: Money::new(captured, Currency::parse("GBP").unwrap()), refunded: 0 }
    }

    #[test]
    fn a_gateway_that_has_more_less_or_other_payments_is_told() {
        assert_eq!(gateway("Pay", &[ours("a", 100), ours("b", 0)], &[theirs("a", 100)]), []);
        let told = |ours: &[OurPayment], theirs: &[GatewayPayment]| gateway("Pay", ours, theirs).remove(0).words;
        assert_eq!(told(&[ours("a", 100)], &[theirs("a", 200)]), "Pay took 200 GBP, our books say 100 GBP");
        assert_eq!(told(&[ours("a", 0)], &[theirs("a", 200)]), "Pay took 200 GBP, our books say 0 GBP");
        assert!(told(&[], &[theirs("x", 200)]).ends_with("of which we know nothing"));
        assert_eq!(told(&[ours("a", 100)], &[]), "we have 100 GBP that Pay does not list (a)");
    }

    #[test]
    fn money_on_its_way_back_may_have_arrived_or_not() {
        let ours = OurPayment { refunding: 40, ..ours("a", 100) };
        for refunded in [0, 40] {
            assert_eq!(gateway("Pay", std::slice::from_ref(&ours), &[GatewayPayment { refunded, ..theirs("a", 100) }]), []);
        }
        assert_eq!(gateway("Pay", &[ours], &[GatewayPayment { refunded: 41, ..theirs("a", 100) }]).len(), 1);
    }

    #[test]
    fn only_what_is_found_twice_counts() {
        let finding = |about: &str| Finding::new(Book::Gateways, about, "");
        assert_eq!(lasting(vec![finding("a"), finding("b")], &[finding("b"), finding("c")]), [finding("b")]);
    }
}
