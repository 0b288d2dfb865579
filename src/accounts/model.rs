use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AccountId, Email, GroupId, Rights},
    schema::{accounts, customer_groups, invitations},
    web::{Account, Role},
};

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = accounts)]
pub struct AccountRow {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub role: Option<Role>,
    pub generation: i32,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub group_id: Option<GroupId>,
    pub tax_exemption: String,
}

/// A customer who comes from another shop, without a password.
#[derive(Clone, Debug)]
pub struct BroughtCustomer {
    pub email: Email,
    pub name: String,
    /// `None`: not said, so it stays. `Some(None)`: none.
    pub group: Option<Option<GroupId>>,
    /// `None`: not said, so it stays. Empty: pays tax.
    pub tax_exemption: Option<String>,
    /// `None`: from now on.
    pub since: Option<DateTime<Utc>>,
    /// When they agreed to be sent offers.
    pub offers_agreed_at: Option<DateTime<Utc>>,
}

/// What became of a customer who was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    Created,
    Changed,
    Unchanged,
}

/// A group of customers, such as trade customers.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = customer_groups)]
pub struct Group {
    pub id: GroupId,
    pub name: String,
}

/// A group with the number of customers in it.
#[derive(Queryable, Clone, Debug)]
pub struct GroupRow {
    pub group: Group,
    pub customers: i64,
}

/// Who buys, as far as prices, promotions and tax ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    /// `None`: a guest.
    pub account: Option<AccountId>,
    pub group: Option<GroupId>,
    /// Why this customer pays no tax; empty: pays tax.
    pub tax_exemption: String,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let terms = match (row.group_id, row.tax_exemption.is_empty()) {
            (None, true) => String::new(),
            (group, taxed) => {
                format!("{}{}", group.map(|group| group.to_string()).unwrap_or_default(), if taxed { "" } else { " untaxed" })
            }
        };
        let rights = match row.role {
            Some(Role::Owner) => Rights::all(),
            Some(Role::Staff) => Rights::standard(),
            None => Rights::NONE,
        };
        let (confirmed, blocked, needs_second_factor) = (true, false, false);
        Self { id: row.id, email: row.email, name: row.name, role: row.role, rights, confirmed, blocked, needs_second_factor, terms }
    }
}

/// A link by which somebody becomes staff. Only the hash of its token is stored.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    /// `None`: whoever opens the link says the address (the first owner).
    pub email: Option<String>,
    pub role: Role,
}
