//! What tax is due where, decided without a clock and without a database.

mod amounts;
mod book;
mod places;
mod regime;
#[cfg(test)]
mod tests;

pub use book::TaxBook;
pub use places::{in_eu, territory, vat_state};
pub use regime::Regime;
