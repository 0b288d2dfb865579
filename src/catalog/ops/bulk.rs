//! Bulk edits: looked at first, then done by a job in batches, and undone as one.

use serde_json::Value;

use super::history;
use crate::{
    base::{BulkEditId, Conn, Currency, Error, ProductId, Result},
    catalog::{
        jobs::RunBulkEdit,
        model::{BulkAction, BulkEdit, BulkState, Deed, Difference, Editor, Parts, Selection, Snapshot},
        rules,
        store::{self, bulk, products},
    },
    jobs,
};

/// Products in one batch, each of which is a transaction.
const BATCH: i64 = 200;

/// The most that a selection by hand can name.
pub const MOST_BY_HAND: usize = 1000;

/// Keeps what was selected, for choosing what to do to it.
///
/// # Errors
/// `Invalid` when nothing is selected.
pub fn begin(conn: &mut Conn, by: &Editor, selection: &Selection) -> Result<BulkEditId> {
    if matches!(selection, Selection::These(ids) if ids.is_empty()) {
        return Err(Error::invalid("products", "Select at least one product first"));
    }
    let up_to = products::last_id(conn)?;
    bulk::insert(conn, by, &serde_json::to_value(selection)?, &Value::Null, up_to)
}

pub fn selection_of(edit: &BulkEdit) -> Result<Selection> {
    Ok(serde_json::from_value(edit.selection.clone())?)
}

/// `None` while nothing is chosen to be done.
pub fn action_of(edit: &BulkEdit) -> Result<Option<BulkAction>> {
    Ok(serde_json::from_value(edit.action.clone())?)
}

pub fn choose(conn: &mut Conn, id: BulkEditId, action: &BulkAction) -> Result<()> {
    bulk::set_action(conn, id, &serde_json::to_value(action)?)
}

/// How many products are meant.
pub fn count(conn: &mut Conn, edit: &BulkEdit) -> Result<i64> {
    match selection_of(edit)? {
        Selection::These(ids) => Ok(ids.len() as i64),
        Selection::All(filter) => products::count(conn, &filter, 10_000_000),
    }
}

/// The next products that are meant, above one.
fn batch(conn: &mut Conn, edit: &BulkEdit, after: i64, most: i64) -> Result<Vec<ProductId>> {
    match selection_of(edit)? {
        Selection::These(mut ids) => {
            ids.sort_unstable();
            ids.dedup();
            Ok(ids.into_iter().filter(|id| id.0 > after).take(usize::try_from(most).unwrap_or(0)).collect())
        }
        Selection::All(filter) => products::ids(conn, &filter, after, edit.up_to, most),
    }
}

/// What would become of one product.
#[derive(Clone, Debug)]
pub struct Foreseen {
    pub id: ProductId,
    pub title: String,
    /// Nothing: it is so already.
    pub changes: Vec<Difference>,
    /// Why it would be left out.
    pub left_out: Option<String>,
}

/// What would become of the first of them.
pub fn preview(conn: &mut Conn, edit: &BulkEdit, action: &BulkAction, most: i64, currency: Currency) -> Result<Vec<Foreseen>> {
    let ids = batch(conn, edit, 0, most)?;
    let mut foreseen = vec![];
    for (id, (_, before)) in store::history::snapshots(conn, &ids, Parts::Variants)? {
        let mut product: Snapshot = serde_json::from_value(before.clone())?;
        let left_out = rules::apply(action, &mut product).err();
        let (was, is) = rules::difference(&before, &serde_json::to_value(&product)?);
        let changes = if left_out.is_some() { vec![] } else { history::differences(conn, &was, &is, currency)? };
        foreseen.push(Foreseen { id, title: product.head.title, changes, left_out });
    }
    Ok(foreseen)
}

