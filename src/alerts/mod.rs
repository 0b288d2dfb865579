//! Mails for who asked to be told: back in stock, fallen in price.

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
