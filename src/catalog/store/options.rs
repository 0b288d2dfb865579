//! What there is to choose, read without reading all variants.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text},
};

use crate::{
    base::{Conn, ProductId, Result, VariantId, prepared},
    catalog::model::Variant,
    schema::{option_values, variants},
};

/// A value that staff see and put in order.
#[derive(Queryable, Clone, Debug, PartialEq, Eq)]
pub struct OptionValueRow {
    /// Which option, from 1.
    pub option: i32,
    pub value: String,
    pub position: i32,
    /// A variant that is not archived has it.
    pub used: bool,
}

/// All values of all options, in their order.
pub fn values(conn: &mut Conn, product: ProductId) -> Result<Vec<OptionValueRow>> {
    let of = option_values::table.filter(option_values::product_id.eq(product));
    let order = (option_values::option, option_values::position, option_values::value);
    let columns = (option_values::option, option_values::value, option_values::position, option_values::used);
    Ok(of.order(order).select(columns).limit(6000).load(conn)?)
}

/// Variants that are sold and fit these wishes, in their order: `most` of them after the first `after`.
pub fn fitting(conn: &mut Conn, product: ProductId, wishes: &[Option<String>], after: i64, most: i64) -> Result<Vec<Variant>> {
    let wish = |at: usize| wishes.get(at).cloned().flatten();
    let fits = sql_query(
        "SELECT id FROM variants WHERE product_id = $1 AND archived_at IS NULL AND ($2 IS NULL OR option_values[1] = $2)
         AND ($3 IS NULL OR option_values[2] = $3) AND ($4 IS NULL OR option_values[3] = $4) ORDER BY position, id LIMIT $5 OFFSET $6",
    );
    let rows: Vec<Id> = prepared(
        fits.bind::<BigInt, _>(product.0)
            .bind::<Nullable<Text>, _>(wish(0))
            .bind::<Nullable<Text>, _>(wish(1))
            .bind::<Nullable<Text>, _>(wish(2))
            .bind::<BigInt, _>(most)
            .bind::<BigInt, _>(after),
    )
    .load(conn)?;
    let ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    let mut found: Vec<Variant> = variants::table.filter(variants::id.eq_any(&ids)).select(Variant::as_select()).load(conn)?;
    found.sort_by_key(|variant| (variant.position, variant.id));
    Ok(found)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: VariantId,
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = BigInt)]
    id: VariantId,
    #[diesel(sql_type = Array<Text>)]
    option_values: Vec<String>,
}

/// Which of these combinations are made and sold. Each is looked up by the index that keeps combinations unique.
pub fn made(conn: &mut Conn, product: ProductId, combinations: &[Vec<String>]) -> Result<Vec<(VariantId, Vec<String>)>> {
    let Some(options) = combinations.first().map(Vec::len) else { return Ok(vec![]) };
    let column = |at: usize| combinations.iter().map(|values| values.get(at).cloned().unwrap_or_default()).collect::<Vec<_>>();
    let looked_up = sql_query(
        "SELECT v.id, v.option_values FROM unnest($2, $3, $4) AS c(a, b, c)
         JOIN variants v ON v.product_id = $1 AND v.option_values = (ARRAY[c.a, c.b, c.c])[1:$5] WHERE v.archived_at IS NULL",
    );
    let rows: Vec<Made> = prepared(
        looked_up
            .bind::<BigInt, _>(product.0)
            .bind::<Array<Text>, _>(column(0))
            .bind::<Array<Text>, _>(column(1))
            .bind::<Array<Text>, _>(column(2))
            .bind::<Integer, _>(options as i32),
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.option_values)).collect())
}

/// Puts a value at a place.
pub fn set_position(conn: &mut Conn, product: ProductId, option: i32, value: &str, position: i32) -> Result<()> {
    diesel::update(option_values::table.find((product, option, value))).set(option_values::position.eq(position)).execute(conn)?;
    Ok(())
}

/// Calls a value something else, in all variants that have it, archived ones too.
pub fn rename(conn: &mut Conn, product: ProductId, option: i32, from: &str, to: &str) -> Result<()> {
    let position: Option<i32> =
        option_values::table.find((product, option, from)).select(option_values::position).first(conn).optional()?;
    sql_query("UPDATE variants SET option_values[$2] = $4, updated_at = now() WHERE product_id = $1 AND option_values[$2] = $3")
        .bind::<BigInt, _>(product.0)
        .bind::<Integer, _>(option)
        .bind::<Text, _>(from)
        .bind::<Text, _>(to)
        .execute(conn)?;
    diesel::delete(option_values::table.find((product, option, from))).execute(conn)?;
    set_position(conn, product, option, to, position.unwrap_or(0))
}

/// Forgets values that no variant has, archived or not.
pub fn forget_unused(conn: &mut Conn, product: ProductId) -> Result<()> {
    sql_query(
        "DELETE FROM option_values o WHERE o.product_id = $1 AND NOT o.used
         AND NOT EXISTS (SELECT FROM variants v WHERE v.product_id = o.product_id AND v.option_values[o.option] = o.value)",
    )
    .bind::<BigInt, _>(product.0)
    .execute(conn)?;
    Ok(())
}
