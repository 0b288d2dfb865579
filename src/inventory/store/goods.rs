//! Papers of goods that move: receipts and transfers. What moved is in the ledger.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};
use uuid::Uuid;

use crate::{
    base::{Conn, LocationId, Page, PageRequest, ReceiptId, Result, TransferId, VariantId},
    inventory::model::{Receipt, Transfer},
    schema::{receipts, transfers},
};

/// `Err` with the earlier one when the form has been sent before.
pub fn insert_receipt(
    conn: &mut Conn,
    submission: Uuid,
    location: LocationId,
    (supplier, reference): (&str, &str),
    actor: &str,
) -> Result<Result<ReceiptId, ReceiptId>> {
    let row = (
        receipts::submission.eq(submission),
        receipts::location_id.eq(location),
        receipts::supplier.eq(supplier),
        receipts::reference.eq(reference),
        receipts::actor.eq(actor),
    );
    let inserted = diesel::insert_into(receipts::table).values(row).on_conflict(receipts::submission).do_nothing();
    match inserted.returning(receipts::id).get_result(conn).optional()? {
        Some(id) => Ok(Ok(id)),
        None => Ok(Err(receipts::table.filter(receipts::submission.eq(submission)).select(receipts::id).first(conn)?)),
    }
}

pub fn receipt(conn: &mut Conn, id: ReceiptId) -> Result<Receipt> {
    Ok(receipts::table.find(id).select(Receipt::as_select()).first(conn)?)
}

/// The newest first, each with the units that came.
pub fn receipts(conn: &mut Conn, page: PageRequest) -> Result<Page<(Receipt, i64)>> {
    let listed = receipts::table.order(receipts::id.desc()).limit(page.limit()).offset(page.offset());
    let rows: Vec<Receipt> = listed.select(Receipt::as_select()).load(conn)?;
    let ids: Vec<_> = rows.iter().map(|row| row.id.0).collect();
    let units = units(conn, "receipt_id", &ids)?;
    let of = |receipt: Receipt| (units.iter().find(|(id, _)| *id == receipt.id.0).map_or(0, |(_, units)| *units), receipt);
    let rows = rows.into_iter().map(of).map(|(units, receipt)| (receipt, units)).collect();
    Ok(page.of(rows, receipts::table.count().get_result(conn)?))
}

/// `Err` with the earlier one when the form has been sent before.
pub fn insert_transfer(
    conn: &mut Conn,
    submission: Uuid,
    (from, to): (LocationId, LocationId),
    reference: &str,
    actor: &str,
) -> Result<Result<TransferId, TransferId>> {
    let row = (
        transfers::submission.eq(submission),
        transfers::from_id.eq(from),
        transfers::to_id.eq(to),
        transfers::reference.eq(reference),
        transfers::actor.eq(actor),
    );
    let inserted = diesel::insert_into(transfers::table).values(row).on_conflict(transfers::submission).do_nothing();
    match inserted.returning(transfers::id).get_result(conn).optional()? {
        Some(id) => Ok(Ok(id)),
        None => Ok(Err(transfers::table.filter(transfers::submission.eq(submission)).select(transfers::id).first(conn)?)),
    }
}

pub fn transfer(conn: &mut Conn, id: TransferId) -> Result<Transfer> {
    Ok(transfers::table.find(id).select(Transfer::as_select()).first(conn)?)
}

/// The newest first, each with the units that were carried.
pub fn transfers(conn: &mut Conn, page: PageRequest) -> Result<Page<(Transfer, i64)>> {
    let listed = transfers::table.order(transfers::id.desc()).limit(page.limit()).offset(page.offset());
    let rows: Vec<Transfer> = listed.select(Transfer::as_select()).load(conn)?;
    let ids: Vec<_> = rows.iter().map(|row| row.id.0).collect();
    let units = units(conn, "transfer_id", &ids)?;
    let of = |transfer: Transfer| (units.iter().find(|(id, _)| *id == transfer.id.0).map_or(0, |(_, units)| *units), transfer);
    let rows = rows.into_iter().map(of).map(|(units, transfer)| (transfer, units)).collect();
    Ok(page.of(rows, transfers::table.count().get_result(conn)?))
}

#[derive(QueryableByName)]
struct Units {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    units: i64,
}

/// `column` is one of the ledger's own.
fn units(conn: &mut Conn, column: &'static str, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let summed = format!(
        "SELECT {column} AS id, sum(on_hand)::bigint AS units FROM stock_movements WHERE {column} = ANY($1) AND on_hand > 0 GROUP BY {column}"
    );
    let rows: Vec<Units> = sql_query(summed).bind::<diesel::sql_types::Array<BigInt>, _>(ids).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.units)).collect())
}

/// A line of a paper.
#[derive(QueryableByName, Clone, Debug)]
pub struct Moved {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = diesel::sql_types::Array<Text>)]
    pub option_values: Vec<String>,
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = Integer)]
    pub units: i32,
}

/// Lines of a paper at most; its form takes no more.
const MOST: i64 = 1000;

pub fn received(conn: &mut Conn, id: ReceiptId) -> Result<Vec<Moved>> {
    moved(conn, "receipt_id", id.0)
}

pub fn transferred(conn: &mut Conn, id: TransferId) -> Result<Vec<Moved>> {
    moved(conn, "transfer_id", id.0)
}

fn moved(conn: &mut Conn, column: &'static str, id: i64) -> Result<Vec<Moved>> {
    let listed = format!(
        "SELECT v.id AS variant_id, p.title, v.option_values, v.sku, m.on_hand AS units
         FROM stock_movements m JOIN variants v ON v.id = m.variant_id JOIN products p ON p.id = v.product_id
         WHERE m.{column} = $1 AND m.on_hand > 0 ORDER BY v.sku LIMIT $2"
    );
    Ok(sql_query(listed).bind::<BigInt, _>(id).bind::<BigInt, _>(MOST).load(conn)?)
}
