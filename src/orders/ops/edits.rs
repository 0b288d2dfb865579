//! Changing an order that has not (wholly) left: its rows, its money and its stock, in one transaction.

use std::collections::BTreeMap;

use super::{detail_of, follow_up, payment_changed_by, refunds::send_refunds};
use crate::{
    accounts,
    base::{Conn, Error, Money, OrderId, Result, VariantId},
    inventory::{self, Item, Shortage},
    jobs,
    orders::{
        jobs::VoidPayment,
        mails::{self, Links},
        model::{AddressRow, Edit, Order, OrderDetail},
        rules, store,
    },
    payments::{self, Gateways},
    promotions,
};

/// Makes of the order what the edit says. What the total falls by goes back by itself; what it rises by is due, and the customer is
/// told how to pay it. The caller has locked the order and read `before` since.
///
/// The papers follow: what became less is credited, or the invoice is credited and issued anew.
///
/// # Errors
/// `Conflict` when the order may not be changed, or has another revision than the editor saw. `Invalid` when there is not enough
/// of something.
pub fn edit(conn: &mut Conn, links: &Links, gateways: &Gateways, before: &OrderDetail, edit: &Edit, actor: &str) -> Result<()> {
    let order = &before.order;
    if !rules::can_edit(order) {
        return Err(super::changed());
    }
    let changes = rules::words(before, edit);
    store::rewrite(conn, order.id, edit)?;
    change_promotions(conn, order, edit)?;
    set_addresses(conn, before, edit)?;
    store::insert_event(conn, order.id, "edited", &changes.join(" "), actor)?;
    let is_manual = gateways.is_manual(&order.gateway);
    let refund = settle_difference(conn, order, edit.quote.total(), is_manual, actor)?;
    payment_changed_by(conn, links, order.id, is_manual, actor)?;
    follow_up(conn, order.id)?;
    let after = detail_of(conn, order.id)?;
    mails::order_changed(conn, links, &after, refund, changes)?;
    // Stock comes last, as everywhere: whoever wants the same article waits only while this commits.
    restock(conn, order.id, before, edit, actor)
}

/// A coupon of which nothing is left is free for another order, and what is new on this one is counted.
fn change_promotions(conn: &mut Conn, order: &Order, edit: &Edit) -> Result<()> {
    let buyer = accounts::buyer(conn, order.account_id)?;
    let changed = promotions::change_uses(conn, order.id, &buyer, &order.email, &edit.quote.applied())?;
    changed.map_err(|words| Error::invalid("", format!("{} Nothing was changed.", words.join(" "))))
}

/// A bill that went to the same address goes on doing so.
fn set_addresses(conn: &mut Conn, before: &OrderDetail, edit: &Edit) -> Result<()> {
    store::set_address(conn, before.order.id, &AddressRow::of("delivery", &edit.delivery_address))?;
    if before.bills_elsewhere() {
        return Ok(());
    }
    store::set_address(conn, before.order.id, &AddressRow::of("billing", &edit.delivery_address))
}

/// Payments begun for the former total are let go of, and what was paid too much goes back.
fn settle_difference(conn: &mut Conn, order: &Order, total: i64, is_manual: bool, actor: &str) -> Result<Option<Money>> {
    if total == order.total {
        return Ok(None);
    }
    if !is_manual {
        release_pending(conn, order)?;
    }
    let back = rules::correction(order.total, total, &payments::summary(conn, order.id)?);
    if back == 0 {
        return Ok(None);
    }
    let amount = order.money(&back);
    let refunds = payments::request_correction(conn, order.id, amount, "The order was changed", actor)?;
    send_refunds(conn, order, &refunds, back, actor)?;
    Ok(Some(amount))
}

/// Lets go of payments that were begun and not made, so that nobody pays a sum that is not asked for any more.
pub fn release_pending(conn: &mut Conn, order: &Order) -> Result<()> {
    for attempt in payments::attempts_of(conn, order.id)?.into_iter().filter(|attempt| attempt.is_pending()) {
        jobs::enqueue(conn, &VoidPayment { attempt: attempt.id })?;
    }
    Ok(())
}

/// What the order needs more of, and what it needs less of.
fn changes(before: &OrderDetail, edit: &Edit) -> (Vec<Item>, Vec<Item>) {
    let mut changes: BTreeMap<VariantId, i32> = BTreeMap::new();
    for line in &before.lines {
        if let Some(variant) = line.variant_id {
            *changes.entry(variant).or_default() += edit.quantity_of(line) - line.quantity;
        }
    }
    for line in edit.quote.lines.iter().skip(edit.staying().len()) {
        *changes.entry(line.item.variant.id).or_default() += line.quantity;
    }
    let items = |sign: i32| -> Vec<Item> {
        let wanted = changes.iter().map(|(variant, by)| Item { variant: *variant, quantity: by * sign });
        wanted.filter(|item| item.quantity > 0).collect()
    };
    (items(1), items(-1))
}

/// Sets more aside, and less.
fn restock(conn: &mut Conn, order: OrderId, before: &OrderDetail, edit: &Edit, actor: &str) -> Result<()> {
    let (more, less) = changes(before, edit);
    if !more.is_empty() && !less.is_empty() {
        // Two statements follow, so the rows are locked in the order of their keys before.
        inventory::lock_stock(conn, order, &more.iter().chain(&less).map(|item| item.variant).collect::<Vec<_>>())?;
    }
    if !less.is_empty() {
        inventory::release(conn, order, &less, actor)?;
    }
    if more.is_empty() {
        return Ok(());
    }
    let short = inventory::allocate(conn, order, None, &more)?;
    short.map_err(|short| Error::invalid("", format!("{} Nothing was changed.", too_few(before, edit, &short).join(" "))))
}

/// What stands in the way of the edit as the stock is now, a sentence each. For a preview: the edit itself finds out anew.
pub fn edit_shortages(conn: &mut Conn, before: &OrderDetail, edit: &Edit) -> Result<Vec<String>> {
    let (more, less) = changes(before, edit);
    let short = inventory::shortages(conn, Some(before.order.id), &more, &less)?;
    Ok(too_few(before, edit, &short))
}

fn too_few(before: &OrderDetail, edit: &Edit, short: &[Shortage]) -> Vec<String> {
    let added = |variant| edit.quote.lines.iter().find(|line| line.item.variant.id == variant).map(|line| line.item.title.clone());
    let words = short.iter().map(|short| {
        let known = before.lines.iter().find(|line| line.variant_id == Some(short.variant)).map(|line| line.title.clone());
        let title = known.or_else(|| added(short.variant)).unwrap_or_else(|| "One article".to_owned());
        let besides = short.besides();
        match (short.available.max(0), short.is_limit) {
            (most, true) => format!("An order can have {most} more of {title} at most{besides}."),
            (0, false) => format!("There is no more of {title}{besides}."),
            (there, false) => format!("Only {there} more of {title} can be had{besides}."),
        }
    });
    words.collect()
}
