//! Who gets the newsletter. Writing it is done elsewhere; here is who wants it, and that they said so themselves.
//!
//! An address that somebody types gets one mail with a link (double opt-in: Planet49, ECJ C-673/17, and BGH I ZR 164/09 on proof);
//! nothing else is sent there until the link's page is confirmed. Each step is written into the record of consents. What a form
//! answers tells nobody whether an address is on the list.

mod admin;
mod forms;
mod mails;
mod model;
mod ops;
mod pages;
mod store;

use crate::web::Doors;

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}
