//! What staff have said of words: synonyms, and products that stand first.

use diesel::{dsl::now, prelude::*};

use crate::{
    base::{Conn, Error, OnConstraint, Page, PageRequest, ProductId, Result, SynonymId, TextList},
    schema::{products, search_pins, search_synonyms, variants},
    search::model::{Pinned, SynonymRow},
};

/// Rows of synonyms that servers keep in memory.
const MOST: i64 = 5000;

pub fn synonyms(conn: &mut Conn) -> Result<Vec<SynonymRow>> {
    Ok(search_synonyms::table.order(search_synonyms::id).limit(MOST).select(SynonymRow::as_select()).load(conn)?)
}

pub fn list_synonyms(conn: &mut Conn, page: PageRequest) -> Result<Page<SynonymRow>> {
    let listed = search_synonyms::table.order((search_synonyms::words, search_synonyms::id)).limit(page.limit()).offset(page.offset());
    let rows = listed.select(SynonymRow::as_select()).load(conn)?;
    Ok(page.of(rows, search_synonyms::table.count().get_result(conn)?))
}

pub fn synonym(conn: &mut Conn, id: SynonymId) -> Result<SynonymRow> {
    Ok(search_synonyms::table.find(id).select(SynonymRow::as_select()).first(conn)?)
}

/// # Errors
/// `Invalid` on `words` when the same words are there already.
pub fn save_synonym(conn: &mut Conn, id: Option<SynonymId>, words: &[String], one_way: bool) -> Result<()> {
    let words = search_synonyms::words.eq(TextList(words.to_vec()));
    let values = (words, search_synonyms::one_way.eq(one_way), search_synonyms::updated_at.eq(now));
    let saved = match id {
        Some(id) => diesel::update(search_synonyms::table.find(id)).set(values).execute(conn),
        None => diesel::insert_into(search_synonyms::table).values(values).execute(conn),
    };
    let taken = || Error::invalid("words", "These words are in the list already");
    if saved.on_constraint("search_synonyms_key", taken)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn delete_synonym(conn: &mut Conn, id: SynonymId) -> Result<()> {
    let deleted = diesel::delete(search_synonyms::table.find(id)).execute(conn)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Products that stand first for this search, in their order.
pub fn pinned(conn: &mut Conn, query: &str) -> Result<Vec<ProductId>> {
    let of = search_pins::table.filter(search_pins::query.eq(query)).order(search_pins::position);
    Ok(of.limit(50).select(search_pins::product_id).load(conn)?)
}

pub fn list_pins(conn: &mut Conn, page: PageRequest) -> Result<Page<Pinned>> {
    let queries = search_pins::table.select(search_pins::query).distinct().order(search_pins::query);
    let listed: Vec<String> = queries.limit(page.limit()).offset(page.offset()).load(conn)?;
    let total = search_pins::table.select(diesel::dsl::count(search_pins::query).aggregate_distinct()).first(conn)?;
    let pins = listed.into_iter().map(|query| pins_of(conn, query)).collect::<Result<_>>()?;
    Ok(page.of(pins, total))
}

/// The products of one search, with one SKU each.
pub fn pins_of(conn: &mut Conn, query: String) -> Result<Pinned> {
    let pinned = search_pins::table.inner_join(products::table).filter(search_pins::query.eq(&query)).order(search_pins::position);
    let rows: Vec<(ProductId, String)> = pinned.select((search_pins::product_id, products::title)).limit(50).load(conn)?;
    let mut listed = vec![];
    for (id, title) in rows {
        let first = variants::table.filter(variants::product_id.eq(id)).order((
            variants::archived_at.is_not_null(),
            variants::position,
            variants::id,
        ));
        let sku: Option<String> = first.select(variants::sku).first(conn).optional()?;
        listed.push((id, sku.unwrap_or_default(), title));
    }
    Ok(Pinned { query, products: listed })
}

/// Puts these in the place of what the search had.
pub fn replace_pins(conn: &mut Conn, query: &str, ids: &[ProductId]) -> Result<()> {
    diesel::delete(search_pins::table.filter(search_pins::query.eq(query))).execute(conn)?;
    let row = |(at, id): (i32, &ProductId)| {
        (search_pins::query.eq(query.to_owned()), search_pins::product_id.eq(*id), search_pins::position.eq(at))
    };
    let rows: Vec<_> = (0..).zip(ids).map(row).collect();
    diesel::insert_into(search_pins::table).values(rows).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// The product that has this SKU, whatever its case.
pub fn product_of(conn: &mut Conn, sku: &str) -> Result<Option<ProductId>> {
    diesel::define_sql_function! { fn upper(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }
    Ok(variants::table.filter(upper(variants::sku).eq(sku.to_uppercase())).select(variants::product_id).first(conn).optional()?)
}
