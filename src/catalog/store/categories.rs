use std::collections::HashMap;

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool},
};

use crate::{
    base::{CategoryId, Conn, Error, MediaId, OnConstraint, ProductId, Result, prepared},
    catalog::model::{Category, CategoryTree, Place},
    media::Media,
    schema::{categories, media, product_categories},
};

/// Categories at most; a shop with more needs another menu.
const MOST: i64 = 5000;

/// Entries of the menu at most.
const IN_MENU: i64 = 400;

pub fn find(conn: &mut Conn, id: CategoryId) -> Result<Category> {
    Ok(categories::table.find(id).select(Category::as_select()).first(conn)?)
}

/// The same, changed by nobody else before this transaction ends.
pub fn lock(conn: &mut Conn, id: CategoryId) -> Result<Category> {
    lock_moves(conn)?;
    Ok(categories::table.find(id).for_update().select(Category::as_select()).first(conn)?)
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Category>> {
    Ok(categories::table.filter(categories::slug.eq(slug)).select(Category::as_select()).first(conn).optional()?)
}

/// The top categories with all below them.
pub fn tree(conn: &mut Conn) -> Result<Vec<CategoryTree>> {
    let mut trees: Vec<CategoryTree> = vec![];
    for Place { category, depth, .. } in places(conn)? {
        match trees.last_mut().filter(|_| depth > 0) {
            Some(tree) => tree.children.push(category),
            None => trees.push(CategoryTree { category, children: vec![] }),
        }
    }
    Ok(trees)
}

/// All categories, each right after what it stands in, with the way to each.
pub fn places(conn: &mut Conn) -> Result<Vec<Place>> {
    let listed = categories::table.order((categories::position, categories::name)).limit(MOST);
    let mut in_it: HashMap<Option<CategoryId>, Vec<Category>> = HashMap::new();
    for category in listed.select(Category::as_select()).load::<Category>(conn)? {
        in_it.entry(category.parent_id).or_default().push(category);
    }
    // A stack rather than a function that calls itself: nobody knows how deep it goes.
    let mut places: Vec<Place> = vec![];
    let level =
        |found: Vec<Category>, depth: usize, above: String| found.into_iter().rev().map(move |category| (category, depth, above.clone()));
    let mut open: Vec<_> = level(in_it.remove(&None).unwrap_or_default(), 0, String::new()).collect();
    while let Some((category, depth, above)) = open.pop() {
        let label = format!("{above}{}", category.name);
        open.extend(level(in_it.remove(&Some(category.id)).unwrap_or_default(), depth + 1, format!("{label} › ")));
        places.push(Place { category, depth, label });
    }
    Ok(places)
}

/// The departments with what stands right in them, for the menu.
pub fn menu(conn: &mut Conn) -> Result<Vec<CategoryTree>> {
    let upper = categories::table.filter(sql::<Bool>("cardinality(path) <= 2")).order((categories::position, categories::name));
    let all: Vec<Category> = upper.limit(IN_MENU).select(Category::as_select()).load(conn)?;
    let (tops, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|category| category.parent_id.is_none());
    let with_children = |top: Category| {
        let children = rest.iter().filter(|category| category.parent_id == Some(top.id)).cloned().collect();
        CategoryTree { category: top, children }
    };
    Ok(tops.into_iter().map(with_children).collect())
}

/// The way to a category, from its department down to itself.
pub fn way_to(conn: &mut Conn, id: CategoryId) -> Result<Vec<Category>> {
    let above = "id = ANY((SELECT k.path FROM categories k WHERE k.id = ";
    let on_it = categories::table.filter(sql::<Bool>(above).bind::<BigInt, _>(id).sql(")::bigint[])"));
    Ok(on_it.order(sql::<diesel::sql_types::Integer>("cardinality(path)")).select(Category::as_select()).load(conn)?)
}

/// What stands right in a category, with pictures.
pub fn children(conn: &mut Conn, id: CategoryId) -> Result<Vec<(Category, Option<Media>)>> {
    let within = categories::table.left_join(media::table).filter(categories::parent_id.eq(id));
    let listed = within.order((categories::position, categories::name)).limit(200);
    Ok(listed.select((Category::as_select(), Option::<Media>::as_select())).load(conn)?)
}

pub fn media_of(conn: &mut Conn, id: CategoryId) -> Result<Option<Media>> {
    let of = categories::table.inner_join(media::table).filter(categories::id.eq(id));
    Ok(of.select(Media::as_select()).first(conn).optional()?)
}

pub fn set_picture(conn: &mut Conn, id: CategoryId, picture: Option<MediaId>) -> Result<()> {
    let changed = diesel::update(categories::table.find(id)).set(categories::media_id.eq(picture)).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// The categories with these ids.
pub fn find_all(conn: &mut Conn, ids: &[CategoryId]) -> Result<Vec<Category>> {
    Ok(categories::table.filter(categories::id.eq_any(ids)).select(Category::as_select()).load(conn)?)
}

/// Nobody else moves a category before this transaction ends: taken first, so that two who move can't wait for each other.
pub fn lock_moves(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('categories'))").execute(conn)?;
    Ok(())
}

pub fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Category>> {
    let of = product_categories::table.inner_join(categories::table).filter(product_categories::product_id.eq(product));
    Ok(of.order((categories::position, categories::name)).limit(MOST).select(Category::as_select()).load(conn)?)
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    category_id: CategoryId,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many products stand right in each category, counted up to a thousand.
pub fn product_counts(conn: &mut Conn) -> Result<Vec<(CategoryId, i64)>> {
    let counted = diesel::sql_query(
        "SELECT c.id AS category_id, (SELECT count(*) FROM (SELECT FROM product_categories p WHERE p.category_id = c.id LIMIT 1000) b) AS count
         FROM categories c LIMIT 5000",
    );
    Ok(counted.load::<Counted>(conn)?.into_iter().map(|row| (row.category_id, row.count)).collect())
}

/// Puts the product into these categories and no others. What stays is not touched.
pub fn replace_of_product(conn: &mut Conn, product: ProductId, ids: &[CategoryId]) -> Result<()> {
    let of = product_categories::table.filter(product_categories::product_id.eq(product));
    diesel::delete(of.filter(diesel::dsl::not(product_categories::category_id.eq_any(ids)))).execute(conn)?;
    let rows: Vec<_> = ids.iter().map(|id| (product_categories::product_id.eq(product), product_categories::category_id.eq(*id))).collect();
    let gone = || Error::invalid("categories", "One of these categories has been deleted meanwhile. Choose again");
    let inserted = diesel::insert_into(product_categories::table).values(rows).on_conflict_do_nothing().execute(conn);
    inserted.on_constraint("product_categories_category_id_fkey", gone)?;
    Ok(())
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = categories, treat_none_as_null = true)]
pub struct CategoryChange {
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub position: i32,
}

/// # Errors
/// `Invalid` on `name` or `slug` when another has it.
pub fn insert(conn: &mut Conn, new: &CategoryChange) -> Result<CategoryId> {
    refused(diesel::insert_into(categories::table).values(new).returning(categories::id).get_result(conn))
}

/// # Errors
/// As for `insert`.
pub fn update(conn: &mut Conn, id: CategoryId, change: &CategoryChange) -> Result<()> {
    let changed = refused(diesel::update(categories::table.find(id)).set(change).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("categories_slug_key", || Error::invalid("slug", "Another category has this address. Choose another"))
        .on_constraint("categories_name_key", || Error::invalid("name", "There is a category of this name here already"))
        .on_constraint("categories_not_own_parent", || Error::invalid("parent_id", "A category can't stand in itself"))
        .on_constraint("categories_no_ring", || Error::invalid("parent_id", "A category can't stand below itself. Choose another"))
        .on_constraint("categories_parent_id_fkey", || Error::invalid("parent_id", "This category was deleted meanwhile. Choose another"))
}

/// # Errors
/// `Conflict` while products or categories stand in it.
pub fn delete(conn: &mut Conn, id: CategoryId) -> Result<()> {
    let in_use = || Error::Conflict("There are products or categories in this one. Move them first.".to_owned());
    let in_rule = || Error::Conflict("A rule of a collection names this category. Change the rule first.".to_owned());
    let deleted = diesel::delete(categories::table.find(id))
        .execute(conn)
        .on_constraint("product_categories_category_id_fkey", in_use)
        .on_constraint("categories_parent_id_fkey", in_use)
        .on_constraint("collection_rules_category_fkey", in_rule)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// The category of this name in `parent`, whatever the case.
pub fn find_by_name(conn: &mut Conn, parent: Option<CategoryId>, name: &str) -> Result<Option<Category>> {
    diesel::define_sql_function! { fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }
    let named = categories::table.filter(lower(categories::name).eq(lower(name)));
    let found = match parent {
        Some(parent) => named.filter(categories::parent_id.eq(parent)).select(Category::as_select()).first(conn),
        None => named.filter(categories::parent_id.is_null()).select(Category::as_select()).first(conn),
    };
    Ok(found.optional()?)
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    category_id: CategoryId,
}

/// The categories in which each of these products stands, with those above them.
pub fn with_ancestors(conn: &mut Conn, products: &[ProductId]) -> Result<HashMap<ProductId, Vec<CategoryId>>> {
    let standing = diesel::sql_query(
        "SELECT DISTINCT p.product_id, above.id AS category_id FROM product_categories p JOIN categories c ON c.id = p.category_id,
         unnest(c.path) AS above(id) WHERE p.product_id = ANY($1) ORDER BY p.product_id, above.id",
    );
    let ids: Vec<i64> = products.iter().map(|id| id.0).collect();
    let rows: Vec<Standing> = prepared(standing.bind::<diesel::sql_types::Array<diesel::sql_types::BigInt>, _>(ids)).load(conn)?;
    let mut found: HashMap<ProductId, Vec<CategoryId>> = HashMap::new();
    for row in rows {
        found.entry(row.product_id).or_default().push(row.category_id);
    }
    Ok(found)
}
