//! The shop as its people meet it: over HTTP, on a real PostgreSQL, by following the links and forms that its pages hold.

mod accounts;
mod flows;
mod harness;
