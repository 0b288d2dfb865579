//! What is decided of people and their sign-ins without asking anybody.

mod sign_ins;

pub use sign_ins::{Hold, KEPT, Times, device_name};
