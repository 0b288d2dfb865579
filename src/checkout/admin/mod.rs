//! What staff does with prices and payments of orders.

mod draft;
mod edit;
mod exchange;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    edit::routes(config);
    draft::routes(config);
    exchange::routes(config);
}
