//! What is decided of people, their passwords, codes and sign-ins without asking anybody.

mod codes;
mod merging;
mod sign_ins;
mod staff;
mod strength;

pub use codes::{enrolment, is_recovery_code, matched_step, new_recovery_code, new_seed, plain_code, tidy_recovery_code};
pub use merging::why_not_merge;
pub use sign_ins::{Hold, Times, device_name};
pub use staff::{Standing, hindrance, may_change, may_demand_of_owners, may_give, may_shape};
pub use strength::{weakness, words_of};
