//! 7: whatever a provider tells, in whatever order and how often, there is one end.

use std::sync::Arc;

use diesel::Connection;
use ironmonger::{
    base::{AttemptId, Conn, Error, OrderId, RefundId, Result},
    orders::{self, Links},
    payments::{self, Gateways, Outcome, Standing},
};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{Tried, all_is_right, before_paying, pounds};
use crate::harness::{CARD, DECLINED, Shop};

/// An order that waits for its payment at the provider.
fn awaiting(shop: &Shop) -> (OrderId, AttemptId) {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = before_paying(shop, "annie", &hammer, None);
    annie.orders_by("sandbox");
    let order = OrderId(shop.count("SELECT id FROM orders"));
    let attempt = shop.read(move |conn| Ok(payments::attempts_of(conn, order)?[0].id));
    (order, attempt)
}

/// All orders in which these can come.
fn orders_of<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    if all.is_empty() {
        return vec![vec![]];
    }
    let first = |at: usize| {
        let rest: Vec<T> = all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, item)| item.clone()).collect();
        orders_of(&rest).into_iter().map(move |order| [vec![all[at].clone()], order].concat()).collect::<Vec<_>>()
    };
    (0..all.len()).flat_map(first).collect()
}

/// Every order of these with each told twice on the spot, and so many orders in which the second word comes at any time.
fn tellings<T: Clone>(all: &[T], shuffled: usize, seed: u64) -> Vec<Vec<T>> {
    let mut random = StdRng::seed_from_u64(seed);
    let twice = |order: Vec<T>| order.into_iter().flat_map(|one| [one.clone(), one]).collect();
    let mut tellings: Vec<Vec<T>> = orders_of(all).into_iter().map(twice).collect();
    for _ in 0..shuffled {
        let mut telling = [all, all].concat();
        telling.shuffle(&mut random);
        tellings.push(telling);
    }
    tellings
}

#[derive(Clone)]
enum Word {
    Stands(&'static str, Standing),
    /// The refund came to its end.
    Refunded(RefundId),
}

/// What hears the words.
#[derive(Clone)]
struct Ear {
    links: Links,
    gateways: Gateways,
    order: OrderId,
    attempt: AttemptId,
}

impl Ear {
    fn hears(&self, conn: &mut Conn, word: &Word) -> Result<()> {
        match word {
            Word::Stands(id, standing) => {
                payments::record(conn, self.attempt, id, standing)?;
                orders::payment_changed(conn, &self.links, self.order, false).map(drop)
            }
            Word::Refunded(refund) => orders::settle_refund(conn, &self.links, &self.gateways, *refund, &Outcome::done()),
        }
    }

    /// Hears these in turn and gives the states of payment and order; then forgets it all.
    fn end_of(&self, conn: &mut Conn, words: &[Word]) -> Result<(String, String)> {
        let mut seen = None;
        let undone = conn.transaction::<(), Error, _>(|conn| {
            words.iter().try_for_each(|word| self.hears(conn, word))?;
            let state = orders::find(conn, self.order)?.payment_state.to_string();
            seen = Some((payments::attempt(conn, self.attempt)?.state.to_string(), state));
            Err(Error::NotFound)
        });
        assert!(matches!(undone, Err(Error::NotFound)), "{undone:?}");
        Ok(seen.unwrap())
    }

