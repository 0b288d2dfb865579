mod book;
mod codes;
mod plan;
mod trial;
mod uses;

pub use book::{Shopper, book, book_for_change, books_under};
pub use codes::{check_code, make_batch, make_coupon, set_coupon_active};
pub use plan::{add_condition, delete, offer, offers, remove_condition, save, set_active};
pub use trial::try_out;
pub use uses::{Taker, change_uses, release_uses, retake_uses, take_uncounted, take_uses};
