mod book;
mod codes;
mod plan;
mod uses;

pub use book::{book, trial_book};
pub use codes::{check_code, forget_old_tries, make_batch, make_coupon};
pub use plan::{Shape, add_condition, delete, offer, offers, remove_condition, save, set_active};
pub use uses::{release_uses, retake_uses, take_uses};
