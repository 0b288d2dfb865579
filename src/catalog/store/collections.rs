//! Collections, their rules and their members.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Jsonb},
};

use crate::{
    base::{CollectionId, Conn, Error, MediaId, OnConstraint, Page, PageRequest, ProductId, Result, prepared, typed},
    catalog::model::{Collection, CollectionChange, CollectionListed, NamedRule, Rule},
    media::Media,
    schema::{attribute_choices, brands, collection_members, collection_rules, collections, media},
};

/// Products of a collection that staff put in order, at most.
pub const BY_HAND: usize = 1000;

/// Rules of one collection, at most.
pub const RULES: usize = 20;

pub fn find(conn: &mut Conn, id: CollectionId) -> Result<Collection> {
    Ok(collections::table.find(id).filter(collections::leaving.eq(false)).select(Collection::as_select()).first(conn)?)
}

/// The collection as it is, locked.
pub fn lock(conn: &mut Conn, id: CollectionId) -> Result<Collection> {
    let found = collections::table.find(id).filter(collections::leaving.eq(false)).for_no_key_update();
    Ok(found.select(Collection::as_select()).first(conn)?)
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Collection>> {
    let named = collections::table.filter(collections::slug.eq(slug)).filter(collections::leaving.eq(false));
    Ok(named.select(Collection::as_select()).first(conn).optional()?)
}

/// Collections whose title holds the text, in their order.
pub fn list(conn: &mut Conn, text: &str, page: PageRequest) -> Result<Page<CollectionListed>> {
    let like = format!("%{}%", typed::like(text));
    let named = || collections::table.filter(collections::leaving.eq(false)).filter(collections::title.ilike(&like));
    let listed = named().left_join(media::table).order((collections::position, collections::title, collections::id));
    let listed = listed.limit(page.limit()).offset(page.offset());
    let rows: Vec<(Collection, Option<Media>)> = listed.select((Collection::as_select(), Option::<Media>::as_select())).load(conn)?;
    let counts = counts(conn, &rows.iter().map(|(collection, _)| collection.id).collect::<Vec<_>>())?;
    let with = |(collection, media): (Collection, _)| CollectionListed {
        products: counts.get(&collection.id).copied().unwrap_or(0),
        collection,
        media,
    };
    Ok(page.of(rows.into_iter().map(with).collect(), named().count().get_result(conn)?))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    id: CollectionId,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Products that are in each now, counted up to a thousand.
fn counts(conn: &mut Conn, ids: &[CollectionId]) -> Result<HashMap<CollectionId, i64>> {
    let counted = sql_query(
        "SELECT i.id, (SELECT count(*) FROM (SELECT FROM shelves s WHERE s.kind = 'k' AND s.of_id = i.id
            AND (s.shown_from IS NULL OR s.shown_from <= now()) AND (s.shown_until IS NULL OR s.shown_until > now()) LIMIT 1000) b) AS count
         FROM unnest($1) AS i(id)",
    );
    let rows: Vec<Count> = counted.bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// Those that shoppers see, in their order.
pub fn in_shop(conn: &mut Conn, page: PageRequest) -> Result<Page<(Collection, Option<Media>)>> {
    let shown = || collections::table.filter(collections::shown);
    let listed = shown().left_join(media::table).order((collections::position, collections::title, collections::id));
    let listed = listed.limit(page.limit()).offset(page.offset());
    let rows = listed.select((Collection::as_select(), Option::<Media>::as_select())).load(conn)?;
    Ok(page.of(rows, shown().count().get_result(conn)?))
}

/// Whether shoppers see any.
pub fn any(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(collections::table.filter(collections::shown))).get_result(conn)?)
}

pub fn media_of(conn: &mut Conn, id: CollectionId) -> Result<Option<Media>> {
    let of = collections::table.inner_join(media::table).filter(collections::id.eq(id));
    Ok(of.select(Media::as_select()).first(conn).optional()?)
}

