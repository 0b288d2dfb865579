use super::{
    model::{NewStore, Store},
    store,
};
use crate::base::{Conn, Result};

/// Opens the shop. `false` when it was open already; then nothing is changed.
pub fn open(conn: &mut Conn, new: &NewStore) -> Result<bool> {
    store::insert(conn, new)
}

/// # Errors
/// `Invalid` when the currency would change under amounts that are stored already.
pub fn save(conn: &mut Conn, changed: &Store) -> Result<()> {
    store::update(conn, changed)
}
