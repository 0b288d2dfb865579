//! People with a password: customers and staff. Sign-up, sign-in, sign-out and invitations, and the groups of customers.
//!
//! What a visitor may do is asked in `web`; this room answers who somebody is.

use crate::web::Doors;
mod admin;
mod forms;
mod model;
mod ops;
mod pages;
mod password;
mod store;

pub use forms::{BuyerForm, safe_return};
pub use model::{AccountRow, Brought, BroughtCustomer, Buyer, Group, Invitation};
pub use ops::{bring, buyer, buyers, current, invite, owner_exists, save_group, set_buyer, set_tax_exemption, unknown_password};
pub use store::{exempt, find, find_by_email, groups::all as groups};

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
