use super::{model::TaxRate, store};
use crate::base::{Conn, Result};

/// Adds a rate, or changes the one for the same class and place.
pub fn add_rate(conn: &mut Conn, rate: &TaxRate) -> Result<()> {
    store::upsert(conn, rate)
}
