//! An account made later takes its guest's orders over.

use crate::{
    base::{AccountId, Conn, Result},
    orders::store,
};

/// Gives the account the orders that were placed with its address without signing in, once it is proven that its owner reads that
/// address's mail, and says how many there were. Called where orders of an account are asked for, so that nothing has to know when
/// somebody proves it.
pub fn claim(conn: &mut Conn, account: AccountId) -> Result<usize> {
    store::claim(conn, account)
}
