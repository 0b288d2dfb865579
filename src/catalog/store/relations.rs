//! What stands on a product's page beside it: named by staff, or bought together with it. The page itself reads it with all else
//! (`sheets`).

use diesel::prelude::*;

use crate::{
    base::{Conn, ProductId, Result},
    catalog::model::Relation,
    schema::{bought_together, related_products},
};

/// Products of one relation, at most.
pub const MOST: i64 = 12;

/// Products that staff or an import named, in their order.
pub fn of(conn: &mut Conn, id: ProductId, kind: Relation) -> Result<Vec<ProductId>> {
    let of_kind = related_products::table.filter(related_products::product_id.eq(id)).filter(related_products::kind.eq(kind));
    let order = (related_products::position, related_products::related_id);
    Ok(of_kind.order(order).limit(MOST).select(related_products::related_id).load(conn)?)
}

/// The same products as related, in their order.
pub fn related(conn: &mut Conn, id: ProductId) -> Result<Vec<ProductId>> {
    of(conn, id, Relation::Related)
}

/// Names these in this relation and no others. What is named otherwise already changes over.
pub fn replace(conn: &mut Conn, id: ProductId, kind: Relation, others: &[ProductId]) -> Result<()> {
    let of_it = related_products::table.filter(related_products::product_id.eq(id));
    diesel::delete(of_it.filter(related_products::kind.eq(kind).or(related_products::related_id.eq_any(others)))).execute(conn)?;
    let row = |(at, other): (i32, &ProductId)| {
        (
            related_products::product_id.eq(id),
            related_products::related_id.eq(*other),
            related_products::position.eq(at),
            related_products::kind.eq(kind),
        )
    };
    let rows: Vec<_> = (0..).zip(others).filter(|(_, other)| **other != id).map(row).collect();
    diesel::insert_into(related_products::table).values(rows).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// What is often bought with it, what goes best first.
pub fn bought_with(conn: &mut Conn, id: ProductId) -> Result<Vec<ProductId>> {
    let of = bought_together::table.filter(bought_together::product_id.eq(id)).order(bought_together::position).limit(MOST);
    Ok(of.select(bought_together::other_id).load(conn)?)
}
