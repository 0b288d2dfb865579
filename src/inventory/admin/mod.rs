//! Staff's pages about stock: how much there is, goods in, goods carried elsewhere, counting; and the owner's locations.

mod bundle;
mod locations;
mod receipts;
mod stock;
mod stocktakes;
mod transfers;
mod variant;

use actix_web::web;

pub fn routes(config: &mut web::ServiceConfig) {
    stock::routes(config);
    variant::routes(config);
    bundle::routes(config);
    receipts::routes(config);
    transfers::routes(config);
    stocktakes::routes(config);
    locations::routes(config);
}
