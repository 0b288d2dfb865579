use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz},
};

/// Somebody who bought or has an account, known by e-mail address.
#[derive(QueryableByName, Clone, Debug)]
pub struct Customer {
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Bool)]
    pub has_account: bool,
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
    /// Sum of the orders that are not cancelled, in minor units.
    #[diesel(sql_type = BigInt)]
    pub spent: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_order_at: Option<DateTime<Utc>>,
}
