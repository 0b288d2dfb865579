//! The moment of ordering. One transaction writes the order, counts its coupons, takes gift cards, and sets its stock aside last
//! of all: whoever wants the same article waits for a row lock only while this transaction commits.
//!
//! Plain orders that come at the same time share one transaction (`together`). One that can't, or whose batch came to nothing, is
//! placed alone; what is written is written by the same code, for one order or for many.

use std::time::Duration;

use super::{SLACK, answers, begin, changed, together};
use crate::{
    accounts,
    base::{CartId, Conn, Error, Moment, OrderId, Result, failpoint},
    cart,
    checkout::{
        jobs::ExpireOrder,
        model::{Bill, Checkout, Onward, Opened, Placed, Till, Wish},
        rules, store,
    },
    credit,
    inventory::{self, Allocation, Shortage},
    jobs,
    orders::{self, Links, NewOrder, Order, Source},
    payments::{self, IN_SHOP},
    promotions::{self, Taker},
    settings,
};

/// Places the order and begins its payment. A second call with the same cart goes on with the same order.
///
/// # Errors
/// `Conflict` with words for the shopper when prices, stock or delivery changed; then nothing is placed.
pub async fn place(till: &Till, wish: Wish) -> Result<Placed> {
    failpoint!("place.before");
    let (order, attempt) = match together::place(till, &wish).await {
        Some(opened) => opened,
        None => {
            let opening = till.clone();
            till.db.write_swiftly(move |conn| open_order(conn, &opening, &wish)).await?
        }
    };
    failpoint!("place.committed");
    let (id, token) = (order.id, order.token.clone());
    let onward = match attempt {
        Some(attempt) => begin(till, order, attempt).await?,
        None => Onward::GoTo(order.confirmation_path()),
    };
    Ok(Placed { order: id, token, onward })
}

fn open_order(conn: &mut Conn, till: &Till, wish: &Wish) -> Result<Opened> {
    if !cart::lock_open(conn, wish.cart)? {
        let order = orders::find_by_cart(conn, wish.cart)?.ok_or(Error::NotFound)?;
        let attempt = payments::attempts_of(conn, order.id)?.into_iter().find(|attempt| attempt.credit_id.is_none());
        return Ok((order, attempt));
    }
    let checkout = store::find(conn, wish.cart)?.ok_or_else(|| changed("Your answers are missing. Start with your address."))?;
    let bill = answers::bill(conn, &checkout, wish.account)?;
    let bill = bill.ok_or_else(|| changed("The delivery you chose is not offered any more. Choose another."))?;
    check(&bill, wish)?;
    let moment = Moment::of(conn)?;
    let agreed = Agreed::new(conn, till, &moment, wish, checkout, bill)?;
    let mut opened = match write(conn, &till.links, std::slice::from_ref(&agreed))? {
        Ok(opened) => opened,
        Err(short) => return Err(changed(&rules::shortage_words(&agreed.bill.cart.lines, &short))),
    };
    opened.pop().ok_or(Error::NotFound)
}

/// A wish to which nothing but the stock can say no any more.
pub struct Agreed<'a> {
    wish: &'a Wish,
    checkout: Checkout,
    bill: Bill,
    /// How long it waits for a gateway; `None`: it is paid by hand, or nothing is left to be paid.
    minutes: Option<i32>,
}

impl<'a> Agreed<'a> {
    pub fn new(conn: &mut Conn, till: &Till, moment: &Moment, wish: &'a Wish, checkout: Checkout, bill: Bill) -> Result<Self> {
        let waits = !till.gateways.is_manual(&wish.gateway) && !bill.due().is_zero();
        let minutes = match wish.source {
            _ if !waits => None,
            Source::Staff => Some(settings::store_under(conn, moment.edition)?.link_minutes()),
            _ => Some(settings::store_under(conn, moment.edition)?.unpaid_minutes),
        };
        Ok(Self { wish, checkout, bill, minutes })
    }

    fn new_order(&self) -> NewOrder {
        rules::order_of(&self.bill, &self.checkout, self.wish, self.minutes)
    }
}

