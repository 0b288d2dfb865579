//! Pages of text that the merchant writes: about, delivery, returns, privacy.

use crate::web::Doors;
mod admin;
mod forms;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use model::{ContentPage, PageInput};
pub use ops::save;
pub use rules::render;
pub use store::list;

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
