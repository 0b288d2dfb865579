//! An order's rows become those of another quote. The rows of lines stay, since shipments and returns name them.

use diesel::{dsl::max, prelude::*};

use super::parts::{Known, Parts, insert_fees, insert_parts};
use crate::{
    base::{Conn, Error, OrderId, OrderLineId, Result},
    orders::model::{AddressRow, Edit},
    quote::{Line, Quote},
    schema::{order_addresses, order_discounts, order_fees, order_lines, order_tax_lines, orders},
};

/// Writes what the edit makes of the order. The database checks its sums when the transaction ends.
///
/// # Errors
/// `Conflict` when the order has another revision than the editor saw.
pub fn rewrite(conn: &mut Conn, order: OrderId, edit: &Edit) -> Result<()> {
    let staying = edit.staying();
    let (kept, _) = edit.quote.lines.split_at_checked(staying.len()).ok_or_else(|| Error::internal("a line has no price"))?;
    clear(conn, order)?;
    take_out(conn, edit)?;
    for (id, line) in staying.iter().zip(kept) {
        set_line(conn, *id, line)?;
    }
    let last: Option<i32> = order_lines::table.filter(order_lines::order_id.eq(order)).select(max(order_lines::position)).first(conn)?;
    let fees = insert_fees(conn, order, &edit.quote.fees)?;
    let mut parts = Parts::default();
    parts.add_quote(order, &edit.quote, &Known { lines: &staying, fees: &fees, last: last.unwrap_or(0) });
    insert_parts(conn, &parts)?;
    set_sums(conn, order, edit.revision, &edit.quote)
}

fn clear(conn: &mut Conn, order: OrderId) -> Result<()> {
    diesel::delete(order_tax_lines::table.filter(order_tax_lines::order_id.eq(order))).execute(conn)?;
    diesel::delete(order_discounts::table.filter(order_discounts::order_id.eq(order))).execute(conn)?;
    diesel::delete(order_fees::table.filter(order_fees::order_id.eq(order))).execute(conn)?;
    Ok(())
}

fn take_out(conn: &mut Conn, edit: &Edit) -> Result<()> {
    let out: Vec<OrderLineId> = edit.quantities.iter().filter(|(_, quantity)| *quantity == 0).map(|(line, _)| *line).collect();
    let change = (order_lines::quantity.eq(0), order_lines::total.eq(0));
    diesel::update(order_lines::table.filter(order_lines::id.eq_any(out))).set(change).execute(conn)?;
    Ok(())
}

fn set_line(conn: &mut Conn, id: OrderLineId, line: &Line) -> Result<()> {
    let change =
        (order_lines::quantity.eq(line.quantity), order_lines::unit_price.eq(line.unit_price), order_lines::total.eq(line.total()));
    diesel::update(order_lines::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

fn set_sums(conn: &mut Conn, order: OrderId, revision: i32, quote: &Quote) -> Result<()> {
    let delivery = quote.delivery.as_ref().map(|delivery| &delivery.offer);
    let change = (
        orders::revision.eq(revision + 1),
        (
            orders::items_total.eq(quote.items_total()),
            orders::discount_total.eq(quote.discount_total()),
            orders::delivery_total.eq(quote.delivery_total()),
            orders::fee_total.eq(quote.fee_total()),
            orders::tax_total.eq(quote.tax_total()),
            orders::total.eq(quote.total()),
        ),
        (orders::tax_included.eq(quote.tax_included), orders::tax_treatment.eq(quote.treatment), orders::tax_reason.eq(&quote.tax_reason)),
        (
            orders::delivery_method.eq(delivery.map_or("", |offer| &offer.method.name)),
            orders::shipping_method_id.eq(delivery.and_then(|offer| offer.method.id)),
            orders::delivery_entered.eq(delivery.map_or(0, |offer| offer.entered)),
            orders::is_pickup.eq(delivery.is_some_and(|offer| offer.method.is_pickup)),
        ),
    );
    let seen = orders::table.find(order).filter(orders::revision.eq(revision));
    if diesel::update(seen).set(change).execute(conn)? == 1 {
        return Ok(());
    }
    Err(Error::Conflict("Somebody else has changed this order meanwhile. Look at it again before you change it.".to_owned()))
}

pub fn set_address(conn: &mut Conn, order: OrderId, row: &AddressRow) -> Result<()> {
    let address = order_addresses::table.filter(order_addresses::order_id.eq(order)).filter(order_addresses::kind.eq(&row.kind));
    let change = (
        order_addresses::name.eq(&row.name),
        order_addresses::company.eq(&row.company),
        order_addresses::line1.eq(&row.line1),
        order_addresses::line2.eq(&row.line2),
        order_addresses::city.eq(&row.city),
        order_addresses::region.eq(&row.region),
        order_addresses::postcode.eq(&row.postcode),
        order_addresses::country.eq(&row.country),
    );
    diesel::update(address).set(change).execute(conn)?;
    Ok(())
}
