//! Every change of stock, with its cause and who did it.

use diesel::prelude::*;

use crate::{
    base::{Conn, Page, PageRequest, Result, VariantId},
    inventory::model::{Entry, Movement},
    schema::{locations, orders, stock_movements},
};

/// Writes them down, all in one statement. Those that change nothing are left out.
pub fn note(conn: &mut Conn, entries: &[Entry<'_>]) -> Result<()> {
    let telling: Vec<_> = entries.iter().filter(|entry| entry.on_hand != 0 || entry.allocated != 0).collect();
    if !telling.is_empty() {
        diesel::insert_into(stock_movements::table).values(telling).execute(conn)?;
    }
    Ok(())
}

pub fn of_variant(conn: &mut Conn, variant: VariantId, page: PageRequest) -> Result<Page<Movement>> {
    let of = || stock_movements::table.filter(stock_movements::variant_id.eq(variant));
    let joined = of().left_join(orders::table).left_join(locations::table);
    let listed = joined.order(stock_movements::id.desc()).limit(page.limit()).offset(page.offset());
    let columns = (
        stock_movements::cause,
        stock_movements::on_hand,
        stock_movements::allocated,
        orders::number.nullable(),
        locations::name.nullable(),
        stock_movements::receipt_id,
        stock_movements::transfer_id,
        stock_movements::stocktake_id,
        stock_movements::note,
        stock_movements::actor,
        stock_movements::created_at,
    );
    let rows = listed.select(columns).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}
