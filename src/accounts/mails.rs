//! What people are told by mail.

mod staff;

pub use staff::{invitation, role_changed};
