//! Roles, shaped by those who hold all that they give.

use super::staff::hand;
use crate::{
    accounts::{
        model::StaffRole,
        rules,
        store::{roles, staff},
    },
    base::{AccountId, Conn, Error, Permission, Result, Rights, RoleId, TextList},
};

/// A role as it shall be.
pub struct NewRole {
    pub name: String,
    pub rights: Rights,
    pub needs_second_factor: bool,
}

/// Makes a role, or changes the one whose id is given. Whoever has it may more, or less, from their next request on.
///
/// # Errors
/// `Forbidden` when it is one's own or may more than `by`; `Invalid` on `name` when another role has it.
pub fn save_role(conn: &mut Conn, by: AccountId, id: Option<RoleId>, new: &NewRole) -> Result<RoleId> {
    staff::hold(conn, &[by])?;
    let hand = hand(conn, by)?;
    let former = id.map(|id| roles::lock(conn, id)).transpose()?;
    let had = former.as_ref().map_or(Rights::NONE, StaffRole::rights);
    rules::may_shape(&hand, id, had, new.rights)?;
    let permissions = stored(new.rights, former.as_ref());
    tracing::info!(event = "role_saved", account.id = by.0, "a role was made or changed");
    match id {
        Some(id) => roles::update(conn, id, &new.name, permissions, new.needs_second_factor).map(|()| id),
        None => roles::insert(conn, &new.name, permissions, new.needs_second_factor),
    }
}

/// What a newer program put into the role and this one can't read stays in it.
fn stored(rights: Rights, former: Option<&StaffRole>) -> TextList {
    let unread = former.iter().flat_map(|role| role.permissions.iter()).filter(|text| text.parse::<Permission>().is_err());
    let unread: Vec<String> = unread.cloned().collect();
    rights.iter().map(|permission| permission.as_str().to_owned()).chain(unread).collect()
}

/// Whether `by` may change this role; `None`: make one.
///
/// # Errors
/// The database fails, or `by` does not work here any more.
pub fn can_shape(conn: &mut Conn, by: AccountId, role: Option<&StaffRole>) -> Result<bool> {
    let hand = hand(conn, by)?;
    let had = role.map_or(Rights::NONE, StaffRole::rights);
    Ok(rules::may_shape(&hand, role.map(|role| role.id), had, had).is_ok())
}

/// # Errors
/// `Forbidden` when it may more than `by`; `Conflict` for the standard role, and while anybody has it or is invited to it.
pub fn delete_role(conn: &mut Conn, by: AccountId, id: RoleId) -> Result<()> {
    staff::hold(conn, &[by])?;
    let hand = hand(conn, by)?;
    let role = roles::lock(conn, id)?;
    if role.standard {
        return Err(Error::Conflict(
            "Staff without a role of their own have this one, so it stays. Change what it may instead.".to_owned(),
        ));
    }
    rules::may_shape(&hand, Some(id), role.rights(), Rights::NONE)?;
    roles::delete(conn, id)
}
