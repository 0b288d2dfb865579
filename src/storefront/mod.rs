//! Pages of the shop that look across rooms: home, category, product, search results.

mod model;
mod pages;

pub use pages::routes;
