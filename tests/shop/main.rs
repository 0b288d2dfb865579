//! The shop as its people meet it: over HTTP, on a real PostgreSQL, by following the links and forms that its pages hold.

mod accounts;
mod backoffice;
mod browser;
mod catalog;
mod content;
mod credit;
mod exchange;
mod faults;
mod flows;
mod harness;
mod inventory;
mod jobs;
mod mail;
mod media;
mod orders;
mod payments;
mod pricing;
mod program;
mod promotions;
mod reminders;
mod security;
mod settings;
mod shipping;
mod storefront;
mod tax;
mod web;
