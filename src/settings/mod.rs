//! What the merchant says of the shop, and what is known of countries, states and postal addresses.

mod address;
mod admin;
mod countries;
mod forms;
mod model;
mod ops;
mod postcode;
mod store;

pub use address::{Address, Place};
pub use admin::routes;
pub use countries::{Country, Region, countries, country_name, region_name, regions};
pub use forms::AddressForm;
pub use model::{NewStore, Store};
pub use ops::{open, save};
pub use store::{find as store, is_open, under as store_under};
