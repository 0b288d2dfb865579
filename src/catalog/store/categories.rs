use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    base::{CategoryId, Conn, Error, OnConstraint, ProductId, Result, prepared},
    catalog::model::{Category, CategoryTree},
    schema::{categories, product_categories},
};

/// Categories at most; a shop with more needs another menu.
const MOST: i64 = 1000;

pub fn find(conn: &mut Conn, id: CategoryId) -> Result<Category> {
    Ok(categories::table.find(id).select(Category::as_select()).first(conn)?)
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Category>> {
    Ok(categories::table.filter(categories::slug.eq(slug)).select(Category::as_select()).first(conn).optional()?)
}

/// The top categories with those in them.
pub fn tree(conn: &mut Conn) -> Result<Vec<CategoryTree>> {
    let listed = categories::table.order((categories::position, categories::name)).limit(MOST);
    let all: Vec<Category> = listed.select(Category::as_select()).load(conn)?;
    let (tops, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|category| category.parent_id.is_none());
    let with_children = |top: Category| {
        let children = rest.iter().filter(|category| category.parent_id == Some(top.id)).cloned().collect();
        CategoryTree { category: top, children }
    };
    Ok(tops.into_iter().map(with_children).collect())
}

pub fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Category>> {
    let of = product_categories::table.inner_join(categories::table).filter(product_categories::product_id.eq(product));
    Ok(of.order((categories::position, categories::name)).limit(MOST).select(Category::as_select()).load(conn)?)
}

/// How many products stand right in each category.
pub fn product_counts(conn: &mut Conn) -> Result<Vec<(CategoryId, i64)>> {
    let counted = product_categories::table.group_by(product_categories::category_id);
    Ok(counted.select((product_categories::category_id, diesel::dsl::count_star())).load(conn)?)
}

pub fn replace_of_product(conn: &mut Conn, product: ProductId, ids: &[CategoryId]) -> Result<()> {
    diesel::delete(product_categories::table.filter(product_categories::product_id.eq(product))).execute(conn)?;
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
}

/// # Errors
/// `Conflict` while products or categories stand in it.
pub fn delete(conn: &mut Conn, id: CategoryId) -> Result<()> {
    let in_use = || Error::Conflict("There are products or categories in this one. Move them first.".to_owned());
    let deleted = diesel::delete(categories::table.find(id))
        .execute(conn)
        .on_constraint("product_categories_category_id_fkey", in_use)
        .on_constraint("categories_parent_id_fkey", in_use)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn has_children(conn: &mut Conn, id: CategoryId) -> Result<bool> {
    let children = categories::table.filter(categories::parent_id.eq(id));
    Ok(diesel::select(diesel::dsl::exists(children)).get_result(conn)?)
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
        "WITH RECURSIVE standing (product_id, category_id) AS (
            SELECT product_id, category_id FROM product_categories WHERE product_id = ANY($1)
            UNION SELECT s.product_id, c.parent_id FROM standing s JOIN categories c ON c.id = s.category_id WHERE c.parent_id IS NOT NULL
         ) SELECT product_id, category_id FROM standing ORDER BY product_id, category_id",
    );
    let ids: Vec<i64> = products.iter().map(|id| id.0).collect();
    let rows: Vec<Standing> = prepared(standing.bind::<diesel::sql_types::Array<diesel::sql_types::BigInt>, _>(ids)).load(conn)?;
    let mut found: HashMap<ProductId, Vec<CategoryId>> = HashMap::new();
    for row in rows {
        found.entry(row.product_id).or_default().push(row.category_id);
    }
    Ok(found)
}
