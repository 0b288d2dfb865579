use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::roles;
use crate::{
    accounts::model::{Member, MemberRow, OpenInvitation, RoleChoice, StaffFilter, StaffRole},
    base::{AccountId, Conn, Email, Error, InvitationId, OnConstraint, Page, PageRequest, Result, RoleId, db_now},
    schema::{accounts, invitations, roles as role_rows},
    web::Role,
};

/// Invitations at most that a page shows.
const MOST: i64 = 100;

#[diesel::dsl::auto_type]
fn with_roles() -> _ {
    let own = role_rows::id.nullable().eq(accounts::role_id);
    let usual = accounts::role_id.is_null().and(role_rows::standard);
    accounts::table.left_join(role_rows::table.on(own.or(usual)))
}

fn member((row, role): (MemberRow, Option<StaffRole>)) -> Member {
    Member { role: role.filter(|_| row.role == Some(Role::Staff)), row }
}

/// Those who fit, by name.
pub fn list(conn: &mut Conn, filter: &StaffFilter, page: PageRequest) -> Result<Page<Member>> {
    let fitting = || {
        let mut rows = with_roles().filter(accounts::role.is_not_null()).into_boxed();
        rows = match filter.role {
            Some(RoleChoice::Owner) => rows.filter(accounts::role.eq(Role::Owner)),
            Some(RoleChoice::Of(id)) => rows.filter(accounts::role.eq(Role::Staff)).filter(role_rows::id.nullable().eq(Some(id))),
            None => rows,
        };
        match filter.disabled {
            Some(true) => rows.filter(accounts::disabled_at.is_not_null()),
            Some(false) => rows.filter(accounts::disabled_at.is_null()),
            None => rows,
        }
    };
    let total = fitting().count().get_result(conn)?;
    let rows = fitting().order((accounts::name, accounts::id)).limit(page.limit()).offset(page.offset());
    let rows: Vec<(MemberRow, Option<StaffRole>)> = rows.select((MemberRow::as_select(), Option::<StaffRole>::as_select())).load(conn)?;
    Ok(page.of(rows.into_iter().map(member).collect(), total))
}

/// # Errors
/// `NotFound` when nobody of this id works here.
pub fn find(conn: &mut Conn, id: AccountId) -> Result<Member> {
    let row = with_roles().filter(accounts::id.eq(id)).filter(accounts::role.is_not_null());
    Ok(member(row.select((MemberRow::as_select(), Option::<StaffRole>::as_select())).first(conn)?))
}

/// Keeps these accounts and the roles in force for them as they are until the transaction ends.
pub fn hold(conn: &mut Conn, ids: &[AccountId]) -> Result<()> {
    let locked: Vec<Option<RoleId>> =
        accounts::table.filter(accounts::id.eq_any(ids)).order(accounts::id).select(accounts::role_id).for_update().load(conn)?;
    let own = role_rows::id.eq_any(locked.into_iter().flatten().collect::<Vec<_>>());
    let held = role_rows::table.filter(own.or(role_rows::standard)).order(role_rows::id).select(role_rows::id).for_share();
    held.load::<RoleId>(conn)?;
    Ok(())
}

/// Gives another role.
///
/// # Errors
/// `Conflict` when the shop would have no owner left.
pub fn set_role(conn: &mut Conn, id: AccountId, choice: RoleChoice) -> Result<()> {
    let (role, role_id) = choice.columns();
    let row = (accounts::role.eq(Some(role)), accounts::role_id.eq(role_id));
    diesel::update(accounts::table.find(id)).set(row).execute(conn).on_constraint("accounts_owner_stays", no_owner)?;
    Ok(())
}

/// Shuts somebody out, or lets them in again.
///
/// # Errors
/// `Conflict` when the shop would have no owner left.
pub fn set_disabled(conn: &mut Conn, id: AccountId, at: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(accounts::table.find(id))
        .set(accounts::disabled_at.eq(at))
        .execute(conn)
        .on_constraint("accounts_owner_stays", no_owner)?;
    Ok(())
}

