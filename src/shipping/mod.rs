//! Ways to deliver: methods, where they go, and what each costs there.
//!
//! A method has a tariff for each of the zones that it goes to, and takes the narrowest of them that holds a place. What is to be
//! known of a place is loaded once as a [`ShippingBook`]; offers and refusals are then decided without a database. Carriers that
//! are asked for their prices answer into a table, so that a decision never waits for them.

mod admin;
mod carrier;
mod carriers;
mod continents;
mod forms;
mod jobs;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use carrier::{Carrier, CarrierError, CarrierRate, RateRequest};
pub use carriers::{Carriers, JsonCarrier};
pub use continents::EUROPEAN_UNION;
pub use jobs::SweepCarrierRates;
pub use model::{Method, MethodSettings, Offer, Parcel, ShippingBook, Step, Surcharge, Tariff, TariffKind, Zone, ZoneSettings};
pub use ops::{add_method, add_zone, book, book_under, refresh, reseal, save_surcharges, save_tariff, sealed_secrets};
pub use store::method_named;
