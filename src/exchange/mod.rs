//! Whole catalogues that come in and go out as files: products in the formats of Shopify's and WooCommerce's CSV exports, and
//! everything of products, stock, redirects, customers and orders in this program's own.
//!
//! A file is read as a stream. Products that are new and bring no pictures are written many at a time, by a few statements for all
//! of them (`ops::many`); one that the shop has, or that brings pictures, by itself (`ops::product`). What the database refuses
//! among many is found by writing ever smaller parts of them, so that each refusal is told by its row and the rest comes in.
//! Every product is whole or not there, and the same file again changes nothing. Nothing of a file is held whole, however large it
//! is, but eight bytes for each product's address (and of WooCommerce's the places of its variations, and the addresses of those that
//! others name): of its text some tens of megabytes at most are in memory, whatever the file is made of.
//!
//! An import of hours meets moments in which it can't go on. It waits for a while (`ops::patience`), then its job is tried again, and
//! goes on where the run is; attempts in vain are counted anew whenever the run got on.
//!
//! The back office's files lie in the store beside the pictures, where every server has them; see `ops::runs`.
//!
//! What it costs, by the processor's time (release build, PostgreSQL 15, new products of one to five variants with brand, type,
//! category, two attributes and stock, on a machine whose two cores were many times overbooked, so that clock times say nothing):
//! this program takes about 40 µs a row, and 50 MB at its peak with 20,000 rows; PostgreSQL took about 250 to 300 µs a row with
//! the triggers as they were, and in the same minutes 31 % less of it with those of migration 003500 (259 against 177 µs, 290
//! against 201 µs a row, for the statements alone). Before the price history was written for a statement it was above 1,100 µs.
//! A million rows on a quiet machine are still to be measured; the aim is 5,000 rows a second, 200 µs.

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
pub use ops::{export::export, files::look_through, import_products, mapping, tables::import_table};
pub use report::{Report, RowProblem};
