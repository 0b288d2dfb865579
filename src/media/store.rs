use diesel::prelude::*;

use super::model::Media;
use crate::{
    base::{Conn, MediaId, Result},
    schema::media,
};

/// Adds the picture, or finds the one that was made of the same bytes.
pub fn insert(conn: &mut Conn, content_hash: &str, width: i32, height: i32) -> Result<Media> {
    let row = Media { id: MediaId::new(), content_hash: content_hash.to_owned(), width, height };
    diesel::insert_into(media::table).values(&row).on_conflict(media::content_hash).do_nothing().execute(conn)?;
    Ok(media::table.filter(media::content_hash.eq(content_hash)).select(Media::as_select()).first(conn)?)
}

/// The picture that was made of bytes with this hash.
pub fn find_by_hash(conn: &mut Conn, content_hash: &str) -> Result<Option<Media>> {
    Ok(media::table.filter(media::content_hash.eq(content_hash)).select(Media::as_select()).first(conn).optional()?)
}
