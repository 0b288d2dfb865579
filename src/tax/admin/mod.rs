mod classes;
mod exemptions;
mod overview;
mod rates;
mod settings;
mod zones;

use crate::web::Doors;

pub fn routes(doors: &mut Doors) {
    overview::routes(doors);
    settings::routes(doors);
    zones::routes(doors);
    rates::routes(doors);
    classes::routes(doors);
    exemptions::routes(doors);
}
