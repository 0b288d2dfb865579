use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text, Timestamptz},
};

use super::model::{Filter, Invoice, InvoiceKind, Listed, NewInvoice, Prefixes, Taken};
use crate::{
    base::{Conn, Error, InvoiceId, OnConstraint, OrderId, Page, PageRequest, Result, typed},
    schema::{invoices, number_series, orders, store},
};

diesel::define_sql_function! { fn lower(text: Text) -> Text; }

/// Takes the series' next number. Whoever else wants one waits until this transaction ends, and gets this one if it is rolled
/// back: so there is no gap, and later numbers have later dates.
pub fn take_number(conn: &mut Conn, series: &str) -> Result<Taken> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        number: i64,
        #[diesel(sql_type = Timestamptz)]
        at: DateTime<Utc>,
    }
    diesel::insert_into(number_series::table).values(number_series::series.eq(series)).on_conflict_do_nothing().execute(conn)?;
    let taken =
        sql_query("UPDATE number_series SET next = next + 1 WHERE series = $1 RETURNING next - 1 AS number, clock_timestamp() AS at")
            .bind::<Text, _>(series)
            .get_result::<Row>(conn)?;
    Ok(Taken { number: taken.number, at: taken.at })
}

pub fn insert(conn: &mut Conn, new: &NewInvoice<'_>) -> Result<InvoiceId> {
    diesel::insert_into(invoices::table)
        .values(new)
        .returning(invoices::id)
        .get_result(conn)
        .on_constraint("invoices_one_per_order", || Error::Conflict("This order has an invoice that stands".to_owned()))
        .on_constraint("invoices_credit_within_invoice", || {
            Error::Conflict("That is more than is left of the invoice to give back".to_owned())
        })
        .on_constraint("invoices_corrects_its_own", || Error::Conflict("This is the invoice of another order".to_owned()))
}

/// Holds an invoice, so that its credit notes come one after the other.
pub fn lock(conn: &mut Conn, id: InvoiceId) -> Result<()> {
    invoices::table.find(id).select(invoices::id).for_update().first::<InvoiceId>(conn)?;
    Ok(())
}

pub fn prefixes(conn: &mut Conn) -> Result<Prefixes> {
    Ok(store::table.find(1).select((store::invoice_prefix, store::credit_note_prefix)).first(conn)?)
}

/// The year by the database's clock, in UTC.
pub fn year(conn: &mut Conn) -> Result<i32> {
    Ok(diesel::select(sql::<Integer>("extract(year FROM clock_timestamp() AT TIME ZONE 'UTC')::int")).get_result(conn)?)
}

pub fn find(conn: &mut Conn, id: InvoiceId) -> Result<Invoice> {
    Ok(invoices::table.find(id).select(Invoice::as_select()).first(conn)?)
}

pub fn find_by_number(conn: &mut Conn, formatted: &str) -> Result<Invoice> {
    Ok(invoices::table.filter(invoices::formatted.eq(formatted)).select(Invoice::as_select()).first(conn)?)
}

/// How often the order was changed by then.
pub fn revision_of(conn: &mut Conn, order: OrderId) -> Result<i32> {
    Ok(orders::table.find(order).select(orders::revision).first(conn)?)
}

/// The invoice of an order, if it has one yet; the last one, where others were taken back.
pub fn invoice_of_order(conn: &mut Conn, order: OrderId) -> Result<Option<Invoice>> {
    let of = invoices::table.filter(invoices::order_id.eq(order)).filter(invoices::kind.eq(InvoiceKind::Invoice));
    Ok(of.order(invoices::id.desc()).select(Invoice::as_select()).first(conn).optional()?)
}

/// An order's invoices and credit notes, the oldest first.
pub fn of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Invoice>> {
    let of = invoices::table.filter(invoices::order_id.eq(order)).order(invoices::id);
    Ok(of.limit(200).select(Invoice::as_select()).load(conn)?)
}

/// The newest first.
pub fn list(conn: &mut Conn, filter: &Filter, page: PageRequest) -> Result<Page<Listed>> {
    let total = narrowed(filter).count().get_result(conn)?;
    let newest = narrowed(filter).order((invoices::issued_at.desc(), invoices::id.desc()));
    let items = newest.limit(page.limit()).offset(page.offset()).select(Listed::as_select()).load(conn)?;
    Ok(page.of(items, total))
}

/// For an export: the oldest first, from behind this one on.
pub fn after(conn: &mut Conn, filter: &Filter, id: InvoiceId, limit: i64) -> Result<Vec<Invoice>> {
    let next = narrowed(filter).filter(invoices::id.gt(id)).order(invoices::id);
    Ok(next.limit(limit).select(Invoice::as_select()).load(conn)?)
}

fn narrowed(filter: &Filter) -> invoices::BoxedQuery<'static, Pg> {
    let mut query = invoices::table.into_boxed();
    if !filter.text.is_empty() {
        let number = format!("{}%", typed::like(&filter.text.to_uppercase()));
        let name = format!("{}%", typed::like(&filter.text.to_lowercase()));
        let by_number = invoices::formatted.like(number.clone()).or(invoices::order_number.like(number));
        query = query.filter(by_number.or(lower(invoices::buyer).like(name)));
    }
    if let Some((from, until)) = filter.within {
        query = query.filter(invoices::issued_at.ge(from)).filter(invoices::issued_at.lt(until));
    }
    match filter.kind {
        Some(kind) => query.filter(invoices::kind.eq(kind)),
        None => query,
    }
}
