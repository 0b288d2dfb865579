//! Orders, their events and shipments; what else an order is made of stands in `parts`.

pub mod brought;
mod claims;
mod edits;
mod new;
mod parcels;
mod parts;
pub mod returns;
pub mod together;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    connection::SimpleConnection,
    dsl::now,
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

pub use claims::{claim, find_with_email, merge};
pub use edits::{rewrite, set_address};
pub use new::{OrderRow, insert_all};
pub use parcels::{NewShipment, charge_taxes, insert_shipment, issued, set_delivered, shipment_of, shipments, units_of, with_numbers};
pub use parts::{Known, Parts, addresses, discounts, fees, insert_fees, insert_parts, lines, taxes};

use super::model::{Event, Fulfilment, Lifecycle, Order, PaymentState, Tab};
use crate::{
    base::{AccountId, CartId, Conn, OrderId, Page, PageRequest, Result, typed},
    payments,
    schema::{order_addresses, order_events, orders},
};

diesel::define_sql_function! { fn lower(text: Text) -> Text; }

pub fn find(conn: &mut Conn, id: OrderId) -> Result<Order> {
    Ok(orders::table.find(id).select(Order::as_select()).first(conn)?)
}

/// Holds the order until the transaction ends: whoever changes its states does so one after the other.
pub fn lock(conn: &mut Conn, id: OrderId) -> Result<Order> {
    Ok(orders::table.find(id).select(Order::as_select()).for_update().first(conn)?)
}

pub fn find_by_number(conn: &mut Conn, number: &str) -> Result<Order> {
    Ok(orders::table.filter(orders::number.eq(number)).select(Order::as_select()).first(conn)?)
}

pub fn find_by_cart(conn: &mut Conn, cart: CartId) -> Result<Option<Order>> {
    Ok(orders::table.filter(orders::cart_id.eq(cart)).select(Order::as_select()).first(conn).optional()?)
}

/// Lets the database check now what it would check at the end of the transaction.
///
/// # Errors
/// `Internal` when an order does not add up.
pub fn check_sums(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?)
}

/// Lets an order that waits for its payment wait some minutes from now at least.
pub fn prolong(conn: &mut Conn, id: OrderId, minutes: i32) -> Result<()> {
    sql_query("UPDATE orders SET pay_before = GREATEST(pay_before, now() + make_interval(mins => $2)) WHERE id = $1")
        .bind::<BigInt, _>(id)
        .bind::<Integer, _>(minutes)
        .execute(conn)?;
    Ok(())
}

/// The order is paid by hand from now on, and waits for staff.
pub fn take_by_hand(conn: &mut Conn, id: OrderId, gateway: &str) -> Result<()> {
    diesel::update(orders::table.find(id))
        .set((orders::gateway.eq(gateway), orders::pay_before.eq(None::<DateTime<Utc>>)))
        .execute(conn)?;
    Ok(())
}

pub fn insert_event(conn: &mut Conn, order: OrderId, kind: &str, detail: &str, actor: &str) -> Result<()> {
    let row =
        (order_events::order_id.eq(order), order_events::kind.eq(kind), order_events::detail.eq(detail), order_events::actor.eq(actor));
    diesel::insert_into(order_events::table).values(row).execute(conn)?;
    Ok(())
}

