//! What is typed about staff and their roles.

use serde::Deserialize;

use crate::{
    accounts::{
        model::{RoleChoice, StaffFilter, StaffRole},
        ops::NewRole,
    },
    base::{Email, Permission, Problems, Rights, typed},
};

/// Whom to invite, as what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InviteForm {
    pub email: String,
    pub role: String,
}

impl InviteForm {
    pub fn parse(&self) -> Result<(Email, RoleChoice), Problems> {
        let mut problems = Problems::default();
        let email = problems.take("email", Email::parse(&self.email));
        let choice = problems.take("role", self.role.parse());
        email.zip(choice).ok_or(problems)
    }

    pub fn is(&self, choice: &str) -> bool {
        self.role == choice
    }
}

/// What somebody is to become.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChoiceForm {
    pub role: String,
}

impl ChoiceForm {
    pub fn parse(&self) -> Result<RoleChoice, Problems> {
        self.role.parse().map_err(|message: &str| Problems::of("role", message))
    }

    pub fn is(&self, choice: &str) -> bool {
        self.role == choice
    }
}

/// Which of the staff are asked for. What can't be read narrows nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StaffQuery {
    pub role: String,
    pub state: String,
    pub page: Option<i64>,
}

impl StaffQuery {
    pub fn filter(&self) -> StaffFilter {
        let disabled = match self.state.as_str() {
            "disabled" => Some(true),
            "open" => Some(false),
            _ => None,
        };
        StaffFilter { role: self.role.parse().ok(), disabled }
    }

    pub fn is_narrow(&self) -> bool {
        !self.role.is_empty() || !self.state.is_empty()
    }

    pub fn is(&self, choice: &str) -> bool {
        self.role == choice
    }
}

/// A role with a box for each permission.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    pub name: String,
    pub permission: Vec<String>,
    pub needs_second_factor: bool,
}

/// As [`RoleForm`], where a box that is ticked sends a word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SentRoleForm {
    name: String,
    permission: Vec<String>,
    needs_second_factor: Option<String>,
}

impl From<SentRoleForm> for RoleForm {
    fn from(sent: SentRoleForm) -> Self {
        Self { name: sent.name, permission: sent.permission, needs_second_factor: sent.needs_second_factor.is_some() }
    }
}

impl RoleForm {
    pub fn parse(&self) -> Result<NewRole, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 60, "Enter the role’s name"));
        let known: Result<Vec<Permission>, _> = self.permission.iter().map(|text| text.parse()).collect();
        let known = problems.take("permission", known.map_err(|_| "One of these permissions does not exist. Choose from the list"));
        let rights = known.map(|permissions| permissions.into_iter().collect::<Rights>());
        let role = name.zip(rights).map(|(name, rights)| NewRole { name, rights, needs_second_factor: self.needs_second_factor });
        role.ok_or(problems)
    }

    pub fn holds(&self, permission: &Permission) -> bool {
        self.permission.iter().any(|text| text == permission.as_str())
    }
}

impl From<StaffRole> for RoleForm {
    fn from(role: StaffRole) -> Self {
        Self { needs_second_factor: role.needs_second_factor, permission: role.permissions.0, name: role.name }
    }
}

/// What is asked of all owners. A box that is ticked sends a word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnersForm {
    needed: Option<String>,
}

impl OwnersForm {
    pub fn is_needed(&self) -> bool {
        self.needed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(permissions: &[&str]) -> RoleForm {
        let permission = permissions.iter().map(|text| (*text).to_owned()).collect();
        RoleForm { name: "Till".into(), permission, needs_second_factor: false }
    }

    #[test]
    fn a_role_gets_what_is_ticked_and_what_goes_with_it() {
        let role = form(&["orders.refund"]).parse().ok().unwrap();
        assert_eq!(role.rights, Rights::read(["orders.see", "orders.refund"]));
    }

    #[test]
    fn a_permission_that_does_not_exist_is_refused_and_not_left_out() {
        assert!(form(&["orders.see", "everything"]).parse().err().unwrap().on("permission").is_some());
    }

    #[test]
    fn whoever_is_invited_becomes_an_owner_or_has_a_role() {
        let invited = |role: &str| InviteForm { email: "a@example.com".into(), role: role.into() }.parse();
        assert_eq!(invited("owner").ok().unwrap().1, RoleChoice::Owner);
        assert!(matches!(invited("7").ok().unwrap().1, RoleChoice::Of(_)));
        assert!(invited("root").err().unwrap().on("role").is_some());
    }
}
