//! What follows once money is here: gift cards are made and sent, and links to files. Done by a job that the money's transaction enqueues, since the
//! stock of a new order is set aside last of all, and since a mail must never stand in the way of money.

use super::{detail, parcels};
use crate::{
    base::{Conn, DownloadId, Error, OrderId, Result},
    credit::{self, BoughtCard},
    downloads::{self, Bought, Buyer},
    inventory::{self, Item},
    mail,
    orders::{
        mails::{self, Links},
        model::{Order, OrderDetail, OrderLine, PaymentState},
        rules, store,
    },
};

/// Issues the gift cards of an order that is paid for, and sends the links to its files. Money that is only set aside is taken for
/// them first. Told twice, it does nothing twice.
pub fn follow(conn: &mut Conn, links: &Links, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    if order.is_cancelled() || !order.is_secured() {
        return Ok(());
    }
    let detail = detail(conn, order)?;
    if !detail.lines.iter().any(waits_for_mail) {
        return Ok(());
    }
    let worth = rules::worth(&detail, |line| if line.is_tangible() { line.shipped } else { line.quantity });
    if !detail.order.is_paid() && detail.money.captured < worth {
        return parcels::take(conn, &detail, worth);
    }
    let (cards, files) = (issue_cards(conn, links, &detail)?, send_links(conn, links, &detail)?);
    // Locked for both in the order of the keys, as orders take them.
    inventory::lock_stock(conn, id, &cards.iter().chain(&files).filter_map(|line| line.variant_id).collect::<Vec<_>>())?;
    left_by_mail(conn, &detail.order, &cards, "gift_cards_issued")?;
    left_by_mail(conn, &detail.order, &files, "downloads_sent")?;
    parcels::move_goods(conn, &detail.order).map(|_| ())
}

fn waits_for_mail(line: &OrderLine) -> bool {
    !line.is_tangible() && line.shipped < line.quantity
}

/// Makes and mails the gift cards of the lines that wait for that.
fn issue_cards<'a>(conn: &mut Conn, links: &Links, detail: &'a OrderDetail) -> Result<Vec<&'a OrderLine>> {
    let order = &detail.order;
    let lines: Vec<&OrderLine> = detail.lines.iter().filter(|line| line.is_gift_card && waits_for_mail(line)).collect();
    let bought = |line: &&OrderLine| BoughtCard {
        order_line: line.id,
        unit_amount: line.unit_price,
        quantity: line.quantity,
        currency: order.currency,
    };
    credit::issue_for(conn, links.site(), order.id, &lines.iter().map(bought).collect::<Vec<_>>(), &order.email)?;
    Ok(lines)
}

/// The same of files. Lines whose variant has no file yet wait on.
fn send_links<'a>(conn: &mut Conn, links: &Links, detail: &'a OrderDetail) -> Result<Vec<&'a OrderLine>> {
    let order = &detail.order;
    let waiting = || detail.lines.iter().filter(|line| line.is_digital && !line.is_gift_card && waits_for_mail(line));
    let bought = |line: &OrderLine| Some(Bought { line: line.id, variant: line.variant_id?, quantity: line.quantity - line.shipped });
    let granted =
        downloads::grant(conn, &buyer(order, links.site(), &links.order(order)), &waiting().filter_map(bought).collect::<Vec<_>>())?;
    Ok(waiting().filter(|line| granted.contains(&line.id)).collect())
}

fn buyer<'a>(order: &'a Order, site: &'a str, order_url: &'a str) -> Buyer<'a> {
    Buyer { order: order.id, number: &order.number, email: &order.email, site, order_url }
}

/// All of these lines has gone, and no parcel had it. The caller has locked their stock.
fn left_by_mail(conn: &mut Conn, order: &Order, lines: &[&OrderLine], event: &str) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    for item in lines.iter().filter_map(|line| line.unshipped()) {
        // One sold beyond a counted stock is as good as any other: then nothing leaves the shelf.
        if inventory::ship(conn, order.id, &[item], None, "shop")?.is_err() {
            inventory::release(conn, order.id, &[item], "shop")?;
        }
    }
    store::issued(conn, &lines.iter().map(|line| line.id).collect::<Vec<_>>())?;
    let words: Vec<_> = lines.iter().map(|line| line.words(line.quantity - line.shipped)).collect();
    store::insert_event(conn, order.id, event, &words.join("; "), "shop")
}

/// Another link to a file in place of the former one. `seen`: how often it had been renewed by the page.
///
/// # Errors
/// `Conflict` when it can't be renewed, or was meanwhile.
pub fn renew_download(conn: &mut Conn, links: &Links, number: &str, id: DownloadId, seen: i32, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    let order = store::lock(conn, order.id)?;
    let renewed = downloads::renew(conn, &buyer(&order, links.site(), &links.order(&order)), id, seen)?;
    store::insert_event(conn, order.id, "download_renewed", &format!("{}, of {}", renewed.name, renewed.title), actor)
}

/// A link to a file opens nothing any more.
///
/// # Errors
/// `Conflict` when it was ended or renewed meanwhile.
pub fn withdraw_download(conn: &mut Conn, links: &Links, number: &str, id: DownloadId, seen: i32, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    let order = store::lock(conn, order.id)?;
    let ended = downloads::withdraw(conn, &buyer(&order, links.site(), &links.order(&order)), id, seen)?;
    store::insert_event(conn, order.id, "download_ended", &format!("{}, of {}", ended.name, ended.title), actor)
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

/// The order is cancelled, so its gift cards are worth nothing any more. Links to files end by themselves.
///
/// # Errors
/// `Conflict` when something was bought with one of the cards.
pub fn void_cards(conn: &mut Conn, order: &Order, lines: &[OrderLine], actor: &str) -> Result<()> {
    if !lines.iter().any(|line| line.is_gift_card && line.shipped > 0) {
        return Ok(());
    }
    credit::void_of_order(conn, order.id, actor)?.map(|_| ()).map_err(|spent| {
        let mend = "Give back what the customer paid for the rest instead.";
        Error::Conflict(format!("{} of its gift cards is spent already, so this order can't be cancelled. {mend}", spent.amount))
    })
}

/// What such an order had by mail can be sold again. The caller has locked its stock.
pub fn take_mailed_back(conn: &mut Conn, order: &Order, lines: &[OrderLine], actor: &str) -> Result<()> {
    let left = lines.iter().filter(|line| !line.is_tangible() && line.shipped > 0);
    let items: Vec<Item> = left.filter_map(|line| Some(Item { variant: line.variant_id?, quantity: line.shipped })).collect();
    if items.is_empty() { Ok(()) } else { inventory::take_back(conn, order.id, &items, actor) }
}
