//! The back office's pages: gift cards, and the store credit of a customer.

use crate::web::Doors;
mod balance;
mod cards;
mod customer;
mod issue;

pub fn routes(doors: &mut Doors) {
    issue::routes(doors);
    cards::routes(doors);
    balance::routes(doors);
    customer::routes(doors);
}