/// Writes the orders with all that follows from them, in the order of the wishes, each of another cart, which the caller holds; or
/// tells what is short, and then the transaction must not be committed.
pub fn write(conn: &mut Conn, links: &Links, agreed: &[Agreed<'_>]) -> Result<Result<Vec<Opened>, Vec<Shortage>>> {
    let orders = orders::create_all(conn, &agreed.iter().map(Agreed::new_order).collect::<Vec<_>>())?;
    for (order, Agreed { checkout, wish, .. }) in orders.iter().zip(agreed) {
        if !checkout.note.is_empty() {
            orders::note_on(conn, order.id, &checkout.note, &wish.actor)?;
        }
        if !checkout.vat_number.is_empty() {
            orders::vat_number_given(conn, order.id, &checkout.vat_number, checkout.vat_standing)?;
        }
    }
    failpoint!("place.written");
    cart::close_all(conn, &agreed.iter().map(|agreed| agreed.wish.cart).collect::<Vec<CartId>>())?;
    let alone = agreed.len() == 1;
    for (order, agreed) in orders.iter().zip(agreed).filter(|_| alone) {
        count_coupons(conn, order, &agreed.bill)?;
        take_credits(conn, order, &agreed.bill)?;
    }
    let opened = await_payments(conn, links, orders, agreed)?;
    // The sums are checked before the rows that all want are taken, not while they are held: those of promotions, then the stock's.
    orders::check_sums(conn)?;
    if !alone {
        count_promotions(conn, &opened, agreed)?;
    }
    let allocation = |((order, _), agreed): (&Opened, &Agreed<'_>)| Allocation {
        order: order.id,
        holder: Some(agreed.wish.cart),
        items: agreed.bill.cart.items(),
    };
    let short = inventory::allocate_all(conn, &opened.iter().zip(agreed).map(allocation).collect::<Vec<_>>())?;
    failpoint!("place.allocated");
    Ok(short.map(|()| opened))
}

/// # Errors
/// `Conflict` when the shopper has seen something else than this bill, or not all of it can be had.
pub fn check(bill: &Bill, wish: &Wish) -> Result<()> {
    if !bill.cart.is_orderable() {
        let words = match wish.source {
            Source::Staff => "Not everything can be had. Change what was entered before you place the order.",
            Source::Shop | Source::Exchange | Source::Import => "Something in your cart has changed. Look at your cart before you order.",
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

/// The same of orders that are placed together, whose promotions have no limits.
fn count_promotions(conn: &mut Conn, opened: &[Opened], agreed: &[Agreed<'_>]) -> Result<()> {
    let applied: Vec<_> = agreed.iter().map(|agreed| agreed.bill.cart.quote.applied()).collect();
    let mut takers = vec![];
    for ((order, _), applied) in opened.iter().zip(&applied) {
        takers.push(Taker { order: order.id, account: order.account_id, email: &order.email, applied });
    }
    promotions::take_uncounted(conn, &takers)
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

/// Who waits for what: the confirmations of those that are paid by hand, the end of those that are not paid in time, and the
/// attempts that begin now.
fn await_payments(conn: &mut Conn, links: &Links, orders: Vec<Order>, agreed: &[Agreed<'_>]) -> Result<Vec<Opened>> {
    let mut due = vec![];
    for (order, agreed) in orders.iter().zip(agreed) {
        if is_left_to_pay(conn, links, order, agreed)? {
            due.push((order, agreed));
        }
    }
    let by_hand: Vec<OrderId> = due.iter().filter(|(_, agreed)| agreed.minutes.is_none()).map(|(order, _)| order.id).collect();
    orders::placed(conn, &by_hand)?;
    let expiring = due.iter().filter_map(|(order, agreed)| {
        let minutes = agreed.minutes?.unsigned_abs();
        Some((ExpireOrder { order: order.id }, Duration::from_secs(minutes.into()) * 60 + SLACK))
    });
    let expiring: Vec<_> = expiring.collect();
    jobs::enqueue_all(conn, &expiring.iter().map(|(job, delay)| (job, *delay)).collect::<Vec<_>>())?;
    let mut begun = vec![];
    for (order, agreed) in due {
        // The customer of an order that staff put together begins the payment by the link.
        if agreed.minutes.is_some() && order.source == Source::Staff {
            orders::ask_to_pay(conn, links, order.clone())?;
        } else {
            begun.push((order.id, order.gateway.as_str(), agreed.bill.due()));
        }
    }
    let mut attempts = payments::first_attempts(conn, &begun)?;
    let opened = orders.into_iter().map(|order| {
        let attempt = attempts.iter().position(|attempt| attempt.order_id == order.id).map(|at| attempts.swap_remove(at));
        (order, attempt)
    });
    Ok(opened.collect())
}

/// Whether something is left to be paid later. What was paid by credit, or at the counter, is noted.
fn is_left_to_pay(conn: &mut Conn, links: &Links, order: &Order, agreed: &Agreed<'_>) -> Result<bool> {
    if agreed.bill.due().is_zero() {
        orders::payment_changed(conn, links, order.id, false)?;
        return Ok(false);
    }
    if order.gateway != IN_SHOP {
        return Ok(true);
    }
    // Nobody but staff can say so of an order.
    if order.source == Source::Staff {
        orders::paid_in_shop(conn, links, order.id, &agreed.wish.actor).map(|()| false)
    } else {
        Err(Error::NotFound)
    }
}