pub fn set_picture(conn: &mut Conn, id: CollectionId, picture: Option<MediaId>) -> Result<()> {
    let changed = diesel::update(collections::table.find(id)).set(collections::media_id.eq(picture)).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// # Errors
/// `Invalid` on `slug` when another has it.
pub fn save(conn: &mut Conn, id: Option<CollectionId>, change: &CollectionChange) -> Result<CollectionId> {
    let saved = match id {
        Some(id) => {
            let stays = collections::table.find(id).filter(collections::leaving.eq(false));
            diesel::update(stays).set(change).returning(collections::id).get_result(conn)
        }
        None => diesel::insert_into(collections::table).values(change).returning(collections::id).get_result(conn),
    };
    saved.on_constraint("collections_slug_key", || Error::invalid("slug", "Another collection has this address. Choose another"))
}

/// Takes it out of the shop at once. Its products leave it little by little, and then it is gone.
pub fn delete(conn: &mut Conn, id: CollectionId) -> Result<()> {
    let stays = collections::table.find(id).filter(collections::leaving.eq(false));
    let going = (collections::leaving.eq(true), collections::shown.eq(false), collections::slug.eq(format!("leaving-{id}")));
    let gone = diesel::update(stays).set((going, collections::media_id.eq(None::<MediaId>))).execute(conn)?;
    diesel::delete(collection_rules::table.filter(collection_rules::collection_id.eq(id))).execute(conn)?;
    if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn rules(conn: &mut Conn, id: CollectionId) -> Result<Vec<Rule>> {
    let of = collection_rules::table.filter(collection_rules::collection_id.eq(id)).order(collection_rules::position);
    Ok(of.select(Rule::as_select()).load(conn)?)
}

/// The same with names.
pub fn named_rules(conn: &mut Conn, id: CollectionId) -> Result<Vec<NamedRule>> {
    let of = collection_rules::table.left_join(brands::table).left_join(attribute_choices::table);
    let of = of.filter(collection_rules::collection_id.eq(id)).order(collection_rules::position);
    let rows: Vec<(Rule, Option<String>, Option<String>)> =
        of.select((Rule::as_select(), brands::name.nullable(), attribute_choices::value.nullable())).load(conn)?;
    Ok(rows.into_iter().map(|(rule, brand, choice)| NamedRule { rule, brand, choice }).collect())
}

/// Gives it these rules. All products are asked anew.
///
/// # Errors
/// `Invalid` when something that they name was deleted meanwhile.
pub fn replace_rules(conn: &mut Conn, id: CollectionId, rules: &[Rule]) -> Result<()> {
    diesel::delete(collection_rules::table.filter(collection_rules::collection_id.eq(id))).execute(conn)?;
    let rows: Vec<_> = rules.iter().map(|rule| (collection_rules::collection_id.eq(id), rule.clone())).collect();
    let gone = || Error::invalid("rules", "What one of the rules names was deleted meanwhile. Choose again");
    diesel::insert_into(collection_rules::table)
        .values(rows)
        .execute(conn)
        .on_constraint("collection_rules_brand_fkey", gone)
        .on_constraint("collection_rules_category_fkey", gone)
        .on_constraint("collection_rules_type_fkey", gone)
        .on_constraint("collection_rules_attribute_fkey", gone)
        .on_constraint("collection_rules_choice_fkey", gone)?;
    ask_again(conn, Some(id))
}

/// Asks all products for a collection by rules anew, or for all of them.
pub fn ask_again(conn: &mut Conn, id: Option<CollectionId>) -> Result<()> {
    let by_rules = collections::table.filter(collections::chosen_by.eq("rules")).filter(collections::leaving.eq(false));
    let again = collections::asked_to.eq(Some(0_i64));
    match id {
        Some(id) => diesel::update(by_rules.filter(collections::id.eq(id))).set(again).execute(conn)?,
        None => diesel::update(by_rules).set(again).execute(conn)?,
    };
    Ok(())
}

/// Puts these products into a collection by hand, in this order and no others. What stays where it is is not touched.
pub fn replace_members(conn: &mut Conn, id: CollectionId, products: &[ProductId]) -> Result<()> {
    let of = collection_members::table.filter(collection_members::collection_id.eq(id));
    diesel::delete(of.filter(collection_members::product_id.ne_all(products))).execute(conn)?;
    let put = sql_query(
        "INSERT INTO collection_members (collection_id, product_id, position)
         SELECT $1, p.id, p.position FROM unnest($2) WITH ORDINALITY AS p (id, position)
         ON CONFLICT (collection_id, product_id) DO UPDATE SET position = EXCLUDED.position, from_at = NULL, until_at = NULL
         WHERE collection_members.position <> EXCLUDED.position",
    );
    put.bind::<BigInt, _>(id).bind::<Array<BigInt>, _>(products.iter().map(|id| id.0).collect::<Vec<_>>()).execute(conn)?;
    Ok(())
}

/// What staff put into it, in order.
pub fn by_hand(conn: &mut Conn, id: CollectionId) -> Result<Vec<ProductId>> {
    let of = collection_members::table.filter(collection_members::collection_id.eq(id)).limit(BY_HAND as i64);
    let order = (collection_members::position, collection_members::product_id);
    Ok(of.order(order).select(collection_members::product_id).load(conn)?)
}

/// Products that are in it now, whether or not they are for sale, in the order of their ids: so many after `after`.
pub fn members(conn: &mut Conn, id: CollectionId, after: ProductId, most: i64) -> Result<Vec<ProductId>> {
    #[derive(QueryableByName)]
    struct Member {
        #[diesel(sql_type = BigInt)]
        product_id: ProductId,
    }
    let now = sql_query(
        "SELECT product_id FROM collection_members WHERE collection_id = $1 AND product_id > $2
            AND (from_at IS NULL OR from_at <= now()) AND (until_at IS NULL OR until_at > now()) ORDER BY product_id LIMIT $3",
    );
    let rows: Vec<Member> = prepared(now.bind::<BigInt, _>(id).bind::<BigInt, _>(after).bind::<BigInt, _>(most)).load(conn)?;
    Ok(rows.into_iter().map(|row| row.product_id).collect())
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = BigInt)]
    of_id: CollectionId,
}

