//! Finding products by words: PostgreSQL's full text over title, vendor, type, tags and description, and SKUs exactly.

mod model;
mod store;

pub use model::SearchQuery;
pub use store::find;
