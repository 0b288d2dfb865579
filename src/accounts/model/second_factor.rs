use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::schema::second_factors;

/// What an authenticator app shares with us.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = second_factors)]
pub struct SecondFactor {
    pub seed_sealed: String,
    /// `None`: begun, and asks nothing at sign-in.
    pub confirmed_at: Option<DateTime<Utc>>,
}
