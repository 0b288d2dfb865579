//! What staff does with prices and payments of orders.

use crate::web::Doors;
mod draft;
mod edit;
mod exchange;

pub fn routes(doors: &mut Doors) {
    edit::routes(doors);
    draft::routes(doors);
    exchange::routes(doors);
}
