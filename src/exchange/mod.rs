//! Whole catalogues that come in and go out as files: products in the formats of Shopify's and WooCommerce's CSV exports, and
//! everything of products, stock, redirects, customers and orders in this program's own.
//!
//! A file is read as a stream, one product at a time; each product is written in a transaction of its own. What can't be
//! read or is refused is reported by its row, and the rest comes in. The same file again changes nothing. Nothing of a file is
//! held whole, however large it is, but the addresses of its products (and of WooCommerce's the places of its variations).

mod admin;
mod jobs;
mod model;
mod ops;
mod own;
mod report;
mod rules;
mod shopify;
mod store;
mod table;
mod woocommerce;

pub use admin::routes;
pub use jobs::{Exchange, PurgeExchange, RunExchange};
pub use model::{Format, ImportOptions, Mapping, Subject};
pub use ops::{export::export, import_products, mapping, tables::import_table};
pub use report::{Report, RowProblem};
