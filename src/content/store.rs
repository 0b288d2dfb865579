use diesel::{dsl::now, prelude::*};

use super::model::{ContentPage, PageInput};
use crate::{
    base::{Conn, Error, OnConstraint, PageId, Result},
    schema::pages,
};

/// All pages in the merchant's order; a shop has a handful.
pub fn list(conn: &mut Conn) -> Result<Vec<ContentPage>> {
    Ok(pages::table.order((pages::position, pages::title)).limit(200).select(ContentPage::as_select()).load(conn)?)
}

pub fn find(conn: &mut Conn, id: PageId) -> Result<ContentPage> {
    Ok(pages::table.find(id).select(ContentPage::as_select()).first(conn)?)
}

/// The same, changed by nobody else before this transaction ends.
pub fn lock(conn: &mut Conn, id: PageId) -> Result<ContentPage> {
    Ok(pages::table.find(id).for_update().select(ContentPage::as_select()).first(conn)?)
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<ContentPage> {
    Ok(pages::table.filter(pages::slug.eq(slug)).select(ContentPage::as_select()).first(conn)?)
}

/// # Errors
/// `Invalid` on `slug` when another page has it.
pub fn insert(conn: &mut Conn, page: &PageInput) -> Result<PageId> {
    let inserted = diesel::insert_into(pages::table).values(page).returning(pages::id).get_result(conn);
    inserted.on_constraint("pages_slug_key", taken)
}

/// # Errors
/// As for `insert`; `NotFound`.
pub fn update(conn: &mut Conn, id: PageId, page: &PageInput) -> Result<()> {
    let changed = diesel::update(pages::table.find(id)).set((page, pages::updated_at.eq(now))).execute(conn);
    if changed.on_constraint("pages_slug_key", taken)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn taken() -> Error {
    Error::invalid("slug", "Another page has this address. Choose another")
}
