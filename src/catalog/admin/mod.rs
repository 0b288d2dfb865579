//! Staff's forms for products, variants, pictures and categories. The product's own page, which shows stock beside them, is
//! `backoffice`'s.

mod categories;
mod images;
mod products;
mod variants;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    products::routes(config);
    variants::routes(config);
    images::routes(config);
    categories::routes(config);
}
