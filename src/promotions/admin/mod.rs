//! Promotions for staff to see and for the owner to change.

mod conditions;
mod coupons;
mod form;
mod list;
mod show;
mod trial;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    list::routes(config);
    form::routes(config);
    show::routes(config);
    conditions::routes(config);
    coupons::routes(config);
    trial::routes(config);
}
