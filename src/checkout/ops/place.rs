//! The moment of ordering. One transaction writes the order, counts its coupons, takes gift cards, and sets its stock aside last
//! of all: whoever wants the same article waits for a row lock only while this transaction commits.

use std::time::Duration;

use super::{SLACK, answers, begin, changed, confirmation};
use crate::{
    accounts,
    base::{Conn, Error, Result, failpoint},
    cart,
    checkout::{
        jobs::ExpireOrder,
        model::{Bill, Placed, Till, Wish},
        rules, store,
    },
    credit, inventory, jobs,
    orders::{self, Links, Order, Source},
    payments::{self, Attempt, IN_SHOP},
    promotions, settings,
};

/// Places the order and begins its payment. A second call with the same cart goes on with the same order.
///
/// # Errors
/// `Conflict` with words for the shopper when prices, stock or delivery changed; then nothing is placed.
pub async fn place(till: &Till, wish: Wish) -> Result<Placed> {
    failpoint!("place.before");
    let opening = till.clone();
    let is_manual = till.gateways.is_manual(&wish.gateway);
    let (order, attempt) = till.db.write_swiftly(move |conn| open_order(conn, &opening.links, &wish, is_manual)).await?;
    failpoint!("place.committed");
    match attempt {
        Some(attempt) => begin(till, order, attempt).await,
        None => Ok(Placed::GoTo(confirmation(&order))),
    }
}

fn open_order(conn: &mut Conn, links: &Links, wish: &Wish, is_manual: bool) -> Result<(Order, Option<Attempt>)> {
    if !cart::lock_open(conn, wish.cart)? {
        let order = orders::find_by_cart(conn, wish.cart)?.ok_or(Error::NotFound)?;
        let attempt = payments::attempts_of(conn, order.id)?.into_iter().find(|attempt| attempt.credit_id.is_none());
        return Ok((order, attempt));
    }
    let checkout = store::find(conn, wish.cart)?.ok_or_else(|| changed("Your answers are missing. Start with your address."))?;
    let bill = answers::bill(conn, &checkout, wish.account)?;
    let bill = bill.ok_or_else(|| changed("The delivery you chose is not offered any more. Choose another."))?;
    check(&bill, wish)?;
    let note = checkout.note.clone();
    let waits = !is_manual && !bill.due().is_zero();
    let minutes = match wish.source {
        _ if !waits => None,
        Source::Staff => Some(settings::store(conn)?.link_minutes()),
        _ => Some(settings::store(conn)?.unpaid_minutes),
    };
    let new = rules::order_of(&bill, checkout, wish, minutes);
    let order = orders::create(conn, &new)?;
    if !note.is_empty() {
        orders::note_on(conn, order.id, &note, &wish.actor)?;
    }
    failpoint!("place.written");
    cart::close(conn, wish.cart)?;
    count_coupons(conn, &order, &bill)?;
    take_credits(conn, &order, &bill)?;
    let attempt = await_payment(conn, links, &order, &bill, minutes, &wish.actor)?;
    // The sums are checked before the stock's row is taken, not while it is held.
    orders::check_sums(conn)?;
    let items = bill.cart.items();
    let short = inventory::allocate(conn, order.id, Some(wish.cart), &items)?;
    failpoint!("place.allocated");
    short.map_err(|short| changed(&rules::shortage_words(&bill.cart.lines, &short)))?;
    Ok((order, attempt))
}

fn check(bill: &Bill, wish: &Wish) -> Result<()> {
    if !bill.cart.is_orderable() {
        let words = match wish.source {
            Source::Staff => "Not everything can be had. Change what was entered before you place the order.",
            Source::Shop | Source::Exchange => "Something in your cart has changed. Look at your cart before you order.",
        };
        return Err(changed(words));
    }
    let total = bill.cart.quote.total_money();
    if total.minor != wish.seen_total {
        return Err(changed(&format!("The total has changed to {total}. Check your order again before you pay.")));
    }
    if bill.due().minor != wish.seen_due {
        return Err(changed(&format!("What is left to pay has changed to {}. Check your order again before you pay.", bill.due())));
    }
    Ok(())
}

fn count_coupons(conn: &mut Conn, order: &Order, bill: &Bill) -> Result<()> {
    let applied = bill.cart.quote.applied();
    if applied.is_empty() {
        return Ok(());
    }
    let buyer = accounts::buyer(conn, order.account_id)?;
    promotions::take_uses(conn, order.id, &buyer, &order.email, &applied)?.map_err(|words| changed(&words.join(" ")))
}

/// Takes what gift cards and store credit pay. Rows are taken in the order of their keys, as everywhere.
fn take_credits(conn: &mut Conn, order: &Order, bill: &Bill) -> Result<()> {
    let mut uses = bill.credits.clone();
    uses.sort_by_key(|used| used.credit);
    for used in uses {
        if credit::spend(conn, used.credit, order.id, used.amount.minor)? != used.amount.minor {
            return Err(changed("There is less on your gift card than before. Check your order again before you pay."));
        }
        payments::paid_by_credit(conn, order.id, used.credit, used.is_gift_card, used.amount)?;
    }
    Ok(())
}

/// `None`: nothing is left to be paid, or the customer begins by the link. `minutes`: how long it waits for a gateway; `None`: it
/// is paid by hand.
fn await_payment(conn: &mut Conn, links: &Links, order: &Order, bill: &Bill, minutes: Option<i32>, actor: &str) -> Result<Option<Attempt>> {
    if bill.due().is_zero() {
        orders::payment_changed(conn, links, order.id, false)?;
        return Ok(None);
    }
    if order.gateway == IN_SHOP {
        // Nobody but staff can say so of an order.
        return if order.source == Source::Staff {
            orders::paid_in_shop(conn, links, order.id, actor).map(|()| None)
        } else {
            Err(Error::NotFound)
        };
    }
    if let Some(minutes) = minutes {
        let delay = Duration::from_secs(minutes.unsigned_abs().into()) * 60 + SLACK;
        jobs::enqueue_in(conn, &ExpireOrder { order: order.id }, delay)?;
        if order.source == Source::Staff {
            // The customer begins the payment, by the link.
            orders::ask_to_pay(conn, links, order.clone())?;
            return Ok(None);
        }
    } else {
        orders::placed(conn, order.id)?;
    }
    payments::first_attempt(conn, order.id, &order.gateway, bill.due()).map(Some)
}
