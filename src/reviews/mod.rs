//! What buyers say of goods: stars and words, looked at by staff before they are shown.

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
