//! Stocktakes and their lines.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};

use crate::{
    base::{CategoryId, Conn, Error, LocationId, OnConstraint, Page, PageRequest, Result, StocktakeId, VariantId},
    inventory::model::{Stocktake, StocktakeState},
    schema::{stocktake_lines, stocktakes},
};

/// # Errors
/// `Conflict` when the same is being counted already.
pub fn insert(conn: &mut Conn, location: LocationId, scope: &str, actor: &str) -> Result<StocktakeId> {
    let row = (stocktakes::location_id.eq(location), stocktakes::scope.eq(scope), stocktakes::actor.eq(actor));
    diesel::insert_into(stocktakes::table).values(row).returning(stocktakes::id).get_result(conn).on_constraint(
        "stocktakes_one_open",
        || {
            Error::Conflict(
                "The same is being counted already: there is an open stocktake of it below. Finish or abandon that one first.".into(),
            )
        },
    )
}

/// Writes down what is to be counted, and how many that is: all that is counted at all, in the category or one below it. At
/// other than the default location only what is or has been there.
pub fn insert_lines(conn: &mut Conn, id: StocktakeId, category: Option<CategoryId>) -> Result<usize> {
    let lines = sql_query(
        "INSERT INTO stocktake_lines (stocktake_id, variant_id)
         SELECT t.id, v.id FROM stocktakes t JOIN locations l ON l.id = t.location_id, variants v
             JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id
         WHERE t.id = $1 AND COALESCE(s.tracked, true) AND v.archived_at IS NULL AND p.status <> 'archived'
           AND NOT v.is_bundle
           AND ($2 = 0 OR EXISTS (SELECT FROM product_categories c JOIN categories k ON k.id = c.category_id
                                  WHERE c.product_id = p.id AND $2 IN (k.id, k.parent_id)))
           AND (l.is_default OR EXISTS (SELECT FROM location_stock x WHERE x.variant_id = v.id AND x.location_id = l.id))",
    );
    Ok(lines.bind::<BigInt, _>(id).bind::<BigInt, _>(category.map_or(0, |category| category.0)).execute(conn)?)
}

/// One more to count, found where none was expected.
pub fn insert_line(conn: &mut Conn, id: StocktakeId, variant: VariantId) -> Result<()> {
    let row = (stocktake_lines::stocktake_id.eq(id), stocktake_lines::variant_id.eq(variant));
    diesel::insert_into(stocktake_lines::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: StocktakeId) -> Result<Stocktake> {
    Ok(stocktakes::table.find(id).select(Stocktake::as_select()).first(conn)?)
}

pub fn lock(conn: &mut Conn, id: StocktakeId) -> Result<Stocktake> {
    Ok(stocktakes::table.find(id).select(Stocktake::as_select()).for_update().first(conn)?)
}

/// The newest first, those open before all.
pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<Stocktake>> {
    let order = (stocktakes::state.eq(StocktakeState::Open).desc(), stocktakes::id.desc());
    let listed = stocktakes::table.order(order).limit(page.limit()).offset(page.offset());
    let rows = listed.select(Stocktake::as_select()).load(conn)?;
    Ok(page.of(rows, stocktakes::table.count().get_result(conn)?))
}

pub fn close(conn: &mut Conn, id: StocktakeId, state: StocktakeState, actor: &str) -> Result<()> {
    let closed = (
        stocktakes::state.eq(state),
        stocktakes::closed_at.eq(diesel::dsl::now.into_sql::<Timestamptz>().nullable()),
        stocktakes::closed_by.eq(Some(actor)),
    );
    diesel::update(stocktakes::table.find(id)).set(closed).execute(conn)?;
    Ok(())
}

/// What is to be counted, and what was.
#[derive(QueryableByName, Clone, Debug)]
pub struct Line {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Array<Text>)]
    pub option_values: Vec<String>,
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = Nullable<Integer>)]
    pub counted: Option<i32>,
    /// On hand at the location, by the books, when the count was entered.
    #[diesel(sql_type = Nullable<Integer>)]
    pub expected: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub counted_by: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub counted_at: Option<DateTime<Utc>>,
}

impl Line {
    /// Units more (or fewer) than the books say; `None`: not counted.
    pub fn difference(&self) -> Option<i32> {
        Some(self.counted? - self.expected?)
    }
}

const LINES: &str = "
    SELECT l.variant_id, p.title, v.option_values, v.sku, l.counted, l.expected, l.counted_by, l.counted_at
    FROM stocktake_lines l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
    WHERE l.stocktake_id = $1";

#[derive(QueryableByName, Clone, Copy, Debug)]
pub struct Progress {
    #[diesel(sql_type = BigInt)]
    pub lines: i64,
    #[diesel(sql_type = BigInt)]
    pub counted: i64,
    #[diesel(sql_type = BigInt)]
    pub different: i64,
}

pub fn progress(conn: &mut Conn, id: StocktakeId) -> Result<Progress> {
    let counted = sql_query(
        "SELECT count(*) AS lines, count(counted) AS counted, count(*) FILTER (WHERE counted <> expected) AS different
         FROM stocktake_lines WHERE stocktake_id = $1",
    );
    Ok(counted.bind::<BigInt, _>(id).get_result(conn)?)
}

/// A page of the lines by their SKUs.
pub fn lines(conn: &mut Conn, id: StocktakeId, page: PageRequest) -> Result<Page<Line>> {
    let listed = sql_query(format!("{LINES} ORDER BY v.sku LIMIT $2 OFFSET $3"));
    let rows = listed.bind::<BigInt, _>(id).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    Ok(page.of(rows, progress(conn, id)?.lines))
}

/// A page of the lines that were counted and differ from the books.
pub fn differences(conn: &mut Conn, id: StocktakeId, page: PageRequest) -> Result<Page<Line>> {
    let listed = sql_query(format!("{LINES} AND l.counted <> l.expected ORDER BY v.sku LIMIT $2 OFFSET $3"));
    let rows = listed.bind::<BigInt, _>(id).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    Ok(page.of(rows, progress(conn, id)?.different))
}

/// All differences, in the order in which their stock is locked.
pub fn to_book(conn: &mut Conn, id: StocktakeId) -> Result<Vec<Line>> {
    Ok(sql_query(format!("{LINES} AND l.counted <> l.expected ORDER BY l.variant_id")).bind::<BigInt, _>(id).load(conn)?)
}

#[derive(QueryableByName)]
struct Entered {
    #[diesel(sql_type = Bool)]
    _entered: bool,
}

/// Writes down what was counted beside what the books say now. The same count again changes nothing, so that a page that is
/// saved twice does not move the moment of its counts.
pub fn enter(conn: &mut Conn, id: StocktakeId, variant: VariantId, counted: Option<i32>, actor: &str) -> Result<bool> {
    let entered: Option<Entered> = sql_query(
        "UPDATE stocktake_lines l SET counted = $3, counted_by = CASE WHEN $3 IS NOT NULL THEN $4 END,
             counted_at = CASE WHEN $3 IS NOT NULL THEN clock_timestamp() END,
             expected = CASE WHEN $3 IS NOT NULL THEN COALESCE((SELECT x.on_hand FROM location_stock x JOIN stocktakes t ON t.id = $1
                 WHERE x.variant_id = $2 AND x.location_id = t.location_id), 0) END
         WHERE l.stocktake_id = $1 AND l.variant_id = $2 AND l.counted IS DISTINCT FROM $3 RETURNING true AS _entered",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(variant)
    .bind::<Nullable<Integer>, _>(counted)
    .bind::<Text, _>(actor)
    .get_result(conn)
    .optional()?;
    Ok(entered.is_some())
}
