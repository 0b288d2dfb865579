//! Goods that are files: what staff upload for a variant, and the links by which those who bought it download it.
//!
//! A file lies in the media store under `private/` and the hash of its content, to which no address of the shop leads. A link names
//! the right to download and bears an HMAC under the order's own token: nothing in this room's tables opens anything. Whether a
//! link may be used is decided by one UPDATE, which also counts it, so that no race gives more downloads than were sold.
//!
//! When an order has earned its links is the business of `orders`, which asks here for them.

use crate::web::Doors;
mod admin;
mod forms;
mod jobs;
mod mails;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use jobs::PurgeDownloads;
pub use model::{Bought, Buyer, Download, File, Intake, State};
pub use ops::{expect, grant, renew, withdraw};
pub use store::{of_order, without_files};

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