/// The collections in which each of these products stands now.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> Result<HashMap<ProductId, Vec<CollectionId>>> {
    let standing = sql_query(
        "SELECT product_id, of_id FROM shelves WHERE kind = 'k' AND product_id = ANY ($1)
            AND (shown_from IS NULL OR shown_from <= now()) AND (shown_until IS NULL OR shown_until > now()) ORDER BY product_id, of_id",
    );
    let rows: Vec<Standing> = prepared(standing.bind::<Array<BigInt>, _>(products.iter().map(|id| id.0).collect::<Vec<_>>())).load(conn)?;
    let mut found: HashMap<ProductId, Vec<CollectionId>> = HashMap::new();
    for row in rows {
        found.entry(row.product_id).or_default().push(row.of_id);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Looked {
    #[diesel(sql_type = BigInt)]
    id: ProductId,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    fits: bool,
}

/// The next active products below `before`, the newest first, each with whether it would fit these rules now.
pub fn look(conn: &mut Conn, rules: &[Rule], any: bool, before: ProductId, most: i64) -> Result<Vec<(ProductId, bool)>> {
    let asked = sql_query(
        "WITH looked AS MATERIALIZED (
            SELECT p.id, product_is_shown(p) AS shown FROM products p WHERE p.id < $3 AND p.status = 'active' ORDER BY p.id DESC LIMIT $4
         ), fits AS MATERIALIZED (
            SELECT product_id FROM collection_fits(
                ARRAY(SELECT r FROM jsonb_populate_recordset(NULL::collection_rules, $1) r), $2, ARRAY(SELECT id FROM looked))
            WHERE from_at IS NULL
         )
         SELECT l.id, l.shown AND f.product_id IS NOT NULL AS fits FROM looked l LEFT JOIN fits f ON f.product_id = l.id ORDER BY l.id DESC",
    );
    let of_one = |rule: &Rule| {
        let mut row = serde_json::to_value(rule)?;
        row["collection_id"] = 0.into();
        Ok(row)
    };
    let rows = rules.iter().map(of_one).collect::<serde_json::Result<Vec<_>>>().map_err(|error| Error::Internal(error.into()))?;
    let asked = asked.bind::<Jsonb, _>(serde_json::Value::Array(rows)).bind::<Array<BigInt>, _>(if any { vec![0_i64] } else { vec![] });
    let looked: Vec<Looked> = asked.bind::<BigInt, _>(before).bind::<BigInt, _>(most).load(conn)?;
    Ok(looked.into_iter().map(|row| (row.id, row.fits)).collect())
}
