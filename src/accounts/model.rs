mod address;
mod consent;
mod customers;
mod link;
mod second_factor;
mod sign_in;
mod staff;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub use self::sign_in::{Device, EndedBy, NewSignIn, SignInRow, Way};
use crate::{
    base::{AccountId, Email, GroupId, Rights, RoleId},
    schema::{accounts, customer_groups, invitations},
    web::{Account, Role, Standing},
};

pub use address::{AddressUse, KeptAddress, SavedAddress};
pub use consent::Consent;
pub use customers::{Blocking, CustomerNote, CustomerTag, customer_path};
pub use link::{Asked, Link, LinkKind};
pub use second_factor::SecondFactor;
pub use staff::{Member, MemberRow, OpenInvitation, RoleChoice, RoleRow, StaffFilter, StaffRole};

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
    /// `false`: came by an import; nobody knows a password for it.
    pub has_password: bool,
    /// `None`: never.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// When somebody showed that they read the address's mail. `None`: nobody has, so the account can't be used.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Of staff; `None`: the standard role.
    pub role_id: Option<RoleId>,
    pub blocked_at: Option<DateTime<Utc>>,
    /// The account that took this one over, which is an empty shell since.
    pub merged_into: Option<AccountId>,
}

impl AccountRow {
    /// Whether somebody may sign in to it.
    pub fn is_open(&self) -> bool {
        self.disabled_at.is_none()
    }
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

impl AccountRow {
    /// Whoever is signed in with this account, by a sign-in that stands so. `role`: that in force for somebody of the staff.
    pub fn standing(self, standing: Standing, role: Option<&StaffRole>) -> Account {
        let terms = match (self.group_id, self.tax_exemption.is_empty()) {
            (None, true) => String::new(),
            (group, taxed) => {
                format!("{}{}", group.map(|group| group.to_string()).unwrap_or_default(), if taxed { "" } else { " untaxed" })
            }
        };
        let rights = match self.role {
            Some(Role::Owner) => Rights::all(),
            Some(Role::Staff) => role.map_or(Rights::NONE, StaffRole::rights),
            None => Rights::NONE,
        };
        let (confirmed, needs_second_factor) = (self.confirmed_at.is_some(), false);
        Account {
            id: self.id,
            email: self.email,
            name: self.name,
            role: self.role,
            rights,
            confirmed,
            blocked: self.blocked_at.is_some(),
            needs_second_factor,
            terms,
            standing,
            acted_by: None,
        }
    }
}

/// A link by which somebody becomes staff. Only the hash of its token is stored.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    /// `None`: whoever opens the link says the address (the first owner).
    pub email: Option<String>,
    pub role: Role,
    /// `None`: the standard role, or an owner.
    pub role_id: Option<RoleId>,
    /// `None`: whoever has the machine.
    pub invited_by: Option<AccountId>,
}
