//! People with a password: customers and staff. Sign-up, sign-in, sign-out and invitations.
//!
//! What a visitor may do is asked in `web`; this room answers who somebody is.

mod forms;
mod model;
mod ops;
mod pages;
mod password;
mod store;

pub use model::{AccountRow, Buyer, Group, Invitation};
pub use ops::{buyer, current, invite, owner_exists, set_tax_exemption};
pub use pages::routes;
pub use store::{exempt, find_by_email};
