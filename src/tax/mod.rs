//! Which tax is due: classes of goods × zones of places × rates with their days.
//!
//! A quote opens the [`TaxBook`] once, asks it for the [`Regime`] of a place and a person, and lets that convert entered prices
//! and reckon tax lines. Nothing in that decision touches the clock or the database.

mod admin;
mod forms;
mod model;
mod ops;
mod rules;
mod store;
mod vat;

pub use admin::routes;
pub use model::{
    Area, Basis, Person, Rate, RateChange, RatedZone, Rounding, STANDARD, TaxClass, TaxLine, TaxSettings, Taxable, Treatment, Zone,
    ZoneChange,
};
pub use ops::{add_rate, add_zone, book, book_under, delete_class, save_class, save_settings};
pub use rules::{Regime, TaxBook, in_eu, vat_state};
pub use store::classes;
pub use vat::{NoVatCheck, VIES_URL, VatAnswer, VatCheck, VatCheckError, VatNumber, VatStanding, Vies};
