//! Who works here, and as what.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AccountId, InvitationId, Rights, RoleId, TextList},
    schema::{accounts, roles},
    web::Role,
};

/// A named set of permissions, such as Warehouse.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = roles)]
pub struct StaffRole {
    pub id: RoleId,
    pub name: String,
    pub permissions: TextList,
    pub needs_second_factor: bool,
    /// That of staff who have none of their own.
    pub standard: bool,
}

impl StaffRole {
    pub fn rights(&self) -> Rights {
        Rights::read(self.permissions.iter().map(String::as_str))
    }
}

/// A role with the number of those who have it.
#[derive(Clone, Debug)]
pub struct RoleRow {
    pub role: StaffRole,
    pub people: i64,
}

/// What somebody is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChoice {
    Owner,
    Of(RoleId),
}

impl RoleChoice {
    /// As the table of accounts has it.
    pub fn columns(self) -> (Role, Option<RoleId>) {
        match self {
            Self::Owner => (Role::Owner, None),
            Self::Of(id) => (Role::Staff, Some(id)),
        }
    }
}

impl FromStr for RoleChoice {
    type Err = &'static str;

    /// As the select's options are written: `owner`, or a role's id.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "owner" {
            return Ok(Self::Owner);
        }
        text.parse().map(Self::Of).map_err(|_| "Choose a role from the list")
    }
}

/// Somebody of the staff.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = accounts)]
pub struct MemberRow {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub role: Option<Role>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub signed_in_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Somebody of the staff with the role in force.
#[derive(Clone, Debug)]
pub struct Member {
    pub row: MemberRow,
    /// `None`: an owner.
    pub role: Option<StaffRole>,
}

impl Member {
    pub fn is_owner(&self) -> bool {
        self.row.role == Some(Role::Owner)
    }

    pub fn rights(&self) -> Rights {
        match (&self.role, self.row.role) {
            (_, Some(Role::Owner)) => Rights::all(),
            (Some(role), Some(Role::Staff)) => role.rights(),
            _ => Rights::NONE,
        }
    }

    pub fn role_name(&self) -> &str {
        self.role.as_ref().map_or("Owner", |role| &role.name)
    }

    pub fn path(&self) -> String {
        format!("/admin/staff/{}", self.row.id)
    }

    /// The value of the option that is theirs, see [`RoleChoice`].
    pub fn choice(&self) -> String {
        self.role.as_ref().map_or_else(|| "owner".to_owned(), |role| role.id.to_string())
    }
}

/// Which of the staff are asked for.
#[derive(Clone, Debug, Default)]
pub struct StaffFilter {
    pub role: Option<RoleChoice>,
    /// `None`: all; else those who are disabled, or those who are not.
    pub disabled: Option<bool>,
}

/// An invitation that nobody has taken up yet.
#[derive(Clone, Debug)]
pub struct OpenInvitation {
    pub id: InvitationId,
    pub email: String,
    pub role_name: String,
    /// Name of who invited; empty: the command line.
    pub by: String,
    pub expires_at: DateTime<Utc>,
    pub is_over: bool,
}