fn no_owner() -> Error {
    Error::Conflict("The shop would have no owner left. Make somebody else an owner first.".to_owned())
}

/// The links that nobody has used, the newest first, also those that are too old by now.
pub fn invitations_open(conn: &mut Conn) -> Result<Vec<OpenInvitation>> {
    let clock = db_now(conn)?;
    type Found = (InvitationId, Option<String>, Role, Option<RoleId>, Option<AccountId>, DateTime<Utc>);
    let open = invitations::table.filter(invitations::used_at.is_null()).filter(invitations::email.is_not_null());
    let columns =
        (invitations::id, invitations::email, invitations::role, invitations::role_id, invitations::invited_by, invitations::expires_at);
    let rows: Vec<Found> = open.order(invitations::id.desc()).limit(MOST).select(columns).load(conn)?;
    let inviters: Vec<AccountId> = rows.iter().filter_map(|row| row.4).collect();
    let names: Vec<(AccountId, String)> =
        accounts::table.filter(accounts::id.eq_any(inviters)).select((accounts::id, accounts::name)).load(conn)?;
    let all = roles::all(conn)?;
    let role_name = |role: Role, id: Option<RoleId>| match role {
        Role::Owner => "Owner".to_owned(),
        Role::Staff => {
            all.iter().find(|role| id.map_or(role.standard, |id| role.id == id)).map(|role| role.name.clone()).unwrap_or_default()
        }
    };
    let shown = rows.into_iter().map(|(id, email, role, role_id, by, expires_at)| OpenInvitation {
        id,
        email: email.unwrap_or_default(),
        role_name: role_name(role, role_id),
        by: names.iter().find(|(id, _)| Some(*id) == by).map(|(_, name)| name.clone()).unwrap_or_default(),
        expires_at,
        is_over: expires_at <= clock,
    });
    Ok(shown.collect())
}

/// Notes who invited to which role, for the link with this hash.
pub fn complete_invitation(conn: &mut Conn, token_hash: &[u8], role_id: Option<RoleId>, by: Option<AccountId>) -> Result<()> {
    let row = (invitations::role_id.eq(role_id), invitations::invited_by.eq(by));
    diesel::update(invitations::table.find(token_hash)).set(row).execute(conn)?;
    Ok(())
}

/// Ends the unused links for an address: a newer one replaces them.
pub fn withdraw_for(conn: &mut Conn, email: &Email) -> Result<()> {
    let open = invitations::table.filter(invitations::used_at.is_null()).filter(invitations::email.eq(email.as_str()));
    diesel::delete(open).execute(conn)?;
    Ok(())
}

/// Ends the unused links that somebody made: what they may no more, nobody does in their name.
pub fn withdraw_by(conn: &mut Conn, by: AccountId) -> Result<()> {
    diesel::delete(invitations::table.filter(invitations::used_at.is_null()).filter(invitations::invited_by.eq(by))).execute(conn)?;
    Ok(())
}

/// Role and its id of an unused link.
///
/// # Errors
/// `NotFound` when it was used or withdrawn meanwhile.
pub fn invitation(conn: &mut Conn, id: InvitationId) -> Result<(Role, Option<RoleId>)> {
    let open = invitations::table.filter(invitations::id.eq(id)).filter(invitations::used_at.is_null());
    Ok(open.select((invitations::role, invitations::role_id)).for_update().first(conn)?)
}

pub fn delete_invitation(conn: &mut Conn, id: InvitationId) -> Result<()> {
    diesel::delete(invitations::table.filter(invitations::id.eq(id))).execute(conn)?;
    Ok(())
}

/// Completes who came by an invitation: the role.
pub fn join(conn: &mut Conn, id: AccountId, role_id: Option<RoleId>) -> Result<()> {
    diesel::update(accounts::table.find(id)).set(accounts::role_id.eq(role_id)).execute(conn)?;
    Ok(())
}
