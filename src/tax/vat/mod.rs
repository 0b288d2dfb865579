//! VAT numbers: their forms and check digits, and whether one is registered.

mod check;
mod digits;
mod number;

pub use check::{NoVatCheck, VIES_URL, VatAnswer, VatCheck, VatCheckError, VatStanding, Vies};
pub use number::VatNumber;
