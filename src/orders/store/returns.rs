//! Returns and their lines.

use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer},
};

use crate::{
    base::{Conn, Error, OnConstraint, OrderId, OrderLineId, Page, PageRequest, Result, ReturnId},
    orders::model::{Amends, NewReturn, Order, Return, ReturnState, ReturnedLine},
    schema::{order_lines, orders, return_lines, returns},
};

/// `None`: another return has this number.
pub fn insert(conn: &mut Conn, order: OrderId, number: &str, new: &NewReturn, by: &str) -> Result<Option<Return>> {
    let row = (
        returns::order_id.eq(order),
        returns::number.eq(number),
        returns::wish.eq(new.wish.as_str()),
        returns::customer_note.eq(&new.note),
        returns::requested_by.eq(by),
    );
    let inserted = diesel::insert_into(returns::table).values(row).on_conflict(returns::number).do_nothing();
    Ok(inserted.returning(Return::as_select()).get_result(conn).optional()?)
}

/// Writes what goes back and counts it on the order's lines.
///
/// # Errors
/// `Conflict` when so many of a line have not been shipped, or are in other returns.
pub fn insert_lines(conn: &mut Conn, id: ReturnId, new: &NewReturn) -> Result<()> {
    let rows: Vec<_> = new
        .lines
        .iter()
        .map(|(line, quantity, reason)| {
            (
                return_lines::return_id.eq(id),
                return_lines::order_line_id.eq(*line),
                return_lines::quantity.eq(*quantity),
                return_lines::reason.eq(reason.as_str()),
            )
        })
        .collect();
    diesel::insert_into(return_lines::table).values(&rows).execute(conn)?;
    for (line, quantity, _) in &new.lines {
        count(conn, *line, *quantity)?;
    }
    Ok(())
}

/// Counts units of a line into returns, or out of them.
///
/// # Errors
/// `Conflict` when more would be in returns than were shipped.
pub fn count(conn: &mut Conn, line: OrderLineId, units: i32) -> Result<()> {
    diesel::update(order_lines::table.find(line))
        .set(order_lines::returned.eq(order_lines::returned + units))
        .execute(conn)
        .on_constraint("order_lines_returned_range", || {
            Error::Conflict("Some of it is in another return already. Look at the order again.".to_owned())
        })?;
    Ok(())
}

pub fn find_by_number(conn: &mut Conn, number: &str) -> Result<Return> {
    Ok(returns::table.filter(returns::number.eq(number)).select(Return::as_select()).first(conn)?)
}

/// Holds the return until the transaction ends. Its order is locked before it.
pub fn lock(conn: &mut Conn, id: ReturnId) -> Result<Return> {
    Ok(returns::table.find(id).select(Return::as_select()).for_update().first(conn)?)
}

/// An order's returns, the newest first.
pub fn of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Return>> {
    let of = returns::table.filter(returns::order_id.eq(order)).order(returns::id.desc());
    Ok(of.limit(100).select(Return::as_select()).load(conn)?)
}

pub fn lines(conn: &mut Conn, id: ReturnId) -> Result<Vec<ReturnedLine>> {
    let of = return_lines::table.filter(return_lines::return_id.eq(id)).order(return_lines::order_line_id);
    Ok(of.limit(1000).select(ReturnedLine::as_select()).load(conn)?)
}

/// The lines of all of an order's returns.
pub fn lines_of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<ReturnedLine>> {
    let of = return_lines::table.inner_join(returns::table).filter(returns::order_id.eq(order));
    Ok(of.limit(2000).select(ReturnedLine::as_select()).load(conn)?)
}

pub fn set_state(conn: &mut Conn, id: ReturnId, state: ReturnState, staff_note: Option<&str>) -> Result<()> {
    diesel::update(returns::table.find(id))
        .set((returns::state.eq(state), staff_note.map(|note| returns::staff_note.eq(note)), returns::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Notes what of a line came back and what was paid for it.
pub fn receive_line(conn: &mut Conn, line: &ReturnedLine) -> Result<()> {
    diesel::update(return_lines::table.find((line.return_id, line.order_line_id)))
        .set((
            return_lines::restocked.eq(line.restocked),
            return_lines::scrapped.eq(line.scrapped),
            return_lines::worth.eq(line.worth),
            return_lines::tax.eq(line.tax),
        ))
        .execute(conn)
        .on_constraint("return_lines_received_within", || Error::invalid("lines", "No more can come back than was announced"))?;
    Ok(())
}

/// Nothing is left to do, since the customer has other goods. Minor units: all that it was worth, and what of it paid for them.
pub fn close_exchanged(conn: &mut Conn, id: ReturnId, refunded: i64, exchanged: i64, order: OrderId) -> Result<()> {
    close(conn, id, refunded, Amends::Exchange)?;
    let change = (returns::exchanged.eq(exchanged), returns::exchange_order_id.eq(order));
    diesel::update(returns::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

/// The return in whose place an order's goods are, with the order that they were bought with.
pub fn exchanged_for(conn: &mut Conn, order: OrderId) -> Result<Option<(Return, Order)>> {
    let of = returns::table.inner_join(orders::table.on(orders::id.eq(returns::order_id))).filter(returns::exchange_order_id.eq(order));
    Ok(of.select((Return::as_select(), Order::as_select())).first(conn).optional()?)
}

/// The orders that were made in place of what came back of this one.
pub fn exchanges_of(conn: &mut Conn, order: OrderId) -> Result<Vec<Order>> {
    let made = returns::table.inner_join(orders::table.on(returns::exchange_order_id.eq(orders::id.nullable())));
    Ok(made.filter(returns::order_id.eq(order)).order(orders::id).limit(100).select(Order::as_select()).load(conn)?)
}

/// Nothing is left to do. `refunded` in minor units.
pub fn close(conn: &mut Conn, id: ReturnId, refunded: i64, amends: Amends) -> Result<()> {
    diesel::update(returns::table.find(id))
        .set((
            returns::state.eq(ReturnState::Closed),
            returns::refunded.eq(refunded),
            returns::settled_as.eq(amends.as_str()),
            returns::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns in one of these states with their orders, the newest first.
pub fn list(conn: &mut Conn, states: &[ReturnState], page: PageRequest) -> Result<Page<(Return, Order)>> {
    let of = || returns::table.inner_join(orders::table.on(orders::id.eq(returns::order_id))).filter(returns::state.eq_any(states));
    let newest = of().order((returns::created_at.desc(), returns::id.desc())).limit(page.limit()).offset(page.offset());
    let rows = newest.select((Return::as_select(), Order::as_select())).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    open: bool,
}

/// Whether the customer may still send things of the order back, by the database's clock: so many days after the last parcel
/// left, or arrived where that is known.
pub fn is_in_time(conn: &mut Conn, order: OrderId, days: i32) -> Result<bool> {
    let found: Open = sql_query(
        "SELECT COALESCE(max(COALESCE(delivered_at, shipped_at)) + make_interval(days => $2) > now(), false) AS open
         FROM shipments WHERE order_id = $1",
    )
    .bind::<BigInt, _>(order)
    .bind::<Integer, _>(days)
    .get_result(conn)?;
    Ok(found.open)
}
