//! Whole catalogues that come in as files: products in the format of Shopify's CSV export.
//!
//! The file is read as a stream, one product at a time; each product is written in a transaction of its own. What can't be
//! read or is refused is reported by its row, and the rest comes in. The same file again changes nothing.

mod model;
mod ops;
mod report;
mod rules;
mod shopify;

pub use model::ImportOptions;
pub use ops::import_products;
pub use report::{Report, RowProblem};