/// Lets the job begin, once, however often it is confirmed.
///
/// # Errors
/// `Conflict` when nothing is chosen to be done.
pub fn confirm(conn: &mut Conn, id: BulkEditId) -> Result<()> {
    let edit = bulk::lock(conn, id)?;
    if action_of(&edit)?.is_none() {
        return Err(Error::Conflict("Choose first what is to be done.".to_owned()));
    }
    if bulk::go(conn, id, BulkState::Draft, BulkState::Running)? {
        let total = i32::try_from(count(conn, &edit)?).unwrap_or(i32::MAX);
        bulk::begin(conn, id, total, edit.up_to)?;
        jobs::enqueue(conn, &RunBulkEdit { id })?;
    }
    Ok(())
}

/// Lets the job take all of it back.
pub fn undo(conn: &mut Conn, id: BulkEditId) -> Result<()> {
    if bulk::go(conn, id, BulkState::Done, BulkState::Undoing)? {
        jobs::enqueue(conn, &RunBulkEdit { id })?;
    }
    Ok(())
}

/// Does one batch, or undoes it. Whether there is more to do. Idempotent: a batch and how far it went are one transaction.
pub fn advance(conn: &mut Conn, id: BulkEditId, currency: Currency) -> Result<bool> {
    let edit = bulk::lock(conn, id)?;
    match edit.state {
        BulkState::Running => do_batch(conn, &edit),
        BulkState::Undoing => undo_batch(conn, &edit, currency),
        BulkState::Draft | BulkState::Done | BulkState::Undone => Ok(false),
    }
}

fn do_batch(conn: &mut Conn, edit: &BulkEdit) -> Result<bool> {
    let Some(action) = action_of(edit)? else { return Ok(false) };
    let ids = batch(conn, edit, edit.last_id, BATCH)?;
    let Some(last) = ids.last().copied() else {
        bulk::go(conn, edit.id, BulkState::Running, BulkState::Done)?;
        return Ok(false);
    };
    products::lock_all(conn, &ids)?;
    store::shelves::later(conn)?;
    let before = store::history::snapshots(conn, &ids, Parts::All)?;
    let mut notes = vec![];
    for (id, (_, snapshot)) in &before {
        let now: Snapshot = serde_json::from_value(snapshot.clone())?;
        let mut wanted = now.clone();
        match rules::apply(&action, &mut wanted) {
            Ok(()) => {
                let told = history::write_snapshot(conn, *id, &now, wanted)?;
                notes.extend(told.into_iter().map(|note| format!("{}: {note}", now.head.title)));
            }
            Err(why) => notes.push(format!("{}: {why}.", now.head.title)),
        }
    }
    let changed = history::note(conn, &editor(edit), Deed::Bulk, Some(edit.id), &before, Parts::All)?;
    store::shelves::now(conn, &ids)?;
    bulk::advance(conn, edit.id, last.0, changed as i64, (ids.len() - changed) as i64, &notes)?;
    Ok(true)
}

fn undo_batch(conn: &mut Conn, edit: &BulkEdit, currency: Currency) -> Result<bool> {
    let revisions = store::history::of_bulk_edit(conn, edit.id, edit.last_id, BATCH)?;
    let Some(last) = revisions.last().map(|revision| revision.product_id) else {
        bulk::go(conn, edit.id, BulkState::Undoing, BulkState::Undone)?;
        return Ok(false);
    };
    let ids: Vec<_> = revisions.iter().map(|revision| revision.product_id).collect();
    products::lock_all(conn, &ids)?;
    store::shelves::later(conn)?;
    let before = store::history::snapshots(conn, &ids, Parts::All)?;
    let mut notes = vec![];
    for revision in &revisions {
        notes.extend(history::take_back(conn, revision, currency)?);
    }
    history::note(conn, &editor(edit), Deed::Undone, Some(edit.id), &before, Parts::All)?;
    store::shelves::now(conn, &ids)?;
    bulk::advance(conn, edit.id, last.0, 0, 0, &notes)?;
    Ok(true)
}

fn editor(edit: &BulkEdit) -> Editor {
    Editor { account: None, name: edit.by_name.clone() }
}
