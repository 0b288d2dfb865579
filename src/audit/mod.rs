//! The record of what staff did: who, when, from where, what, before and after. Nothing in it is changed or taken away.
//!
//! It is written in three ways, so that nothing is forgotten. The guard of each door of the staff notes what was done there and
//! who was turned away ([`note`]). The database notes every row that such a request changes, in the transaction that changes it
//! (migration 004020, for which [`crate::base::Db`] says who acts). And the command line notes what it does ([`note_program`]).

mod admin;
mod forms;
mod model;
mod ops;
mod rules;
mod store;

use crate::web::Doors;

pub use model::Kind;
pub use ops::{note, note_program};

pub fn routes(doors: &mut Doors) {
    admin::routes(doors);
}
