//! The shop as its people meet it: over HTTP, on a real PostgreSQL, by following the links and forms that its pages hold.

mod accounts;
mod backoffice;
mod browser;
mod catalog;
mod content;
mod credit;
mod doctor;
mod edits;
mod exchange;
mod faults;
mod flows;
mod fulfilment;
mod gateways;
mod harness;
mod inventory;
mod invoices;
mod jobs;
#[cfg(feature = "failpoints")]
mod killed;
mod mail;
mod media;
mod orders;
mod payments;
mod pricing;
mod program;
mod promotions;
mod properties;
mod reminders;
mod returns;
mod security;
mod settings;
mod shipping;
mod standins;
mod storefront;
mod tax;
mod web;
