//! The owner's price lists, and for all staff a variant's prices over the lists with their history.

use crate::web::Doors;
mod lists;
mod prices;
mod rates;
mod reduction;
mod variant;

pub fn routes(doors: &mut Doors) {
    lists::routes(doors);
    prices::routes(doors);
    rates::routes(doors);
    reduction::routes(doors);
    variant::routes(doors);
}
