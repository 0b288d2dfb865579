//! Ways to deliver: methods, and what each costs by zone and weight.

mod admin;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use model::{Method, Offer, Rate, Zone};
pub use ops::{NewMethod, NewZone, add_method, add_zone, offers};
