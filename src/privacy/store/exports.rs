use chrono::{DateTime, Utc};
use diesel::{dsl::now, prelude::*, sql_query};

use super::super::model::{Export, Format};
use crate::{
    base::{AccountId, Conn, ExportId, Result},
    schema::privacy_exports,
};

/// Begins a copy; `None` when one is being made already.
pub fn begin(conn: &mut Conn, account: AccountId) -> Result<Option<ExportId>> {
    let id = ExportId::new();
    let begun = diesel::insert_into(privacy_exports::table)
        .values((privacy_exports::id.eq(id), privacy_exports::account_id.eq(account)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok((begun == 1).then_some(id))
}

/// Whose copy is still to be made; `None` when it was made or the account is gone.
pub fn waiting(conn: &mut Conn, id: ExportId) -> Result<Option<AccountId>> {
    let waiting = privacy_exports::table.find(id).filter(privacy_exports::made_at.is_null());
    Ok(waiting.select(privacy_exports::account_id).first(conn).optional()?)
}

pub fn set_made(conn: &mut Conn, id: ExportId, expires_at: DateTime<Utc>, json: &str, html: &str) -> Result<()> {
    diesel::update(privacy_exports::table.find(id))
        .set((
            privacy_exports::made_at.eq(now.into_sql::<diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>>()),
            privacy_exports::expires_at.eq(expires_at),
            privacy_exports::as_json.eq(json),
            privacy_exports::as_html.eq(html),
        ))
        .execute(conn)?;
    Ok(())
}

/// The newest first, ten at most.
pub fn list(conn: &mut Conn, account: AccountId) -> Result<Vec<Export>> {
    let theirs = privacy_exports::table.filter(privacy_exports::account_id.eq(account));
    Ok(theirs.order(privacy_exports::asked_at.desc()).limit(10).select(Export::as_select()).load(conn)?)
}

/// The text of a copy that is still to be had.
///
/// # Errors
/// `NotFound` when it is another's, not made yet, or its time is over.
pub fn find(conn: &mut Conn, account: AccountId, id: ExportId, format: Format) -> Result<String> {
    let theirs = privacy_exports::table
        .find(id)
        .filter(privacy_exports::account_id.eq(account))
        .filter(privacy_exports::expires_at.gt(now.into_sql::<diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>>()));
    let text: Option<String> = match format {
        Format::Json => theirs.select(privacy_exports::as_json).first(conn)?,
        Format::Html => theirs.select(privacy_exports::as_html).first(conn)?,
    };
    text.ok_or(crate::base::Error::NotFound)
}

/// Deletes copies whose time is over.
pub fn sweep(conn: &mut Conn) -> Result<usize> {
    Ok(sql_query("DELETE FROM privacy_exports WHERE expires_at <= now()").execute(conn)?)
}
