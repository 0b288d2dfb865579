mod care;
mod customers;
mod customers_file;
mod merging;
mod products;
mod searches;

use crate::web::Doors;

pub fn routes(doors: &mut Doors) {
    products::routes(doors);
    customers::routes(doors);
    customers_file::routes(doors);
    care::routes(doors);
    merging::routes(doors);
    searches::routes(doors);
}
