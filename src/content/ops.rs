use super::{model::PageInput, store};
use crate::base::{Conn, PageId, Result};

/// Creates the page, or changes it when `id` is given.
///
/// # Errors
/// `Invalid` on `slug` when another page has it.
pub fn save(conn: &mut Conn, id: Option<PageId>, page: &PageInput) -> Result<PageId> {
    match id {
        Some(id) => store::update(conn, id, page).map(|()| id),
        None => store::insert(conn, page),
    }
}
