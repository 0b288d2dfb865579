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
#[cfg(test)]
pub use model::{Action, Asked, Condition, Coupon, Goods, Left, Offer};
pub use model::{
    ActionKind, Aim, Automatic, BasketLine, Chosen, ConditionChange, ConditionInput, ConditionKind, CouponCode, DeliveryDiscount, Discount,
    Gift, NewCoupon, Outcome, Plan, PromotionBook, Shape, Situation, Verdict,
};
pub use ops::{
    Shopper, Taker, add_condition, book, book_for_change, books_under, change_uses, check_code, make_batch, make_coupon, release_uses,
    retake_uses, save, set_active, take_uncounted, take_uses,
};
pub use store::{
    promotions::{are_any, automatic},
    uses::merge,
};
