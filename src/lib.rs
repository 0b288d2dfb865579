//! Ironmonger: a complete online shop in one program and PostgreSQL.
#![forbid(unsafe_code)]
pub mod schema;
pub mod base;
pub mod web;
pub mod jobs;
pub mod mail;
pub mod media;
pub mod settings;
pub mod accounts;
pub mod catalog;
pub mod content;
pub mod inventory;
pub mod tax;
pub mod shipping;
pub mod search;
pub mod cart;
pub mod payments;
pub mod sandbox;
pub mod orders;
pub mod checkout;
pub mod storefront;
pub mod backoffice;
pub mod reports;
