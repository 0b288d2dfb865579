use diesel::{
    dsl::{count_star, exists, now},
    prelude::*,
    result::{DatabaseErrorKind, Error as DieselError},
};

use crate::{
    accounts::model::{AccountRow, RoleRow, StaffRole},
    base::{Conn, Error, OnConstraint, Result, RoleId, TextList},
    schema::{accounts, invitations, roles},
    web::Role,
};

/// Roles at most.
pub const MOST: i64 = 200;

/// By name, the standard one first.
pub fn all(conn: &mut Conn) -> Result<Vec<StaffRole>> {
    Ok(roles::table.order((roles::standard.desc(), roles::name, roles::id)).limit(MOST).select(StaffRole::as_select()).load(conn)?)
}

/// The same with how many have each. Staff without a role of their own count for the standard one.
pub fn list(conn: &mut Conn) -> Result<Vec<RoleRow>> {
    let people = |row: StaffRole, conn: &mut Conn| {
        let of = accounts::table.filter(accounts::role.eq("staff"));
        let count = if row.standard {
            of.filter(accounts::role_id.eq(row.id).or(accounts::role_id.is_null())).select(count_star()).get_result(conn)
        } else {
            of.filter(accounts::role_id.eq(row.id)).select(count_star()).get_result(conn)
        };
        Ok(RoleRow { people: count?, role: row })
    };
    all(conn)?.into_iter().map(|row| people(row, conn)).collect()
}

/// The role that holds for somebody now; `None` for owners and customers.
pub fn in_force(conn: &mut Conn, of: &AccountRow) -> Result<Option<StaffRole>> {
    let role = match (of.role, of.role_id) {
        (Some(Role::Staff), Some(id)) => roles::table.find(id).select(StaffRole::as_select()).first(conn).optional()?,
        (Some(Role::Staff), None) => roles::table.filter(roles::standard).select(StaffRole::as_select()).first(conn).optional()?,
        _ => None,
    };
    Ok(role)
}

/// What it is called; empty where it is gone.
pub fn named(conn: &mut Conn, role: Role, id: Option<RoleId>) -> Result<String> {
    let name = match (role, id) {
        (Role::Owner, _) => Some("Owner".to_owned()),
        (Role::Staff, Some(id)) => roles::table.find(id).select(roles::name).first(conn).optional()?,
        (Role::Staff, None) => roles::table.filter(roles::standard).select(roles::name).first(conn).optional()?,
    };
    Ok(name.unwrap_or_default())
}

/// # Errors
/// `NotFound` when there is none of this id.
pub fn find(conn: &mut Conn, id: RoleId) -> Result<StaffRole> {
    Ok(roles::table.find(id).select(StaffRole::as_select()).first(conn)?)
}

/// The same, kept as it is until the transaction ends: nobody widens it meanwhile.
///
/// # Errors
/// As for `find`.
pub fn hold(conn: &mut Conn, id: RoleId) -> Result<StaffRole> {
    Ok(roles::table.find(id).select(StaffRole::as_select()).for_share().first(conn)?)
}

/// The same, for who is about to change it.
///
/// # Errors
/// As for `find`.
pub fn lock(conn: &mut Conn, id: RoleId) -> Result<StaffRole> {
    Ok(roles::table.find(id).select(StaffRole::as_select()).for_update().first(conn)?)
}

/// # Errors
/// `Invalid` on `name` when another role has it; `Conflict` when there are too many.
pub fn insert(conn: &mut Conn, name: &str, permissions: TextList, needs_second_factor: bool) -> Result<RoleId> {
    let there: i64 = roles::table.count().get_result(conn)?;
    if there >= MOST {
        return Err(Error::Conflict(format!("{MOST} roles are the most. Change one of them instead.")));
    }
    let row = (roles::name.eq(name), roles::permissions.eq(permissions), roles::needs_second_factor.eq(needs_second_factor));
    let inserted = diesel::insert_into(roles::table).values(row).returning(roles::id).get_result(conn);
    inserted.on_constraint("roles_name_key", taken)
}

/// # Errors
/// `Invalid` on `name` when another role has it; `NotFound` when it is gone.
pub fn update(conn: &mut Conn, id: RoleId, name: &str, permissions: TextList, needs_second_factor: bool) -> Result<()> {
    let row = (roles::name.eq(name), roles::permissions.eq(permissions), roles::needs_second_factor.eq(needs_second_factor));
    let changed = diesel::update(roles::table.find(id)).set(row).execute(conn).on_constraint("roles_name_key", taken)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn taken() -> Error {
    Error::invalid("name", "There is a role of this name already")
}

/// # Errors
/// `Conflict` while somebody has it or is invited to it; `NotFound` when it is gone.
pub fn delete(conn: &mut Conn, id: RoleId) -> Result<()> {
    let in_use = || Error::Conflict("Somebody has this role or is invited to it. Give them another first.".to_owned());
    let open = invitations::table
        .filter(invitations::role_id.eq(id))
        .filter(invitations::used_at.is_null())
        .filter(invitations::expires_at.gt(now));
    if diesel::select(exists(open)).get_result(conn)? {
        return Err(in_use());
    }
    // Only links that work no more are left, which need no role.
    diesel::delete(invitations::table.filter(invitations::role_id.eq(id))).execute(conn)?;
    match diesel::delete(roles::table.find(id)).execute(conn) {
        Ok(0) => Err(Error::NotFound),
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Err(in_use()),
        Err(other) => Err(other.into()),
    }
}

/// How many owners there are.
pub fn owners(conn: &mut Conn) -> Result<i64> {
    Ok(accounts::table.filter(accounts::role.eq("owner")).select(count_star()).get_result(conn)?)
}
