//! Discounts: automatic or by coupon, with conditions that combine and actions that are shown with their reason.
//!
//! Deciding is a pure function of a book loaded beforehand. Uses are counted in the order's own transaction, and given back
//! when its payment fails. Gift cards and store credit are payments, not discounts, and live in `credit`.

mod admin;
mod model;
mod rules;

pub use admin::routes;
pub use model::{BasketLine, CouponCode, DeliveryDiscount, Discount, Gift, Outcome, PromotionBook, Situation, Verdict};
