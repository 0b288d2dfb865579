use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Integer, Text, Uuid},
};

use super::model::{Listed, Media, NewMedia, Shelf, Use};
use crate::{
    base::{Conn, Error, MediaId, Page, PageRequest, Result, typed},
    schema::media,
};

/// Pictures that one can page through; who looks for more says what for.
const LISTED: i64 = 10_000;

/// Uses of a picture that are told one by one.
const USES: i64 = 50;

/// Adds the picture, or finds the one that was made of the same bytes.
pub fn insert(conn: &mut Conn, content_hash: &str, (width, height): (i32, i32), file_name: &str) -> Result<Media> {
    let row = NewMedia { id: MediaId::new(), content_hash, width, height, file_name };
    diesel::insert_into(media::table).values(&row).on_conflict(media::content_hash).do_nothing().execute(conn)?;
    Ok(media::table.filter(media::content_hash.eq(content_hash)).select(Media::as_select()).first(conn)?)
}

/// The picture that was made of bytes with this hash.
pub fn find_by_hash(conn: &mut Conn, content_hash: &str) -> Result<Option<Media>> {
    Ok(media::table.filter(media::content_hash.eq(content_hash)).select(Media::as_select()).first(conn).optional()?)
}

pub fn find(conn: &mut Conn, id: MediaId) -> Result<Media> {
    Ok(media::table.find(id).select(Media::as_select()).first(conn)?)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: MediaId,
    #[diesel(sql_type = Text)]
    content_hash: String,
    #[diesel(sql_type = Integer)]
    width: i32,
    #[diesel(sql_type = Integer)]
    height: i32,
    #[diesel(sql_type = Text)]
    alt: String,
    #[diesel(sql_type = Bool)]
    avif: bool,
    #[diesel(sql_type = Text)]
    file_name: String,
    #[diesel(sql_type = BigInt)]
    uses: i64,
}

impl From<Row> for Listed {
    fn from(row: Row) -> Self {
        let Row { id, content_hash, width, height, alt, avif, file_name, uses } = row;
        Self { media: Media { id, content_hash, width, height, alt, avif }, file_name, uses }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The condition on `m`. A picture's words may be its own, or stand with each product that shows it.
fn condition(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::All => "true",
        Shelf::Unused => "NOT EXISTS (SELECT FROM media_uses u WHERE u.media_id = m.id)",
        Shelf::Wordless => {
            "m.alt = '' AND (NOT EXISTS (SELECT FROM product_images i WHERE i.media_id = m.id)
                             OR EXISTS (SELECT FROM product_images i WHERE i.media_id = m.id AND i.alt = ''))"
        }
    }
}

/// Pictures whose words or file name hold the text, the newest first, each with how often it is used.
pub fn list(conn: &mut Conn, text: &str, shelf: Shelf, page: PageRequest) -> Result<Page<Listed>> {
    let fits = format!(
        "FROM media m WHERE ($1 = '%%' OR m.alt ILIKE $1 OR m.file_name ILIKE $1
            OR EXISTS (SELECT FROM product_images i WHERE i.media_id = m.id AND i.alt ILIKE $1)) AND {}",
        condition(shelf)
    );
    let pattern = format!("%{}%", typed::like(text.trim()));
    let listed = format!(
        "SELECT m.id, m.content_hash, m.width, m.height, m.alt, m.avif, m.file_name,
            (SELECT count(*) FROM media_uses u WHERE u.media_id = m.id) AS uses
         FROM (SELECT m.* {fits} ORDER BY m.created_at DESC, m.id DESC LIMIT {} OFFSET {}) m ORDER BY m.created_at DESC, m.id DESC",
        page.limit(),
        page.offset().min(LISTED)
    );
    let rows: Vec<Row> = sql_query(listed).bind::<Text, _>(&pattern).load(conn)?;
    let counted = sql_query(format!("SELECT count(*) AS count FROM (SELECT {fits} LIMIT {}) bounded", LISTED + 1));
    let Count { count } = counted.bind::<Text, _>(&pattern).get_result(conn)?;
    Ok(page.of_counted(rows.into_iter().map(Listed::from).collect(), count, LISTED))
}

/// # Errors
/// `NotFound`.
pub fn listed(conn: &mut Conn, id: MediaId) -> Result<Listed> {
    let one = "SELECT m.id, m.content_hash, m.width, m.height, m.alt, m.avif, m.file_name,
        (SELECT count(*) FROM media_uses u WHERE u.media_id = m.id) AS uses FROM media m WHERE m.id = $1";
    Ok(sql_query(one).bind::<Uuid, _>(id).get_result::<Row>(conn)?.into())
}

/// Where the picture is shown: the first of them.
pub fn uses(conn: &mut Conn, id: MediaId) -> Result<Vec<Use>> {
    let found = format!("SELECT kind, of_id, name FROM media_uses WHERE media_id = $1 ORDER BY kind, name, of_id LIMIT {USES}");
    Ok(sql_query(found).bind::<Uuid, _>(id).load(conn)?)
}

/// # Errors
/// `NotFound`.
pub fn set_alt(conn: &mut Conn, id: MediaId, alt: &str) -> Result<()> {
    let changed = diesel::update(media::table.find(id)).set(media::alt.eq(alt)).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Deletes the row while nothing shows the picture, and gives its hash. `None`: something does, or there is no such picture.
pub fn delete_unused(conn: &mut Conn, id: MediaId) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = Text)]
        content_hash: String,
    }
    let gone = "DELETE FROM media m WHERE m.id = $1 AND NOT EXISTS (SELECT FROM media_uses u WHERE u.media_id = $1) RETURNING content_hash";
    let gone: Option<Gone> = sql_query(gone).bind::<Uuid, _>(id).get_result(conn).optional()?;
    Ok(gone.map(|gone| gone.content_hash))
}

/// Orders no longer point at the files of a picture that is deleted.
pub fn forget_in_orders(conn: &mut Conn, content_hash: &str) -> Result<()> {
    sql_query("SELECT media_forgotten($1)").bind::<Text, _>(content_hash).execute(conn)?;
    Ok(())
}

/// The newest picture whose AVIFs are to be made. Counts the try before it is made: one that kills the program is given up in time.
pub fn begin_avif(conn: &mut Conn) -> Result<Option<Media>> {
    let next = "UPDATE media SET avif_tries = avif_tries + 1 WHERE id = (
            SELECT id FROM media WHERE NOT avif AND avif_tries < 3 ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, content_hash, width, height, alt, avif, file_name, 0::bigint AS uses";
    let row: Option<Row> = sql_query(next).get_result(conn).optional()?;
    Ok(row.map(|row| Listed::from(row).media))
}

pub fn end_avif(conn: &mut Conn, id: MediaId) -> Result<()> {
    diesel::update(media::table.find(id)).set(media::avif.eq(true)).execute(conn)?;
    Ok(())
}

/// The try did not count: it was the store that failed, not the picture.
pub fn put_off_avif(conn: &mut Conn, id: MediaId) -> Result<()> {
    let begun = media::table.find(id).filter(media::avif_tries.gt(0));
    diesel::update(begun).set(media::avif_tries.eq(media::avif_tries - 1)).execute(conn)?;
    Ok(())
}
