//! 3 and 8: what happens to a cart and an order while somebody pays.

use std::{thread, time::Duration};

use super::{Tried, all_is_right, before_paying};
use crate::harness::{CARD, DECLINED, Shop, at_once};

/// The cart is changed in the moment in which it is ordered.
pub fn what_is_charged_is_what_was_ordered(rounds: usize) -> Tried {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").stock(900).put_up(), shop.product("Hand saw").price("7.35").stock(900).put_up());
    for at in 0..rounds {
        let mut annie = before_paying(&shop, &format!("annie{at}"), &hammer, None);
        let pay = annie.browser.prepare("Place the order", &[("gateway", "sandbox")]);
        annie.visits(&saw);
        let edit = annie.browser.prepare("Add to cart", &[("quantity", "3")]);
        assert!(at_once(vec![pay, edit]).iter().all(|page| page.status == 200));
    }
    shop.works();
    let lines = "(SELECT sum(l.total) FROM order_lines l WHERE l.order_id = o.id) + o.discount_total + o.delivery_total";
    assert_eq!(shop.count(&format!("SELECT count(*) FROM orders o WHERE o.total <> {lines}")), 0);
    let asked = "SELECT count(*) FROM orders o JOIN payment_attempts a ON a.order_id = o.id
                 JOIN sandbox_payments p ON p.id = a.gateway_reference WHERE p.amount = o.total AND a.amount = o.total";
    let orders = shop.count("SELECT count(*) FROM orders");
    assert_eq!(shop.count(asked), orders);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), orders);
    all_is_right(&shop);
    format!("{rounds} carts changed in that moment: {orders} orders, each asked for what its lines add up to; the others were told")
}

#[test]
fn a_cart_that_is_edited_while_it_is_paid_is_charged_as_it_was_ordered() {
    what_is_charged_is_what_was_ordered(4);
}

/// An order ends while its payment is on the way, and the provider does not hear of it: the money comes and goes back.
pub fn money_that_comes_too_late_goes_back(rounds: usize) -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let mut owner = shop.owner();
    for at in 0..rounds {
        let mut annie = before_paying(&shop, &format!("annie{at}"), &hammer, None);
        annie.orders_by("sandbox");
        shop.meddle("INSERT INTO sandbox_faults (place, kind) SELECT 'void', 'error' FROM generate_series(1, 20)");
        if at % 2 == 0 {
            shop.pay_time_runs_out();
        } else {
            owner.cancels(&shop.first("SELECT number FROM orders ORDER BY id DESC"), "");
        }
        annie.pays_with(CARD).must_say("Cancelled");
        shop.meddle("DELETE FROM sandbox_faults");
        shop.works_within(30);
        let back = "SELECT count(*) FROM sandbox_payments WHERE captured = amount AND refunded = amount";
        assert_eq!(shop.count(back), at as i64 + 1);
        assert_eq!(shop.stock("CLAW-HAMMER"), (1, 0), "the hammer stays for others");
        let told = shop.mails().iter().filter(|mail| mail.text.contains("Your refund for order") && mail.text.contains("13.95")).count();
        assert_eq!(told, at + 1, "the customer is told");
    }
    all_is_right(&shop);
    format!("{rounds} orders expired or cancelled and paid after that: {rounds} refunds by themselves, {rounds} mails")
}

#[test]
fn money_that_comes_after_an_order_has_ended_goes_back_by_itself() {
    money_that_comes_too_late_goes_back(2);
}

/// Paying and cancelling in the same moment.
pub fn a_payment_and_a_cancellation_meet(rounds: usize) -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(i32::try_from(rounds).unwrap()).put_up();
    let mut owner = shop.owner();
    for at in 0..rounds {
        let mut annie = before_paying(&shop, &format!("annie{at}"), &hammer, None);
        annie.orders_by("sandbox");
        let pay = annie.browser.prepare("Pay", &[("number", CARD), ("expiry", "12/39"), ("cvc", "123")]);
        let number = shop.first("SELECT number FROM orders ORDER BY id DESC");
        owner.visits(&format!("/admin/orders/{number}/cancellation"));
        let cancel = owner.browser.prepare("Cancel the order", &[]);
        // The one or the other is first, by a little.
        let answers = thread::scope(|scope| {
            let paid = scope.spawn(|| pay.send().unwrap().status().as_u16());
            thread::sleep(Duration::from_millis(at as u64 % 8 * 60));
            [cancel.send().unwrap().status().as_u16(), paid.join().unwrap()]
        });
        assert!(answers.iter().all(|status| *status < 500), "{answers:?}");
        shop.works_within(30);
    }
    let kept = "SELECT count(*) FROM orders o JOIN payment_attempts a ON a.order_id = o.id WHERE lifecycle = 'placed' AND payment_state = 'paid' AND a.captured = 1395 AND a.refunded = 0";
    let ended = "SELECT count(*) FROM orders o JOIN payment_attempts a ON a.order_id = o.id WHERE lifecycle = 'cancelled' AND a.captured = a.refunded";
    let (kept, ended) = (shop.count(kept), shop.count(ended));
    assert_eq!(kept + ended, rounds as i64, "{kept} are paid, {ended} are cancelled");
    assert_eq!(i64::from(shop.stock("CLAW-HAMMER").1), kept);
    assert_eq!(shop.count("SELECT sum(captured - refunded) FROM sandbox_payments"), kept * 1395);
    all_is_right(&shop);
    format!("{rounds} payments that met a cancellation: {kept} paid and kept, {ended} cancelled and given back or never taken")
}

#[test]
fn paying_and_cancelling_at_the_same_time_do_one_of_the_two() {
    a_payment_and_a_cancellation_meet(3);
}

#[test]
fn an_order_whose_second_try_got_no_answer_is_due_and_not_failed() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = before_paying(&shop, "annie", &hammer, None);
    annie.orders_by("sandbox");
    annie.pays_with(DECLINED).must_say("declined");
    assert_eq!(shop.first("SELECT payment_state FROM orders"), "failed");
    shop.arms("start", "refuse", 3);
    annie.browser.submit("Pay", &[("gateway", "sandbox")]).must_say("does not answer just now");
    assert_eq!(shop.first("SELECT payment_state FROM orders"), "due");
    all_is_right(&shop);
}
