//! Orders in the back office: the list, an order with its timeline, and what staff can do with it.

use crate::web::Doors;
mod actions;
mod confirm;
mod downloads;
mod list;
mod notes;
mod papers;
mod parcels;
mod returns;
mod show;

pub fn routes(doors: &mut Doors) {
    list::routes(doors);
    papers::routes(doors);
    show::routes(doors);
    actions::routes(doors);
    confirm::routes(doors);
    parcels::routes(doors);
    notes::routes(doors);
    downloads::routes(doors);
    returns::routes(doors);
}
