mod care;
mod customers;
mod products;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    products::routes(config);
    customers::routes(config);
    care::routes(config);
}
