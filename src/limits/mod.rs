//! How often something may be tried, counted exactly and over all servers: sign-ins, coupons, gift cards, look-ups of orders.

mod model;
mod ops;

pub use model::{Door, Limit, Who};
pub use ops::{ask, give_back};

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
