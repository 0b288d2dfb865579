//! Who wants the shop's news, and has said so twice.

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
