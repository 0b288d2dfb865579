//! What every room stands on: errors, money, ids, paging, settings, keys and the database.
//!
//! Nothing here knows a noun of the trade, and nothing here knows the web.

mod act;
mod batches;
mod breaker;
mod cell;
mod client;
mod config;
mod db;
mod email;
mod error;
mod failpoint;
mod hosts;
mod ids;
mod kept;
mod keys;
pub mod meanwhile;
mod migrations;
mod money;
mod notices;
mod outside;
mod paging;
mod permission;
mod postgres;
mod prepared;
mod text_enum;
mod text_list;
pub mod typed;
mod watch;

pub use act::Act;
pub use batches::Batches;
pub use breaker::{Breaker, Door};
pub use cell::{bare_cell, cell};
pub use client::Client;
pub use config::{ServerSettings, Settings};
pub use db::{Conn, Db, db_now};
pub use email::Email;
pub use error::{Error, OnConstraint, Problem, Problems, Result};
pub(crate) use failpoint::failpoint;
#[cfg(feature = "failpoints")]
pub use failpoint::reached;
pub use hosts::Hosts;
pub use ids::*;
pub use kept::{Edition, Kept, Moment};
pub use keys::{
    KeyKept, Keys, Resealed, SealedSecret, random_token, retire_in_file, retired_setting, rotate_file, rotate_setting, sha256_hex,
};
pub use meanwhile::Meanwhile;
pub use migrations::{MIGRATIONS, migrate, migrate_as_owner, migrations_pending};
pub use money::{Currency, Money};
pub use notices::{Ear, Notice};
pub use outside::{Outside, Reach, is_public};
pub use paging::{Page, PageRequest};
pub use permission::{Permission, Rights};
pub use postgres::Cluster;
pub use prepared::{Prepared, prepared};
pub(crate) use text_enum::text_enum;
pub use text_list::TextList;
pub use watch::{Tally, WATCHED};
