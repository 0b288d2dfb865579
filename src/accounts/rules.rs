//! What is decided of passwords and codes without asking anybody.

mod codes;
mod strength;

pub use codes::{enrolment, is_recovery_code, matched_step, new_recovery_code, new_seed, plain_code, tidy_recovery_code};
pub use strength::{weakness, words_of};
