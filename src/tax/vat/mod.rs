//! VAT numbers: their forms and check digits, and whether one is registered.

mod digits;
mod number;

pub use number::VatNumber;
