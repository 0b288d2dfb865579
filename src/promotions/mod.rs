//! Discounts: automatic or by coupon, with conditions that combine and actions that are shown with their reason.

mod admin;

pub use admin::routes;
