//! Plain orders that wait are placed together: read, priced and written in one transaction, with one statement for all of a kind.
//!
//! Plain is an order of the shop's own checkout that nothing is counted under a limit or spent for: no coupon, no gift card, no store
//! credit, and no promotion but such as apply by themselves to whoever comes, however often. A batch only makes it quicker. Whatever stands in an order's way leaves it out, and whatever goes wrong in a
//! batch undoes it; in both cases the order is placed alone, and there its shopper is told what is the matter.
//!
//! Measured by `bin/bench orders` with 32 clients on two processors: 2,176 orders a second of one hot SKU, where PostgreSQL's plain
//! hot row allows 659, and 1,877 of random SKUs. All figures, and where the time goes, are in `docs/bench.md`.

use std::collections::HashMap;

use super::{
    changed,
    place::{Agreed, check, write},
};
use crate::{
    base::{CartId, Conn, Moment, Result},
    cart::{self, Terms},
    checkout::{
        model::{Bill, Checkout, Opened, Till, Wish},
        store,
    },
    orders::Source,
    promotions::{self, Automatic},
};

/// `None`: it is to be placed alone.
pub async fn place(till: &Till, wish: &Wish) -> Option<Opened> {
    if wish.source != Source::Shop {
        return None;
    }
    let placing = till.clone();
    till.waiting.join(&till.db, wish.clone(), move |conn, wishes| place_all(conn, &placing, wishes)).await
}

/// # Errors
/// `Conflict` when there is not enough for all; then nothing of it may be kept.
fn place_all(conn: &mut Conn, till: &Till, wishes: &[Wish]) -> Result<Vec<Option<Opened>>> {
    let moment = Moment::of(conn)?;
    let agreed = agreed(conn, till, &moment, wishes)?;
    if agreed.is_empty() {
        return Ok(wishes.iter().map(|_| None).collect());
    }
    let (places, agreed): (Vec<usize>, Vec<Agreed<'_>>) = agreed.into_iter().unzip();
    let opened = write(conn, &till.links, &agreed)?.map_err(|_| changed("There is not enough for all of these orders"))?;
    let mut of_place: HashMap<usize, Opened> = places.into_iter().zip(opened).collect();
    Ok((0..wishes.len()).map(|place| of_place.remove(&place)).collect())
}

/// Those of the wishes that can be placed together, each with its place among all. Their carts are locked from here on, in the
/// order of their keys; one that was asked for twice is taken once, and who asked again finds its order.
fn agreed<'a>(conn: &mut Conn, till: &Till, moment: &Moment, wishes: &'a [Wish]) -> Result<Vec<(usize, Agreed<'a>)>> {
    // What a limit leaves, or a first order gets, is found out for each customer while the promotion's row is held.
    if promotions::automatic(conn, moment.edition)? == Automatic::Counted {
        return Ok(vec![]);
    }
    let mut carts: Vec<CartId> = wishes.iter().map(|wish| wish.cart).collect();
    carts.sort_unstable();
    carts.dedup();
    let carts = cart::lock_plain(conn, &carts)?;
    if carts.is_empty() {
        return Ok(vec![]);
    }
    let answers: Vec<Checkout> = store::find_all(conn, &carts)?.into_iter().filter(is_plain).collect();
    let bills = bills(conn, moment, &answers)?;
    let mut agreed = vec![];
    for (checkout, bill) in answers.into_iter().zip(bills) {
        let Some((place, wish)) = wishes.iter().enumerate().find(|(_, wish)| wish.cart == checkout.cart) else { continue };
        if bill.cart.quote.delivery.is_some() && check(&bill, wish).is_ok() && !bill.due().is_zero() {
            agreed.push((place, Agreed::new(conn, till, moment, wish, checkout, bill)?));
        }
    }
    Ok(agreed)
}

/// Nothing is spent or said beyond a shopper's address and choice.
fn is_plain(checkout: &Checkout) -> bool {
    checkout.gift_cards.is_empty() && !checkout.use_store_credit && checkout.fees.is_empty() && checkout.note.is_empty()
}

/// What plain orders cost. No credit pays any of it.
fn bills(conn: &mut Conn, moment: &Moment, answers: &[Checkout]) -> Result<Vec<Bill>> {
    let terms: Vec<(CartId, Terms)> = answers.iter().map(|checkout| (checkout.cart, checkout.terms())).collect();
    let views = cart::views(conn, moment, &terms.iter().map(|(cart, terms)| (*cart, terms)).collect::<Vec<_>>())?;
    Ok(views.into_iter().map(|cart| Bill { cart, credits: vec![], store_credit: None }).collect())
}
