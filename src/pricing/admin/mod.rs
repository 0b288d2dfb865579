//! The owner's price lists, and for all staff a variant's prices over the lists with their history.

mod lists;
mod prices;
mod rates;
mod reduction;
mod variant;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    lists::routes(config);
    prices::routes(config);
    rates::routes(config);
    reduction::routes(config);
    variant::routes(config);
}
