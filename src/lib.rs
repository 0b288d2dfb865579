//! Ironmonger: a complete online shop in one program and PostgreSQL.
//!
//! This file is the map. A *room* is a folder named after one noun of the trade; the same noun names its table, its addresses,
//! its templates and its tests. Rooms stand on floors, and a room imports only rooms on the floors below its own, which
//! `tests/architecture.rs` checks. Every room is made of the same few files, each with its own tools:
//!
//! | file | holds | never names |
//! |---|---|---|
//! | `mod.rs` | the front door: what the room is for, what others may use, `routes` | |
//! | `model.rs` | rows, enums, newtypes | |
//! | `rules.rs` | pure decisions with their tests below | Diesel, actix, `store`, `ops` |
//! | `store.rs` | queries, `&mut Conn` first | actix, `rules`, `ops` |
//! | `ops.rs` | the verbs, one function for each use case | actix, `web`, `schema` |
//! | `forms.rs` | what people typed, parsed into types | |
//! | `pages.rs`, `admin.rs`, `api.rs` | handlers and their page structs | Diesel, `schema` |
//! | `papers.rs` | what is printed, as `documents` | actix, `schema` |
//! | `mails.rs` | what people are told by mail | |
//! | `jobs.rs` | small payloads with a thin `run` | |
//!
//! Three ways lead upward without an import: plain data (`web::Shell` has the cart's count, filled by `app`), pulling lazily
//! (the cart merges a guest's lines at its next read after a sign-in), and standing the caller higher (gateways' webhooks are
//! received in `checkout`).

#![forbid(unsafe_code)]

// 1: what everything stands on
pub mod base;
mod joins;
pub mod schema;

// 2: the web, without a noun of the trade
pub mod web;

// 3: what is noted and what is counted
pub mod audit;
pub mod limits;

// 4: work for later
pub mod jobs;

// 5: mail, pictures and printed pages
pub mod documents;
pub mod mail;
pub mod media;

// 6: the shop, and a payment provider that only pretends
pub mod sandbox;
pub mod settings;

// 7: its people
pub mod accounts;

// 8: what there is to see
pub mod catalog;
pub mod content;

// 9: what it costs and whether there is any
pub mod credit;
pub mod inventory;
pub mod pricing;
pub mod promotions;
pub mod shipping;
pub mod tax;

// 10: all that together, and goods that are files
pub mod downloads;
pub mod quote;

// 11: on the way to an order
pub mod cart;
pub mod invoices;
pub mod payments;
pub mod search;

// 12: what was agreed
pub mod orders;

// 13: the moment of buying, what is said to those who let it pass, and what customers keep, say and ask to be told
pub mod alerts;
pub mod checkout;
pub mod newsletter;
pub mod reminders;
pub mod reviews;
pub mod wishlists;

// 14: views across rooms, what people may ask about themselves, and goods in from files
pub mod backoffice;
pub mod doctor;
pub mod exchange;
pub mod privacy;
pub mod reports;
pub mod storefront;

// 15: everything wired together
pub mod app;
