use std::future::Future;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    base::{JobId, Result},
    schema::jobs,
};

/// A kind of work. The payload is small: ids, not things.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Stored with each job; never change it while jobs of this kind may wait.
    const KIND: &'static str;

    /// Seconds that one run may take.
    const MOST_SECONDS: u32 = 45;

    /// What `run` works with: the database, a mailer, a gateway.
    type Services: Clone + Send + Sync + 'static;

    /// Does it. May run more than once.
    fn run(self, services: Self::Services) -> impl Future<Output = Result<()>> + Send;
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    pub id: JobId,
    pub kind: String,
    pub payload: serde_json::Value,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub parked_at: Option<DateTime<Utc>>,
    pub schedule_key: Option<String>,
}
