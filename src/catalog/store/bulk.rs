use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Text},
};
use serde_json::Value;

use crate::{
    base::{BulkEditId, Conn, Page, PageRequest, Result},
    catalog::model::{BulkEdit, BulkState, Editor},
    schema::bulk_edits,
};

/// Reasons that are kept.
const NOTES: usize = 100;

pub fn insert(conn: &mut Conn, by: &Editor, selection: &Value, action: &Value, up_to: i64) -> Result<BulkEditId> {
    let values = (
        bulk_edits::account_id.eq(by.account),
        bulk_edits::by_name.eq(&by.name),
        bulk_edits::selection.eq(selection),
        bulk_edits::action.eq(action),
        bulk_edits::up_to.eq(up_to),
    );
    Ok(diesel::insert_into(bulk_edits::table).values(values).returning(bulk_edits::id).get_result(conn)?)
}

pub fn find(conn: &mut Conn, id: BulkEditId) -> Result<BulkEdit> {
    Ok(bulk_edits::table.find(id).select(BulkEdit::as_select()).first(conn)?)
}

pub fn lock(conn: &mut Conn, id: BulkEditId) -> Result<BulkEdit> {
    Ok(bulk_edits::table.find(id).for_update().select(BulkEdit::as_select()).first(conn)?)
}

/// Those that were done, the latest first.
pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<BulkEdit>> {
    let done = || bulk_edits::table.filter(bulk_edits::state.ne(BulkState::Draft));
    let listed = done().order(bulk_edits::id.desc()).limit(page.limit()).offset(page.offset());
    Ok(page.of(listed.select(BulkEdit::as_select()).load(conn)?, done().count().get_result(conn)?))
}

pub fn set_action(conn: &mut Conn, id: BulkEditId, action: &Value) -> Result<()> {
    let draft = bulk_edits::table.find(id).filter(bulk_edits::state.eq(BulkState::Draft));
    diesel::update(draft).set(bulk_edits::action.eq(action)).execute(conn)?;
    Ok(())
}

/// From one state to the next, once. Whether it was this call that did it.
pub fn go(conn: &mut Conn, id: BulkEditId, from: BulkState, to: BulkState) -> Result<bool> {
    let row = bulk_edits::table.find(id).filter(bulk_edits::state.eq(from));
    let gone = match to {
        BulkState::Done | BulkState::Undone => {
            diesel::update(row).set((bulk_edits::state.eq(to), bulk_edits::ended_at.eq(now))).execute(conn)?
        }
        _ => diesel::update(row).set((bulk_edits::state.eq(to), bulk_edits::last_id.eq(0))).execute(conn)?,
    };
    Ok(gone == 1)
}

pub fn begin(conn: &mut Conn, id: BulkEditId, total: i32, up_to: i64) -> Result<()> {
    diesel::update(bulk_edits::table.find(id)).set((bulk_edits::total.eq(total), bulk_edits::up_to.eq(up_to))).execute(conn)?;
    Ok(())
}

/// Notes a batch.
pub fn advance(conn: &mut Conn, id: BulkEditId, last_id: i64, changed: i64, skipped: i64, notes: &[String]) -> Result<()> {
    sql_query(
        "UPDATE bulk_edits SET last_id = $2, changed = changed + $3::integer, skipped = skipped + $4::integer, notes = (notes || $5)[1:100]
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id.0)
    .bind::<BigInt, _>(last_id)
    .bind::<BigInt, _>(changed)
    .bind::<BigInt, _>(skipped)
    .bind::<Array<Text>, _>(notes.iter().take(NOTES).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
