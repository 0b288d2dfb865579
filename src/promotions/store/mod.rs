pub mod coupons;
pub mod customers;
pub mod promotions;
pub mod targets;
pub mod uses;
