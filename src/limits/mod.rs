//! How often something may be tried, counted exactly and over all servers: sign-ins, coupons, gift cards, look-ups of orders. And
//! how often something happened that may be an attack, so that the shop's owners hear of a burst.
//!
//! What only has to be held off, whoever does it, is counted in memory by `web`'s wall instead.

mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use model::{Burst, Door, Limit, Who};
pub use ops::{Knock, ask, bursts, count_events, give_back, knock, turn_off};
pub use pages::knock_at;

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
