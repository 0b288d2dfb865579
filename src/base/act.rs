//! Who does what is being done, for the record: known where a request came in, read where its transaction begins.

use std::future::Future;

use serde::Serialize;

use super::{AccountId, Client};

tokio::task_local! {
    static ACT: Act;
}

/// One request of somebody of the staff that changes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Act {
    pub account: AccountId,
    /// Of the person, as it was then.
    pub name: String,
    #[serde(serialize_with = "address")]
    pub client: Client,
    pub request_id: String,
    /// Method and pattern of the route, such as `POST /admin/brands/{id}`.
    pub door: String,
    /// The customer in whose place they act.
    pub acting_for: Option<AccountId>,
}

impl Act {
    /// Runs the request; all its transactions are this act's.
    pub async fn during<T>(self, request: impl Future<Output = T>) -> T {
        ACT.scope(self, request).await
    }

    /// The act that the running task is part of. Threads of the database are not: ask before.
    pub fn current() -> Option<Self> {
        ACT.try_with(Self::clone).ok()
    }
}

fn address<S: serde::Serializer>(client: &Client, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&client.address)
}
