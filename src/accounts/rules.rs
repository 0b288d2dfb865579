//! What is decided of people and their sign-ins without asking anybody.

mod sign_ins;
mod staff;

pub use sign_ins::{Hold, KEPT, Times, device_name};
pub use staff::{Standing, hindrance, may_change, may_give, may_shape};
