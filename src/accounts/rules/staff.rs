//! Who of the staff may change whom. Nobody raises themselves, nobody gives what they don't have, and only an owner touches an owner.

use crate::base::{AccountId, Error, Result, Rights, RoleId};

/// Somebody of the staff, as far as these rules ask.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub id: AccountId,
    pub is_owner: bool,
    /// `None`: an owner.
    pub role: Option<RoleId>,
    pub rights: Rights,
}

/// What stands in the way of `by` changing anything about `of`, in words for `by`.
pub fn hindrance(by: &Standing, of: &Standing) -> Option<&'static str> {
    if by.id == of.id {
        Some("This is you. Somebody else who may change staff has to change your role or your access.")
    } else if of.is_owner && !by.is_owner {
        Some("Only an owner changes what concerns an owner.")
    } else if !by.rights.hold(of.rights) {
        Some("This role may things that yours may not, so that you can’t change it. Ask an owner.")
    } else {
        None
    }
}

/// # Errors
/// `Forbidden` where [`hindrance`] names one.
pub fn may_change(by: &Standing, of: &Standing) -> Result<()> {
    allowed(hindrance(by, of).is_none())
}

/// Whether `by` may make somebody an owner, or give them these rights.
///
/// # Errors
/// `Forbidden` when `by` does not hold all of them.
pub fn may_give(by: &Standing, as_owner: bool, rights: Rights) -> Result<()> {
    allowed(by.is_owner || (!as_owner && by.rights.hold(rights)))
}

/// Whether `by` may give the role `id` (`None`: a new one) these rights instead of those it had.
///
/// # Errors
/// `Forbidden` for one's own role, and where `by` does not hold all that it may before and after.
pub fn may_shape(by: &Standing, id: Option<RoleId>, had: Rights, rights: Rights) -> Result<()> {
    let is_own = id.is_some() && by.role == id;
    allowed(by.is_owner || (!is_own && by.rights.hold(had) && by.rights.hold(rights)))
}

/// Whether `by` may say what is asked of all owners.
///
/// # Errors
/// `Forbidden` for everybody else, whatever they may: owners are owners' business.
pub fn may_demand_of_owners(by: &Standing) -> Result<()> {
    allowed(by.is_owner)
}

fn allowed(is_right: bool) -> Result<()> {
    if is_right { Ok(()) } else { Err(Error::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Permission;

    fn somebody(id: i64, rights: &[Permission]) -> Standing {
        Standing { id: AccountId(id), is_owner: false, role: Some(RoleId(id)), rights: rights.iter().copied().collect() }
    }

    fn owner(id: i64) -> Standing {
        Standing { id: AccountId(id), is_owner: true, role: None, rights: Rights::all() }
    }

    const HEAD: [Permission; 2] = [Permission::StaffChange, Permission::OrdersRefund];

    #[test]
    fn nobody_changes_themselves_not_even_an_owner() {
        assert!(may_change(&owner(1), &owner(1)).is_err());
        assert!(may_change(&somebody(1, &HEAD), &somebody(1, &HEAD)).is_err());
    }

    #[test]
    fn only_an_owner_touches_an_owner() {
        assert!(may_change(&owner(1), &owner(2)).is_ok());
        assert!(may_change(&somebody(1, Permission::ALL), &owner(2)).is_err());
        assert!(may_demand_of_owners(&owner(1)).is_ok());
        assert!(may_demand_of_owners(&somebody(1, Permission::ALL)).is_err());
    }

    #[test]
    fn one_changes_those_who_may_no_more_than_oneself() {
        let head = somebody(1, &HEAD);
        assert!(may_change(&head, &somebody(2, &[Permission::OrdersSee])).is_ok());
        assert!(may_change(&head, &somebody(2, &[Permission::BooksSee])).is_err());
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold() {
        let head = somebody(1, &HEAD);
        assert!(may_give(&head, false, Rights::read(["orders.refund"])).is_ok());
        assert!(may_give(&head, false, Rights::read(["payments.settings"])).is_err());
        assert!(may_give(&head, true, Rights::NONE).is_err(), "an owner is made by owners");
        assert!(may_give(&owner(1), true, Rights::all()).is_ok());
    }

    #[test]
    fn a_role_is_shaped_by_who_holds_all_of_it_and_does_not_have_it() {
        let head = somebody(1, &HEAD);
        let (little, much) = (Rights::read(["orders.see"]), Rights::read(["books.see"]));
        assert!(may_shape(&head, Some(RoleId(2)), little, Rights::read(["orders.refund"])).is_ok());
        assert!(may_shape(&head, None, Rights::NONE, little).is_ok());
        assert!(may_shape(&head, Some(RoleId(1)), head.rights, little).is_err(), "one's own");
        assert!(may_shape(&head, Some(RoleId(2)), much, little).is_err(), "takes away what one does not hold");
        assert!(may_shape(&head, Some(RoleId(2)), little, much).is_err(), "gives what one does not hold");
        assert!(may_shape(&owner(1), Some(RoleId(2)), much, Rights::all()).is_ok());
    }
}
