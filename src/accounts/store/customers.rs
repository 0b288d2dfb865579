use diesel::{dsl::now, prelude::*, sql_query, sql_types::Text};

use crate::{
    accounts::model::{Blocking, CustomerNote, CustomerTag},
    base::{AccountId, Conn, Error, NoteId, Result, TagId},
    schema::{account_tags, accounts, customer_notes, customer_tags},
};

/// Tags and notes of a customer at most.
const MOST: i64 = 100;

/// All tags, by name.
pub fn tags(conn: &mut Conn) -> Result<Vec<CustomerTag>> {
    let all = customer_tags::table.order((customer_tags::name, customer_tags::id)).limit(500);
    Ok(all.select(CustomerTag::as_select()).load(conn)?)
}

/// A customer's tags, by name.
pub fn tags_of(conn: &mut Conn, id: AccountId) -> Result<Vec<CustomerTag>> {
    let of = customer_tags::table.inner_join(account_tags::table).filter(account_tags::account_id.eq(id));
    Ok(of.order((customer_tags::name, customer_tags::id)).limit(MOST).select(CustomerTag::as_select()).load(conn)?)
}

/// The tag of this name, which is made where there is none.
pub fn tag_named(conn: &mut Conn, name: &str) -> Result<TagId> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        id: TagId,
    }
    // An update that changes nothing gives the row that was there, also to who comes second at the same moment.
    let text =
        "INSERT INTO customer_tags (name) VALUES ($1) ON CONFLICT (lower(name)) DO UPDATE SET name = customer_tags.name RETURNING id";
    Ok(sql_query(text).bind::<Text, _>(name).get_result::<Found>(conn)?.id)
}

/// # Errors
/// `Conflict` when the customer has too many.
pub fn tag(conn: &mut Conn, id: AccountId, tag: TagId) -> Result<()> {
    let there: i64 = account_tags::table.filter(account_tags::account_id.eq(id)).count().get_result(conn)?;
    if there >= MOST {
        return Err(Error::invalid("tag", format!("{MOST} tags are the most")));
    }
    let row = (account_tags::account_id.eq(id), account_tags::tag_id.eq(tag));
    diesel::insert_into(account_tags::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// Takes a tag from a customer, and the tag itself away when nobody has it any more.
pub fn untag(conn: &mut Conn, id: AccountId, tag: TagId) -> Result<()> {
    diesel::delete(account_tags::table.find((id, tag))).execute(conn)?;
    let used = account_tags::table.filter(account_tags::tag_id.eq(customer_tags::id));
    diesel::delete(customer_tags::table.filter(customer_tags::id.eq(tag)).filter(diesel::dsl::not(diesel::dsl::exists(used))))
        .execute(conn)?;
    Ok(())
}

/// The newest first.
pub fn notes_of(conn: &mut Conn, id: AccountId) -> Result<Vec<CustomerNote>> {
    let of = customer_notes::table.filter(customer_notes::account_id.eq(id)).order(customer_notes::id.desc()).limit(MOST);
    Ok(of.select(CustomerNote::as_select()).load(conn)?)
}

pub fn insert_note(conn: &mut Conn, id: AccountId, (author_id, author): (AccountId, &str), body: &str) -> Result<()> {
    let row = (
        customer_notes::account_id.eq(id),
        customer_notes::author_id.eq(author_id),
        customer_notes::author.eq(author),
        customer_notes::body.eq(body),
    );
    diesel::insert_into(customer_notes::table).values(row).execute(conn)?;
    Ok(())
}

/// # Errors
/// `NotFound` when it is not a note on this customer, or gone.
pub fn delete_note(conn: &mut Conn, id: AccountId, note: NoteId) -> Result<()> {
    let row = customer_notes::table.find(note).filter(customer_notes::account_id.eq(id));
    if diesel::delete(row).execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn blocking_of(conn: &mut Conn, id: AccountId) -> Result<Blocking> {
    Ok(accounts::table.find(id).select(Blocking::as_select()).first(conn)?)
}

/// # Errors
/// `NotFound` when this is nobody's account, or somebody's of the staff.
pub fn block(conn: &mut Conn, id: AccountId, reason: &str) -> Result<()> {
    let row = accounts::table.find(id).filter(accounts::role.is_null());
    let blocked = diesel::update(row).set((accounts::blocked_at.eq(now), accounts::blocked_reason.eq(reason))).execute(conn)?;
    if blocked == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn unblock(conn: &mut Conn, id: AccountId) -> Result<()> {
    let none = (accounts::blocked_at.eq(None::<chrono::DateTime<chrono::Utc>>), accounts::blocked_reason.eq(""));
    diesel::update(accounts::table.find(id)).set(none).execute(conn)?;
    Ok(())
}
