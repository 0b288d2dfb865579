//! Work done later and apart from requests, kept in PostgreSQL.
//!
//! A job is enqueued in the transaction of the fact that calls for it, so it exists exactly when the fact does. It runs at
//! least once: a worker that dies in the middle loses its lease and another runs the job again, so `run` must be idempotent.

mod admin;
mod model;
mod ops;
mod store;
mod worker;

pub use admin::routes;
pub use model::Job;
pub use ops::{enqueue, enqueue_all, enqueue_in, gets_on, parked, retry};
pub use store::parked_count;
pub use worker::{Registry, Worker};
