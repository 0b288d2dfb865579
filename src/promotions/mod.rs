//! Discounts: automatic or by coupon, with conditions that combine and actions that are shown with their reason.
//!
//! Deciding is a pure function of a book loaded beforehand. Uses are counted in the order's own transaction, and given back
//! when its payment fails. Gift cards and store credit are payments, not discounts, and live in `credit`.

mod admin;
mod forms;
mod jobs;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use jobs::ForgetCouponTries;
pub use model::{BasketLine, CouponCode, DeliveryDiscount, Discount, Gift, Outcome, PromotionBook, Situation, Verdict};
pub use ops::{book, check_code, release_uses, retake_uses, take_uses};
