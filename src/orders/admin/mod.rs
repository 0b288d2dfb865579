//! Orders in the back office: the list, an order with its timeline, and what staff can do with it.

mod actions;
mod confirm;
mod downloads;
mod list;
mod notes;
mod papers;
mod parcels;
mod returns;
mod show;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    list::routes(config);
    papers::routes(config);
    show::routes(config);
    actions::routes(config);
    confirm::routes(config);
    parcels::routes(config);
    notes::routes(config);
    downloads::routes(config);
    returns::routes(config);
}
