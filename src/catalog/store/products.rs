use diesel::{dsl::now, prelude::*};

use crate::{
    base::{Conn, Error, OnConstraint, Page, PageRequest, ProductId, Result, typed},
    catalog::model::{Product, ProductChange, Status},
    schema::{products, related_products, variants},
};

pub fn find(conn: &mut Conn, id: ProductId) -> Result<Product> {
    Ok(products::table.find(id).select(Product::as_select()).first(conn)?)
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Product>> {
    Ok(products::table.filter(products::slug.eq(slug)).select(Product::as_select()).first(conn).optional()?)
}

/// What the back office's list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct ProductFilter {
    pub status: Option<Status>,
    /// A part of the title, or the beginning of the maker's name or a SKU.
    pub text: String,
}

pub fn list(conn: &mut Conn, filter: &ProductFilter, page: PageRequest) -> Result<Page<Product>> {
    let narrowed = || {
        let mut query = products::table.into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(products::status.eq(status));
        }
        if !filter.text.is_empty() {
            let text = typed::like(&filter.text);
            let skus = variants::table.filter(variants::sku.ilike(format!("{text}%"))).select(variants::product_id);
            query = query.filter(
                products::title.ilike(format!("%{text}%")).or(products::vendor.ilike(format!("{text}%"))).or(products::id.eq_any(skus)),
            );
        }
        query
    };
    let listed = narrowed().order((products::updated_at.desc(), products::id.desc())).limit(page.limit()).offset(page.offset());
    let rows = listed.select(Product::as_select()).load(conn)?;
    Ok(page.of(rows, narrowed().count().get_result(conn)?))
}

/// How many products each status has.
pub fn count_by_status(conn: &mut Conn) -> Result<Vec<(Status, i64)>> {
    Ok(products::table.group_by(products::status).select((products::status, diesel::dsl::count_star())).load(conn)?)
}

/// # Errors
/// `Invalid` on `slug` when another product has it.
pub fn insert(conn: &mut Conn, new: &ProductChange) -> Result<ProductId> {
    diesel::insert_into(products::table).values(new).returning(products::id).get_result(conn).on_constraint("products_slug_key", slug_taken)
}

/// # Errors
/// `Invalid` on `slug` when another product has it.
pub fn update(conn: &mut Conn, id: ProductId, change: &ProductChange) -> Result<()> {
    let changed = diesel::update(products::table.find(id)).set((change, products::updated_at.eq(now))).execute(conn);
    if changed.on_constraint("products_slug_key", slug_taken)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn slug_taken() -> Error {
    Error::invalid("slug", "Another product has this address. Choose another")
}

pub fn set_status(conn: &mut Conn, id: ProductId, status: Status) -> Result<()> {
    let changed =
        diesel::update(products::table.find(id)).set((products::status.eq(status), products::updated_at.eq(now))).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Products that staff or an import named as related, in their order.
pub fn related(conn: &mut Conn, id: ProductId) -> Result<Vec<ProductId>> {
    let related = related_products::table.filter(related_products::product_id.eq(id)).order(related_products::position).limit(12);
    Ok(related.select(related_products::related_id).load(conn)?)
}

pub fn replace_related(conn: &mut Conn, id: ProductId, related: &[ProductId]) -> Result<()> {
    diesel::delete(related_products::table.filter(related_products::product_id.eq(id))).execute(conn)?;
    let rows: Vec<_> = (0..)
        .zip(related)
        .map(|(at, other): (i32, _)| {
            (related_products::product_id.eq(id), related_products::related_id.eq(*other), related_products::position.eq(at))
        })
        .collect();
    diesel::insert_into(related_products::table).values(rows).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}