    /// Hears all of these tellings, each from the same start, and wants one end of them all.
    fn comes_to(&self, shop: &Shop, tellings: Vec<Vec<Word>>, end: (&str, &str)) -> usize {
        let count = tellings.len();
        for some in tellings.chunks(500) {
            let (ear, some) = (self.clone(), some.to_vec());
            let ends = shop.write(move |conn| some.iter().map(|words| ear.end_of(conn, words)).collect::<Result<Vec<_>>>());
            for seen in ends {
                assert_eq!((seen.0.as_str(), seen.1.as_str()), end);
            }
        }
        count
    }
}

pub fn every_order_of_messages_has_one_end(shuffled: usize, seed: u64) -> Tried {
    let shop = Shop::open();
    let (order, attempt) = awaiting(&shop);
    let ear = Ear { links: shop.wired.till.links.clone(), gateways: Gateways::clone(&shop.wired.gateways), order, attempt };
    let all = [
        Word::Stands("pending", Standing::Pending),
        Word::Stands("authorised", Standing::Authorised { amount: pounds(1395), until: None }),
        Word::Stands("failed", Standing::Failed { reason: "declined".into() }),
        Word::Stands("expired", Standing::Expired),
        Word::Stands("captured", Standing::Captured { amount: pounds(1395) }),
    ];
    let mut told = ear.comes_to(&shop, tellings(&all, shuffled, seed), ("captured", "paid"));
    told += ear.comes_to(&shop, tellings(&all[..4], shuffled / 2, seed), ("expired", "failed"));
    told += ear.comes_to(&shop, tellings(&all[..2], 4, seed), ("authorised", "authorised"));

    // And with a refund on its way.
    let (hears, captured) = (ear.clone(), all[4].clone());
    let refund = shop.write(move |conn| {
        hears.hears(conn, &captured)?;
        Ok(payments::request_refund(conn, order, pounds(1395), "", "test")?[0])
    });
    let late = [&all[1..], &[Word::Refunded(refund)]].concat();
    told += ear.comes_to(&shop, tellings(&late, shuffled, seed), ("captured", "refunded"));
    format!("{told} orders of redirect, authorised, failed, expired, captured, refunded, each told twice (seed {seed}): one end")
}

#[test]
fn whatever_the_order_of_messages_there_is_one_end() {
    every_order_of_messages_has_one_end(60, 7);
}

/// What is told when all is over.
pub fn late_words_change_nothing() -> Tried {
    let shop = Shop::open();
    let (order, attempt) = awaiting(&shop);
    let links = Arc::new(shop.wired.till.links.clone());
    let says = |event: &'static str, standing: Standing| {
        let links = links.clone();
        shop.write(move |conn| {
            payments::record(conn, attempt, event, &standing)?;
            orders::payment_changed(conn, &links, order, false).map(|order| order.payment_state.to_string())
        })
    };
    assert_eq!(says("1", Standing::Captured { amount: pounds(1395) }), "paid");
    shop.meddle("UPDATE sandbox_payments SET state = 'captured', authorised = amount, captured = amount");
    assert_eq!(says("2", Standing::Expired), "paid");
    let number = shop.first("SELECT number FROM orders");
    shop.owner().refunds(&number, "13.95");
    shop.works_within(30);
    for (event, late) in
        [("3", Standing::Failed { reason: "late".into() }), ("4", Standing::Expired), ("5", Standing::Captured { amount: pounds(1395) })]
    {
        assert_eq!(says(event, late), "refunded");
    }
    shop.pay_time_runs_out();
    assert_eq!(shop.first("SELECT lifecycle FROM orders"), "placed");
    all_is_right(&shop);
    "failed, expired and captured again, told after the payment and after the refund: nothing changes".to_owned()
}

#[test]
fn late_words_leave_what_was_paid_or_given_back_alone() {
    late_words_change_nothing();
}

/// An order that is tried again has its time anew.
pub fn an_old_try_s_end_leaves_the_new_one() -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = before_paying(&shop, "annie", &hammer, None);
    annie.orders_by("sandbox");
    annie.pays_with(DECLINED).must_say("declined");
    let old = shop.read(|conn| Ok(payments::attempts_of(conn, OrderId(1))?[0].id));
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    let links = shop.wired.till.links.clone();
    shop.write(move |conn| {
        payments::record(conn, old, "late expiry", &Standing::Expired)?;
        orders::payment_changed(conn, &links, OrderId(1), false)
    });
    // The job that would have ended the first try comes now; the order has more time since.
    shop.jobs_become_due();
    shop.works_within(30);
    assert_eq!(shop.first("SELECT lifecycle FROM orders"), "placed");
    annie.pays_with(CARD).must_say("Thank you");
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
    all_is_right(&shop);
    "a declined try's expiry comes while the second try is under way: the second pays".to_owned()
}

#[test]
fn the_end_of_an_old_try_does_not_cancel_a_new_one() {
    an_old_try_s_end_leaves_the_new_one();
}
