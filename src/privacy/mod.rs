//! What people may ask of a shop about themselves: a copy of all that is known, and to be forgotten. And what the shop forgets by
//! itself when its time is over.
//!
//! Sources: Regulation (EU) 2016/679 (GDPR), articles 5 (1) e (storage limitation), 12 (3) (within a month), 15 and 20 (copy), 17
//! (erasure, and in 17 (3) b what the law wants kept), and the same articles of the UK GDPR.
//!
//! One register, `store::holdings`, says of each table whose rows speak of people how they are found and what becomes of them.
//! A table that no line of it names fails a test, so a new room can't hold people's data unseen. Whoever is erased leaves an
//! empty account behind, so that orders, money and stock keep adding up; invoices are kept as they were given.

mod admin;
mod forms;
mod jobs;
mod mails;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use jobs::{ApplyRetention, EraseDue, MakeExport, PrivacyServices};
pub use store::holdings::{EXCUSED, Fate, HOLDINGS, Holding};

use crate::web::Doors;

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
