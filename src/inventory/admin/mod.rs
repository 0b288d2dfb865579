//! Staff's pages about stock: how much there is, goods in, goods carried elsewhere, counting; and the owner's locations.

use crate::web::Doors;
mod bundle;
mod locations;
mod receipts;
mod stock;
mod stocktakes;
mod transfers;
mod variant;

pub fn routes(doors: &mut Doors) {
    stock::routes(doors);
    variant::routes(doors);
    bundle::routes(doors);
    receipts::routes(doors);
    transfers::routes(doors);
    stocktakes::routes(doors);
    locations::routes(doors);
}
