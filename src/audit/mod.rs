//! The record of what staff did: who, when, from where, what, before and after. Nothing in it is changed or taken away.

use crate::web::Doors;

pub fn routes(_doors: &mut Doors) {}
