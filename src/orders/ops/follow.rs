//! What follows once money is here: gift cards are made and sent. Done by a job that the money's transaction enqueues, since the
//! stock of a new order is set aside last of all, and since a mail must never stand in the way of money.

use super::{detail, parcels};
use crate::{
    base::{Conn, Error, OrderId, Result},
    credit::{self, BoughtCard},
    inventory::{self, Item},
    mail,
    orders::{
        mails::{self, Links},
        model::{Order, OrderDetail, OrderLine, PaymentState},
        rules, store,
    },
};

/// Issues the gift cards of an order that is paid for. Money that is only set aside is taken for them first. Told twice, it
/// does nothing twice.
pub fn follow(conn: &mut Conn, links: &Links, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    if order.is_cancelled() || !order.is_secured() {
        return Ok(());
    }
    let detail = detail(conn, order)?;
    if !detail.lines.iter().any(is_waiting_card) {
        return Ok(());
    }
    let worth = rules::worth(&detail, |line| if line.is_gift_card { line.quantity } else { line.shipped });
    if detail.order.is_paid() || detail.money.captured >= worth {
        issue_cards(conn, links, &detail)
    } else {
        parcels::take(conn, &detail, worth)
    }
}

fn is_waiting_card(line: &OrderLine) -> bool {
    line.is_gift_card && line.shipped < line.quantity
}

/// They count as shipped from then on.
fn issue_cards(conn: &mut Conn, links: &Links, detail: &OrderDetail) -> Result<()> {
    let order = &detail.order;
    let lines: Vec<&OrderLine> = detail.lines.iter().filter(|line| is_waiting_card(line)).collect();
    let bought = |line: &&OrderLine| BoughtCard {
        order_line: line.id,
        unit_amount: line.unit_price,
        quantity: line.quantity,
        currency: order.currency,
    };
    credit::issue_for(conn, links.site(), order.id, &lines.iter().map(bought).collect::<Vec<_>>(), &order.email)?;
    let items: Vec<Item> = lines.iter().filter_map(|line| line.unshipped()).collect();
    // A card sold beyond a counted stock is as good as any other: then nothing leaves the shelf.
    if inventory::ship(conn, order.id, &items, None, "shop")?.is_err() {
        inventory::release(conn, order.id, &items, "shop")?;
    }
    store::issued(conn, &lines.iter().map(|line| line.id).collect::<Vec<_>>())?;
    let words: Vec<_> = lines.iter().map(|line| line.words(line.quantity - line.shipped)).collect();
    store::insert_event(conn, order.id, "gift_cards_issued", &words.join("; "), "shop")?;
    parcels::move_goods(conn, order).map(|_| ())
}

/// Confirms an order whose payment comes later, or came meanwhile. One that is cancelled by now had a mail of its own about that.
/// Told once, however often it is called.
pub fn tell_placed(conn: &mut Conn, links: &Links, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    if order.is_cancelled() || mail::about(conn, &order.number)?.iter().any(|mail| mail.kind == "order_placed") {
        return Ok(());
    }
    let awaits_payment = !order.is_secured();
    let detail = detail(conn, order)?;
    mails::order_placed(conn, links, &detail, awaits_payment)
}

/// Tells that a payment failed, while nothing better has come of it.
pub fn tell_failure(conn: &mut Conn, links: &Links, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    if order.is_cancelled() || order.payment_state != PaymentState::Failed {
        return Ok(());
    }
    let detail = detail(conn, order)?;
    mails::payment_failed(conn, links, &detail)
}

/// The order is cancelled, so its gift cards are worth nothing any more.
///
/// # Errors
/// `Conflict` when something was bought with one of them.
pub fn take_cards_back(conn: &mut Conn, order: &Order, actor: &str) -> Result<()> {
    let lines = store::lines(conn, order.id)?;
    let issued: Vec<&OrderLine> = lines.iter().filter(|line| line.is_gift_card && line.shipped > 0).collect();
    if issued.is_empty() {
        return Ok(());
    }
    credit::void_of_order(conn, order.id, actor)?.map_err(|spent| {
        let mend = "Give back what the customer paid for the rest instead.";
        Error::Conflict(format!("{} of its gift cards is spent already, so this order can't be cancelled. {mend}", spent.amount))
    })?;
    let item = |line: &&OrderLine| line.variant_id.map(|variant| Item { variant, quantity: line.shipped });
    inventory::give_back(conn, order.id, &issued.iter().filter_map(item).collect::<Vec<_>>(), None, actor)
}
