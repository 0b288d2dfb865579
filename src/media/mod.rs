//! Pictures: what an upload may be, the sizes made of it, and the store that keeps them.
//!
//! Files are named by the content they were made from, so an address never changes its meaning and may be cached for ever.

mod model;
mod ops;
mod pages;
mod picture;
mod store;

pub use model::{Media, Picture};
pub use ops::{MediaStore, add};
pub use pages::routes;
pub use picture::{Prepared, prepare};
pub use store::find_by_hash;
