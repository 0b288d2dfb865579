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
