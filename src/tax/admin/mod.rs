mod classes;
mod exemptions;
mod overview;
mod rates;
mod settings;
mod zones;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    overview::routes(config);
    settings::routes(config);
    zones::routes(config);
    rates::routes(config);
    classes::routes(config);
    exemptions::routes(config);
}
