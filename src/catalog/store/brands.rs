use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt},
};

use crate::{
    base::{BrandId, Conn, Error, MediaId, OnConstraint, Page, PageRequest, Result, typed},
    catalog::model::{Brand, BrandChange, BrandListed},
    media::Media,
    schema::{brands, media},
};

pub fn find(conn: &mut Conn, id: BrandId) -> Result<Brand> {
    Ok(brands::table.find(id).select(Brand::as_select()).first(conn)?)
}

/// The same, changed by nobody else before this transaction ends.
pub fn lock(conn: &mut Conn, id: BrandId) -> Result<Brand> {
    Ok(brands::table.find(id).for_update().select(Brand::as_select()).first(conn)?)
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Brand>> {
    Ok(brands::table.filter(brands::slug.eq(slug)).select(Brand::as_select()).first(conn).optional()?)
}

/// The brand of this name, whatever the case.
pub fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Brand>> {
    diesel::define_sql_function! { fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }
    let named = brands::table.filter(lower(brands::name).eq(lower(name.trim())));
    Ok(named.select(Brand::as_select()).first(conn).optional()?)
}

/// The first brands by name, to choose from.
pub fn some(conn: &mut Conn) -> Result<Vec<Brand>> {
    Ok(brands::table.order((brands::name, brands::id)).limit(1000).select(Brand::as_select()).load(conn)?)
}

/// Brands whose name holds the text, by name.
pub fn list(conn: &mut Conn, text: &str, page: PageRequest) -> Result<Page<BrandListed>> {
    let named = || brands::table.filter(brands::name.ilike(format!("%{}%", typed::like(text))));
    let listed = named().left_join(media::table).order((brands::name, brands::id)).limit(page.limit()).offset(page.offset());
    let rows: Vec<(Brand, Option<Media>)> = listed.select((Brand::as_select(), Option::<Media>::as_select())).load(conn)?;
    let counts = counts(conn, "brand_id", &rows.iter().map(|(brand, _)| brand.id).collect::<Vec<_>>())?;
    let with = |(brand, media): (Brand, _)| BrandListed { products: counts.get(&brand.id).copied().unwrap_or(0), brand, media };
    Ok(page.of(rows.into_iter().map(with).collect(), named().count().get_result(conn)?))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    id: BrandId,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Products of each, counted up to a thousand.
fn counts(conn: &mut Conn, column: &str, ids: &[BrandId]) -> Result<HashMap<BrandId, i64>> {
    let counted = format!(
        "SELECT i.id, (SELECT count(*) FROM (SELECT FROM products p WHERE p.{column} = i.id LIMIT 1000) b) AS count FROM unnest($1) AS i(id)"
    );
    let rows: Vec<Count> = sql_query(counted).bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// Brands of which something is for sale now, by name.
pub fn in_shop(conn: &mut Conn, page: PageRequest) -> Result<Page<BrandListed>> {
    use diesel::{dsl::sql, sql_types::Bool};
    let sold = || {
        let any = "EXISTS (SELECT FROM shelves s WHERE s.kind = 'b' AND s.of_id = brands.id
                   AND (s.shown_from IS NULL OR s.shown_from <= now()) AND (s.shown_until IS NULL OR s.shown_until > now()))";
        brands::table.filter(sql::<Bool>(any))
    };
    let listed = sold().left_join(media::table).order((brands::name, brands::id)).limit(page.limit()).offset(page.offset());
    let rows: Vec<(Brand, Option<Media>)> = listed.select((Brand::as_select(), Option::<Media>::as_select())).load(conn)?;
    let listed = rows.into_iter().map(|(brand, media)| BrandListed { brand, media, products: 0 });
    Ok(page.of(listed.collect(), sold().count().get_result(conn)?))
}

pub fn media_of(conn: &mut Conn, id: BrandId) -> Result<Option<Media>> {
    let of = brands::table.inner_join(media::table).filter(brands::id.eq(id));
    Ok(of.select(Media::as_select()).first(conn).optional()?)
}

/// # Errors
/// `Invalid` on `name` or `slug` when another has it.
pub fn save(conn: &mut Conn, id: Option<BrandId>, change: &BrandChange) -> Result<BrandId> {
    let saved = match id {
        Some(id) => diesel::update(brands::table.find(id)).set(change).returning(brands::id).get_result(conn),
        None => diesel::insert_into(brands::table).values(change).returning(brands::id).get_result(conn),
    };
    saved
        .on_constraint("brands_slug_key", || Error::invalid("slug", "Another brand has this address. Choose another"))
        .on_constraint("brands_name_key", || Error::invalid("name", "There is a brand of this name already"))
}

pub fn set_picture(conn: &mut Conn, id: BrandId, picture: Option<MediaId>) -> Result<()> {
    let changed = diesel::update(brands::table.find(id)).set(brands::media_id.eq(picture)).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// # Errors
/// `Conflict` while products bear its name.
pub fn delete(conn: &mut Conn, id: BrandId) -> Result<()> {
    let in_use = || Error::Conflict("There are products of this brand. Give them another one first.".to_owned());
    let in_rule = || Error::Conflict("A rule of a collection names this brand. Change the rule first.".to_owned());
    let deleted = diesel::delete(brands::table.find(id)).execute(conn);
    let deleted = deleted.on_constraint("products_brand_fkey", in_use).on_constraint("collection_rules_brand_fkey", in_rule)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}
