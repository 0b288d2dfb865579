//! The back office's pages: gift cards, and the store credit of a customer.

mod balance;
mod cards;
mod customer;
mod issue;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    issue::routes(config);
    cards::routes(config);
    balance::routes(config);
    customer::routes(config);
}
