//! Parcels: what leaves, what of the money is taken with it, and what arrives.

use super::{capture, changed, derive, detail_of, follow_up};
use crate::{
    base::{Conn, Error, Money, OrderId, Result, ShipmentId, failpoint},
    inventory::{self, Item, Shortage},
    orders::{
        forms::ShipmentInput,
        mails::{self, Links},
        model::{Contents, Order, OrderDetail, OrderLine, Units},
        rules,
        store::{self, NewShipment},
    },
};

/// Some or all of what is left of the order leaves the building; the customer is told, with the way to follow it. Of money that
/// is only set aside, so much is taken as the parcel is worth.
///
/// # Errors
/// `Conflict` when it may not be shipped (any more), something else was shipped meanwhile, or not all of it is there. `Invalid`
/// on `units` when that is not left of a line.
pub fn ship(conn: &mut Conn, links: &Links, number: &str, input: &ShipmentInput, pays_on_delivery: bool, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    let order = store::lock(conn, order.id)?;
    let lines = store::lines(conn, order.id)?;
    let is_stale = input.seen_shipped.is_some_and(|seen| seen != shipped_units(&lines));
    if is_stale || !rules::can_ship(&order, pays_on_delivery) {
        return Err(changed());
    }
    let units = input.units_of(&lines).map_err(Error::Invalid)?;
    inventory::ship(conn, order.id, &items(&lines, &units), input.location, actor)?.map_err(|short| not_there(&lines, &short))?;
    failpoint!("ship.taken");
    let ShipmentInput { carrier, tracking_number, tracking_url, .. } = input;
    let new = NewShipment { order_id: order.id, carrier, tracking_number, tracking_url, location_id: None, actor };
    let shipment = store::insert_shipment(conn, &new.leaving(input.location), &units)?;
    let contents = contents(&lines, &units);
    let kind = if order.is_pickup { "ready" } else { "shipped" };
    store::insert_event(conn, order.id, kind, &story(&contents, input), actor)?;
    let detail = move_goods(conn, &order)?;
    take(conn, &detail, rules::worth(&detail, |line| line.shipped))?;
    follow_up(conn, order.id)?;
    failpoint!("ship.written");
    match detail.shipments.iter().find(|other| other.id == shipment).cloned() {
        Some(shipment) => mails::order_shipped(conn, links, &detail, shipment, contents),
        None => Ok(()),
    }
}

/// Units that have left, without gift cards and files, which leave by themselves.
pub fn shipped_units(lines: &[OrderLine]) -> i32 {
    lines.iter().filter(|line| line.is_tangible()).map(|line| line.shipped).sum()
}

/// What of these lines stands in the stock's books.
fn items(lines: &[OrderLine], units: &[Units]) -> Vec<Item> {
    let variant = |units: &Units| lines.iter().find(|line| line.id == units.line).and_then(|line| line.variant_id);
    units.iter().filter_map(|units| variant(units).map(|variant| Item { variant, quantity: units.quantity })).collect()
}

fn not_there(lines: &[OrderLine], short: &[Shortage]) -> Error {
    let words = short.iter().filter_map(|short| {
        let line = lines.iter().find(|line| line.variant_id == Some(short.variant))?;
        Some(if short.available > 0 { format!("{} (only {} here)", line.title, short.available) } else { line.title.clone() })
    });
    let words = words.collect::<Vec<_>>().join(", ");
    Error::Conflict(format!("Not all of it is there yet: {words}. Ship fewer now, or receive what came in first."))
}

fn contents(lines: &[OrderLine], units: &[Units]) -> Contents {
    let in_here = |line: &OrderLine| units.iter().find(|units| units.line == line.id).map_or(0, |units| units.quantity);
    let goods = || lines.iter().filter(|line| line.is_tangible() && line.quantity > 0);
    let named = |count: &dyn Fn(&OrderLine) -> i32| goods().filter(|line| count(line) > 0).map(|line| line.words(count(line))).collect();
    Contents {
        is_whole: goods().all(|line| in_here(line) == line.quantity),
        lines: named(&in_here),
        to_follow: named(&|line| line.to_send() - in_here(line)),
    }
}

/// For the timeline: what went, where it was not everything, and how.
fn story(contents: &Contents, input: &ShipmentInput) -> String {
    let lines = if contents.is_whole { String::new() } else { contents.lines.join("; ") };
    [lines, input.words()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
}

/// Derives how far the order has come from its lines and parcels.
pub fn move_goods(conn: &mut Conn, order: &Order) -> Result<OrderDetail> {
    let (lines, shipments) = (store::lines(conn, order.id)?, store::shipments(conn, order.id)?);
    derive(conn, order, order.payment_state, rules::fulfilment(order.fulfilment_state, &lines, &shipments))?;
    detail_of(conn, order.id)
}

/// Takes so much of what is set aside that `worth` is taken in all, what was paid otherwise considered. Nothing happens where
/// nothing is set aside.
pub fn take(conn: &mut Conn, detail: &OrderDetail, worth: i64) -> Result<()> {
    let order = &detail.order;
    let same = detail.attempts.iter().filter(|attempt| attempt.currency == order.currency);
    let taken: i64 = same.map(|attempt| attempt.captured.max(attempt.capturing)).sum();
    if worth > taken { capture(conn, order, Money::new(worth - taken, order.currency)) } else { Ok(()) }
}

/// A parcel has arrived, or was picked up.
///
/// # Errors
/// `Conflict` when that is known already.
pub fn deliver(conn: &mut Conn, links: &Links, id: OrderId, shipment: ShipmentId, actor: &str) -> Result<()> {
    let order = store::lock(conn, id)?;
    if !store::set_delivered(conn, id, shipment)? {
        return Err(changed());
    }
    let shipment = store::shipment_of(conn, id, shipment)?;
    let kind = if order.is_pickup { "picked_up" } else { "delivered" };
    store::insert_event(conn, id, kind, &shipment.tracking(), actor)?;
    let detail = move_goods(conn, &order)?;
    // Whoever picks something up knows it.
    if order.is_pickup { Ok(()) } else { mails::order_delivered(conn, links, &detail, shipment) }
}
