//! Customers' address books. Whoever changes more than one row of a book holds the account's lock: [`lock`].

use diesel::prelude::*;

use crate::{
    accounts::model::{AddressUse, KeptAddress, SavedAddress},
    base::{AccountId, AddressId, Conn, Error, OnConstraint, Result},
    schema::{accounts, addresses},
};

/// Addresses of one account at most; the database sees to it as well.
pub const MOST: i64 = 50;

#[derive(Queryable, Selectable)]
#[diesel(table_name = addresses)]
struct Row {
    id: AddressId,
    address: serde_json::Value,
    phone: String,
    delivery_default: bool,
    billing_default: bool,
}

impl Row {
    fn read(self) -> Result<SavedAddress> {
        let Self { id, address, phone, delivery_default, billing_default } = self;
        Ok(SavedAddress { id, kept: KeptAddress { address: serde_json::from_value(address)?, phone, delivery_default, billing_default } })
    }
}

/// Changes of one book go one after the other from here on. Orders that refer to the account go on meanwhile.
pub fn lock(conn: &mut Conn, account: AccountId) -> Result<()> {
    Ok(accounts::table.find(account).select(accounts::id).for_no_key_update().first::<AccountId>(conn).map(|_| ())?)
}

/// The book, what is delivered to first at its head.
pub fn of(conn: &mut Conn, account: AccountId) -> Result<Vec<SavedAddress>> {
    let rows: Vec<Row> = addresses::table
        .filter(addresses::account_id.eq(account))
        .order((addresses::delivery_default.desc(), addresses::id))
        .limit(MOST)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// # Errors
/// `NotFound` also for another's.
pub fn find(conn: &mut Conn, account: AccountId, id: AddressId) -> Result<SavedAddress> {
    let row: Row = addresses::table.find(id).filter(addresses::account_id.eq(account)).select(Row::as_select()).first(conn)?;
    row.read()
}

/// # Errors
/// `Invalid` when the book is full.
pub fn insert(conn: &mut Conn, account: AccountId, kept: &KeptAddress) -> Result<AddressId> {
    let inserted = diesel::insert_into(addresses::table)
        .values((
            addresses::account_id.eq(account),
            addresses::address.eq(serde_json::to_value(&kept.address)?),
            addresses::phone.eq(&kept.phone),
            addresses::delivery_default.eq(kept.delivery_default),
            addresses::billing_default.eq(kept.billing_default),
        ))
        .returning(addresses::id)
        .get_result(conn);
    let full = || Error::invalid("", format!("You have {MOST} addresses, which is as many as we keep. Delete one first"));
    inserted.on_constraint("addresses_at_most_50", full)
}

/// # Errors
/// `NotFound` also for another's.
pub fn update(conn: &mut Conn, account: AccountId, id: AddressId, kept: &KeptAddress) -> Result<()> {
    let updated = diesel::update(addresses::table.find(id).filter(addresses::account_id.eq(account)))
        .set((
            addresses::address.eq(serde_json::to_value(&kept.address)?),
            addresses::phone.eq(&kept.phone),
            addresses::delivery_default.eq(kept.delivery_default),
            addresses::billing_default.eq(kept.billing_default),
        ))
        .execute(conn)?;
    if updated == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// # Errors
/// `NotFound` also for another's.
pub fn delete(conn: &mut Conn, account: AccountId, id: AddressId) -> Result<()> {
    let deleted = diesel::delete(addresses::table.find(id).filter(addresses::account_id.eq(account))).execute(conn)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// None of the account's addresses is the default for this from now on.
pub fn clear_default(conn: &mut Conn, account: AccountId, kind: AddressUse) -> Result<()> {
    let own = addresses::table.filter(addresses::account_id.eq(account));
    match kind {
        AddressUse::Delivery => {
            diesel::update(own.filter(addresses::delivery_default)).set(addresses::delivery_default.eq(false)).execute(conn)?
        }
        AddressUse::Billing => {
            diesel::update(own.filter(addresses::billing_default)).set(addresses::billing_default.eq(false)).execute(conn)?
        }
    };
    Ok(())
}

/// One account's addresses become another's, of the same person, as far as its book has room, and are offered first for nothing. What
/// the other has already goes. Tells how many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    for account in if from < into { [from, into] } else { [into, from] } {
        lock(conn, account)?;
    }
    let (known, mut moved) = (of(conn, into)?, 0);
    for saved in of(conn, from)? {
        let is_known = known.iter().any(|other| other.kept.address == saved.kept.address);
        if !is_known && ((known.len() + moved) as i64) < MOST {
            insert(conn, into, &KeptAddress { delivery_default: false, billing_default: false, ..saved.kept })?;
            moved += 1;
        }
    }
    diesel::delete(addresses::table.filter(addresses::account_id.eq(from))).execute(conn)?;
    Ok(moved)
}
