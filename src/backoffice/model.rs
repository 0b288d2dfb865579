use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use crate::{accounts::customer_path, base::AccountId};

/// Somebody who bought or has an account: one e-mail address is one person.
#[derive(QueryableByName, Clone, Debug)]
pub struct Customer {
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    /// `None`: a guest.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub account: Option<AccountId>,
    /// The number of the order by which a guest is known: the one that the shop had first.
    #[diesel(sql_type = Nullable<Text>)]
    pub first_order: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
    /// Sum of the orders that are not cancelled, in minor units.
    #[diesel(sql_type = BigInt)]
    pub spent: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_order_at: Option<DateTime<Utc>>,
}

/// How the address of a customer's page says whose it is: without a name and without an e-mail address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Known {
    Account(AccountId),
    /// A guest, by the number of one of their orders.
    Buyer(String),
}

impl Known {
    pub fn path(&self) -> String {
        match self {
            Self::Account(id) => customer_path(*id),
            Self::Buyer(number) => format!("/admin/customers/guests/{number}"),
        }
    }
}

impl Customer {
    pub fn known(&self) -> Known {
        let number = || self.first_order.clone().unwrap_or_default();
        self.account.map_or_else(|| Known::Buyer(number()), Known::Account)
    }

    pub fn url(&self) -> String {
        self.known().path()
    }

    pub fn has_account(&self) -> bool {
        self.account.is_some()
    }
}
