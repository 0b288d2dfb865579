//! Promotions for staff to see and for the owner to change.

use crate::web::Doors;
mod conditions;
mod coupons;
mod form;
mod list;
mod show;
mod trial;

pub fn routes(doors: &mut Doors) {
    list::routes(doors);
    form::routes(doors);
    show::routes(doors);
    conditions::routes(doors);
    coupons::routes(doors);
    trial::routes(doors);
}
