use std::sync::Arc;

use diesel::{dsl::exists, prelude::*};

use super::model::{NewStore, Store};
use crate::{
    base::{Conn, Edition, Error, Kept, OnConstraint, Result},
    schema::store,
};

static STORE: Kept<Store> = Kept::new();

/// The settings under an edition of the shop's rules, from memory where they are known.
pub fn under(conn: &mut Conn, edition: Edition) -> Result<Arc<Store>> {
    STORE.under(edition, || find(conn))
}

pub fn find(conn: &mut Conn) -> Result<Store> {
    Ok(store::table.find(1).select(Store::as_select()).first(conn)?)
}

/// Whether somebody has opened a shop in this database.
pub fn is_open(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(exists(store::table.find(1))).get_result(conn)?)
}

/// Opens the shop unless it is open; `false` when it was.
pub fn insert(conn: &mut Conn, new: &NewStore) -> Result<bool> {
    Ok(diesel::insert_into(store::table).values(new).on_conflict_do_nothing().execute(conn)? == 1)
}

/// # Errors
/// `Invalid` when the currency would change under amounts that are stored already.
pub fn update(conn: &mut Conn, changed: &Store) -> Result<()> {
    diesel::update(store::table.find(1))
        .set((changed, store::updated_at.eq(diesel::dsl::now)))
        .execute(conn)
        .on_constraint("store_prefixes_differ", || Error::invalid("credit_note_prefix", "Use another beginning than that of invoices"))
        .on_constraint("store_currency_in_use", || {
            Error::invalid("currency", "The currency can't be changed once there are prices in it")
        })?;
    Ok(())
}
