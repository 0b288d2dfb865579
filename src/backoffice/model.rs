use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use crate::{
    accounts::{AccountRow, customer_path},
    base::{AccountId, Money},
};

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

#[derive(QueryableByName, Clone, Copy, Debug)]
pub struct Counted {
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// How much of each kind one account takes over from another.
#[derive(QueryableByName, Clone, Debug)]
pub struct Counts {
    /// Guests' orders of its address included.
    #[diesel(sql_type = BigInt)]
    pub orders: i64,
    #[diesel(sql_type = BigInt)]
    pub in_cart: i64,
    #[diesel(sql_type = BigInt)]
    pub promotion_uses: i64,
    #[diesel(sql_type = BigInt)]
    pub lists: i64,
    #[diesel(sql_type = BigInt)]
    pub wishes: i64,
    #[diesel(sql_type = BigInt)]
    pub reviews: i64,
    #[diesel(sql_type = BigInt)]
    pub alerts: i64,
    #[diesel(sql_type = BigInt)]
    pub addresses: i64,
    #[diesel(sql_type = BigInt)]
    pub tags: i64,
    #[diesel(sql_type = BigInt)]
    pub notes: i64,
}

impl Counts {
    /// What there is, in words.
    pub fn lines(&self) -> Vec<String> {
        let kinds = [
            (self.orders, "order", "orders"),
            (self.in_cart, "thing in the cart", "things in the cart"),
            (self.promotion_uses, "use of a promotion", "uses of promotions"),
            (self.lists, "list", "lists"),
            (self.wishes, "thing on lists", "things on lists"),
            (self.reviews, "review", "reviews"),
            (self.alerts, "thing that is waited for", "things that are waited for"),
            (self.addresses, "address", "addresses"),
            (self.tags, "tag", "tags"),
            (self.notes, "note", "notes"),
        ];
        let said = |(count, one, more): (i64, &str, &str)| format!("{count} {}", if count == 1 { one } else { more });
        kinds.into_iter().filter(|(count, ..)| *count > 0).map(said).collect()
    }
}

/// What becomes of two accounts when one takes over the other.
#[derive(Clone, Debug)]
pub struct Merging {
    /// Goes.
    pub from: AccountRow,
    /// Stays.
    pub into: AccountRow,
    pub counts: Counts,
    /// The store credit that goes over, in each currency where there is any.
    pub credit: Vec<Money>,
}