pub fn set_states(conn: &mut Conn, id: OrderId, lifecycle: Lifecycle, payment: PaymentState, fulfilment: Fulfilment) -> Result<()> {
    sql_query(
        "UPDATE orders SET lifecycle = $2, payment_state = $3, fulfilment_state = $4,
            completed_at = CASE WHEN $2 = 'completed' THEN COALESCE(completed_at, now()) END,
            cancelled_at = CASE WHEN $2 = 'cancelled' THEN COALESCE(cancelled_at, now()) END,
            pay_before = CASE WHEN $2 = 'placed' AND $3 IN ('due', 'failed') THEN pay_before END
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(lifecycle)
    .bind::<Text, _>(payment)
    .bind::<Text, _>(fulfilment)
    .execute(conn)?;
    Ok(())
}

pub fn events(conn: &mut Conn, id: OrderId) -> Result<Vec<Event>> {
    let of = order_events::table.filter(order_events::order_id.eq(id)).order(order_events::id);
    Ok(of.limit(500).select(Event::as_select()).load(conn)?)
}

/// An account's orders, the newest first.
pub fn of_account(conn: &mut Conn, account: AccountId, page: PageRequest) -> Result<Page<Order>> {
    let of = || orders::table.filter(orders::account_id.eq(account));
    let listed = of().order((orders::placed_at.desc(), orders::id.desc())).limit(page.limit()).offset(page.offset());
    let rows = listed.select(Order::as_select()).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}

/// What the back office's list is narrowed to.
#[derive(Clone, Debug)]
pub struct OrderFilter {
    pub tab: Tab,
    /// The beginning of an e-mail address, or a part of a name.
    pub text: String,
    /// An order number in its written form, when the text can be one.
    pub number: String,
}

/// The money is here, or set aside to be taken as the parcel leaves.
const SECURED: [PaymentState; 4] = [PaymentState::Paid, PaymentState::Authorised, PaymentState::Overcharged, PaymentState::PartlyRefunded];

/// The orders on one tab.
fn on_tab<'a>(tab: Tab) -> orders::BoxedQuery<'a, Pg> {
    let all = orders::table.into_boxed();
    match tab {
        Tab::All => all,
        Tab::ToShip => all
            .filter(orders::lifecycle.eq(Lifecycle::Placed))
            .filter(orders::fulfilment_state.eq_any([Fulfilment::Unfulfilled, Fulfilment::Partial]))
            .filter(
                // Where the money comes with the parcel, the parcel goes first.
                orders::payment_state
                    .eq_any(SECURED)
                    .or(orders::payment_state.eq(PaymentState::Due).and(orders::gateway.eq_any(payments::shipped_unpaid()))),
            ),
        Tab::Unpaid => all
            .filter(orders::lifecycle.eq(Lifecycle::Placed))
            .filter(orders::payment_state.eq_any([PaymentState::Due, PaymentState::Failed])),
        Tab::Completed => all.filter(orders::lifecycle.eq(Lifecycle::Completed)),
        Tab::Cancelled => all.filter(orders::lifecycle.eq(Lifecycle::Cancelled)),
    }
}

fn narrowed<'a>(filter: &'a OrderFilter) -> orders::BoxedQuery<'a, Pg> {
    let on_tab = on_tab(filter.tab);
    if filter.text.is_empty() {
        return on_tab;
    }
    let like = typed::like(&filter.text.to_lowercase());
    // A single letter is no beginning of a number that anybody would look for.
    let number = if filter.number.len() < 2 { filter.number.clone() } else { format!("{}%", typed::like(&filter.number)) };
    let named = order_addresses::table.filter(lower(order_addresses::name).like(format!("%{like}%"))).select(order_addresses::order_id);
    on_tab.filter(orders::number.like(number).or(lower(orders::email).like(format!("{like}%"))).or(orders::id.eq_any(named)))
}

/// Orders with the name on the parcel, the newest first.
pub fn list(conn: &mut Conn, filter: &OrderFilter, page: PageRequest) -> Result<Page<(Order, String)>> {
    let newest = narrowed(filter).order((orders::placed_at.desc(), orders::id.desc())).limit(page.limit()).offset(page.offset());
    let listed: Vec<Order> = newest.select(Order::as_select()).load(conn)?;
    let rows = with_names(conn, listed)?;
    Ok(page.of(rows, narrowed(filter).count().get_result(conn)?))
}

fn with_names(conn: &mut Conn, listed: Vec<Order>) -> Result<Vec<(Order, String)>> {
    let ids: Vec<_> = listed.iter().map(|order| order.id).collect();
    let delivery = order_addresses::table.filter(order_addresses::order_id.eq_any(ids)).filter(order_addresses::kind.eq("delivery"));
    let names: Vec<(OrderId, String)> = delivery.select((order_addresses::order_id, order_addresses::name)).load(conn)?;
    let mut names: HashMap<_, _> = names.into_iter().collect();
    Ok(listed
        .into_iter()
        .map(|order| {
            let name = names.remove(&order.id).unwrap_or_default();
            (order, name)
        })
        .collect())
}

/// How many orders are on a tab.
pub fn count(conn: &mut Conn, tab: Tab) -> Result<i64> {
    Ok(on_tab(tab).count().get_result(conn)?)
}

/// The orders that have waited longest on a tab, with the name on the parcel.
pub fn oldest(conn: &mut Conn, tab: Tab, limit: i64) -> Result<Vec<(Order, String)>> {
    let waiting: Vec<Order> = on_tab(tab).order((orders::placed_at, orders::id)).limit(limit).select(Order::as_select()).load(conn)?;
    with_names(conn, waiting)
}

/// Orders placed with any of these addresses, the newest first.
pub fn by_emails(conn: &mut Conn, emails: &[String], page: PageRequest) -> Result<Page<Order>> {
    let of = || orders::table.filter(lower(orders::email).eq_any(emails));
    let listed = of().order((orders::placed_at.desc(), orders::id.desc())).limit(page.limit()).offset(page.offset());
    let rows = listed.select(Order::as_select()).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}

/// Whether the time to pay has run out, by the database's clock.
pub fn is_overdue(conn: &mut Conn, id: OrderId) -> Result<bool> {
    let overdue = orders::table.find(id).filter(orders::pay_before.le(now));
    Ok(diesel::select(diesel::dsl::exists(overdue)).get_result(conn)?)
}
