//! Pages of text that the merchant writes: about, delivery, returns, privacy.

mod admin;
mod forms;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

use actix_web::web::ServiceConfig;

pub use model::{ContentPage, PageInput};
pub use ops::save;
pub use store::list;

pub fn routes(config: &mut ServiceConfig) {
    pages::routes(config);
    admin::routes(config);
}
