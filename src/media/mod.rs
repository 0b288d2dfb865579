//! Pictures: what an upload may be, the sizes made of it, the store that keeps them, and the library in which staff find them.
//!
//! Files are named by the content they were made from, so an address never changes its meaning and may be cached for ever. What is
//! uploaded is decoded and encoded anew as WebP before anybody sees it, which turns it as the camera was held and leaves behind
//! whatever stood beside the pixels: place, device, programs. What was uploaded is not kept. AVIFs follow by the worker, since they
//! take a second each; pages offer them from then on.
//!
//! A deleted picture's files go by a job minutes after its row, never before: the same bytes may be on their way in again.

mod admin;
mod jobs;
mod model;
mod ops;
mod pages;
mod picture;
mod store;

pub use jobs::{MakeAvifs, MediaServices, PurgePicture};
pub use model::{Listed, Media, Picture, Shelf, UPLOAD_HINT};
pub use ops::{Content, MediaStore, Received, add, describe, kept_name, purge, receive};
pub use pages::routes;
pub use picture::{Prepared, prepare};
pub use store::{find, find_by_hash, list};
