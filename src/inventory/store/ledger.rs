//! Every change of stock, with its cause and who did it.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Text},
};

use crate::{
    base::{Conn, OrderId, Page, PageRequest, Result, VariantId},
    inventory::model::{Cause, Entry, Movement, NewStock},
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

/// The first entries of variants whose stock begins, at the default location. None of those that begin without a unit.
pub fn begin(conn: &mut Conn, new: &[NewStock], cause: Cause, actor: &str) -> Result<()> {
    let (variants, units): (Vec<i64>, Vec<i32>) =
        new.iter().filter_map(|new| Some((new.variant.0, new.on_hand.filter(|units| *units != 0)?))).unzip();
    if variants.is_empty() {
        return Ok(());
    }
    let insert = sql_query(
        "INSERT INTO stock_movements (variant_id, cause, on_hand, allocated, actor, location_id)
         SELECT n.variant_id, $3, n.units, 0, $4, (SELECT id FROM locations WHERE is_default) FROM unnest($1, $2) AS n (variant_id, units)",
    );
    insert
        .bind::<Array<BigInt>, _>(variants)
        .bind::<Array<Integer>, _>(units)
        .bind::<Text, _>(cause.as_str())
        .bind::<Text, _>(actor)
        .execute(conn)?;
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

/// Units of each variant that left for the order and did not come back.
pub fn gone(conn: &mut Conn, order: OrderId) -> Result<HashMap<VariantId, i32>> {
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = BigInt)]
        variant_id: VariantId,
        #[diesel(sql_type = Integer)]
        units: i32,
    }
    let summed = sql_query(
        "SELECT variant_id, -sum(on_hand)::integer AS units FROM stock_movements
         WHERE order_id = $1 AND cause IN ('shipped', 'returned') GROUP BY variant_id",
    );
    let rows: Vec<Gone> = summed.bind::<BigInt, _>(order).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.variant_id, row.units)).collect())
}

/// Books of a variant that say different things.
#[derive(QueryableByName, Clone, Debug)]
pub struct Disagreement {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = Text)]
    pub sku: String,
    /// The columns of the stock row that their own books contradict.
    #[diesel(sql_type = Text)]
    pub wrong: String,
}

/// Variants whose ledger, locations or holds don't add up to their stock row. There should be none, whatever raced.
pub fn disagreements(conn: &mut Conn, limit: i64) -> Result<Vec<Disagreement>> {
    let told = sql_query(
        "WITH books AS (
             SELECT s.variant_id, s.on_hand, s.allocated, s.reserved,
                    COALESCE(m.on_hand, 0) AS moved, COALESCE(m.allocated, 0) AS promised, COALESCE(l.on_hand, 0) AS placed,
                    COALESCE(r.quantity, 0) AS held
             FROM stock s
             LEFT JOIN (SELECT variant_id, sum(on_hand) AS on_hand, sum(allocated) AS allocated FROM stock_movements GROUP BY 1) m USING (variant_id)
             LEFT JOIN (SELECT variant_id, sum(on_hand) AS on_hand FROM location_stock GROUP BY 1) l USING (variant_id)
             LEFT JOIN (SELECT variant_id, sum(quantity) AS quantity FROM reservations GROUP BY 1) r USING (variant_id)
         )
         SELECT b.variant_id, v.sku, concat_ws(', ', CASE WHEN b.on_hand <> b.moved THEN 'on_hand (ledger)' END,
                CASE WHEN b.on_hand <> b.placed THEN 'on_hand (locations)' END, CASE WHEN b.allocated <> b.promised THEN 'allocated' END,
                CASE WHEN b.reserved <> b.held THEN 'reserved' END) AS wrong
         FROM books b JOIN variants v ON v.id = b.variant_id
         WHERE b.on_hand <> b.moved OR b.on_hand <> b.placed OR b.allocated <> b.promised OR b.reserved <> b.held
         ORDER BY b.variant_id LIMIT $1",
    );
    Ok(told.bind::<BigInt, _>(limit).load(conn)?)
}
