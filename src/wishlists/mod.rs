//! Lists of goods that somebody wishes for: their own, or shared by a link.

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
