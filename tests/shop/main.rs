//! The shop as its people meet it: over HTTP, on a real PostgreSQL, by following the links and forms that its pages hold.

mod accounts;
mod backoffice;
mod browser;
mod catalog;
mod content;
mod exchange;
mod faults;
mod flows;
mod gateways;
mod harness;
mod inventory;
mod jobs;
mod mail;
mod media;
mod orders;
mod payments;
mod program;
mod security;
mod settings;
mod standins;
mod storefront;
mod web;
