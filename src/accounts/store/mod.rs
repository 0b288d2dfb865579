pub mod acting;
pub mod addresses;
pub mod consents;
pub mod customers;
pub mod devices;
pub mod groups;
pub mod identities;
pub mod links;
pub mod merging;
pub mod providers;
pub mod roles;
pub mod second_factors;
pub mod sign_in_rules;
pub mod sign_ins;
pub mod staff;

use chrono::Utc;
use diesel::{
    dsl::{exists, now},
    prelude::*,
    sql_query,
    sql_types::{Binary, Double, Nullable, Text},
};

use crate::{
    accounts::model::{AccountRow, BroughtCustomer, Invitation},
    base::{AccountId, Conn, Email, Error, GroupId, OnConstraint, Page, PageRequest, Result, RoleId},
    schema::{accounts, invitations},
    web::Role,
};

/// An account whose address was just confirmed.
///
/// # Errors
/// `Invalid` on `email` when it has an account already.
pub fn insert(conn: &mut Conn, email: &Email, name: &str, password_hash: &str, role: Option<Role>) -> Result<AccountRow> {
    let row = (
        accounts::email.eq(email.as_str()),
        accounts::name.eq(name),
        accounts::password_hash.eq(password_hash),
        accounts::role.eq(role),
        accounts::confirmed_at.eq(now),
    );
    diesel::insert_into(accounts::table)
        .values(row)
        .returning(AccountRow::as_select())
        .get_result(conn)
        .on_constraint("accounts_email_key", || Error::invalid("email", "This address has an account already. Sign in instead"))
}

/// An account whose address a provider of identities vouches for, without a password.
///
/// # Errors
/// As for `insert`.
pub fn insert_vouched(conn: &mut Conn, email: &Email, name: &str, password_hash: &str) -> Result<AccountRow> {
    let account = insert(conn, email, name, password_hash, None)?;
    let set = accounts::has_password.eq(false);
    Ok(diesel::update(accounts::table.find(account.id)).set(set).returning(AccountRow::as_select()).get_result(conn)?)
}

pub fn insert_brought(conn: &mut Conn, customer: &BroughtCustomer, hash: &str) -> Result<()> {
    let row = (
        accounts::email.eq(customer.email.as_str()),
        accounts::name.eq(&customer.name),
        accounts::password_hash.eq(hash),
        accounts::has_password.eq(false),
        accounts::group_id.eq(customer.group.flatten()),
        accounts::tax_exemption.eq(customer.tax_exemption.clone().unwrap_or_default()),
        accounts::offers_agreed_at.eq(customer.offers_agreed_at),
        accounts::created_at.eq(customer.since.unwrap_or_else(Utc::now)),
    );
    diesel::insert_into(accounts::table).values(row).execute(conn)?;
    Ok(())
}

pub fn change_brought(conn: &mut Conn, id: AccountId, name: &str, group: Option<GroupId>, tax_exemption: &str) -> Result<()> {
    let row = (accounts::name.eq(name), accounts::group_id.eq(group), accounts::tax_exemption.eq(tax_exemption));
    // Whoever has become staff meanwhile stays as they are.
    diesel::update(accounts::table.find(id).filter(accounts::role.is_null())).set(row).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<AccountRow>> {
    Ok(accounts::table.find(id).select(AccountRow::as_select()).first(conn).optional()?)
}

/// The same, locked until the transaction ends.
pub fn lock(conn: &mut Conn, id: AccountId) -> Result<Option<AccountRow>> {
    Ok(accounts::table.find(id).for_no_key_update().select(AccountRow::as_select()).first(conn).optional()?)
}

/// Whoever reads the address's mail has shown it.
pub fn confirm(conn: &mut Conn, id: AccountId) -> Result<AccountRow> {
    let unconfirmed = accounts::table.find(id).filter(accounts::confirmed_at.is_null());
    diesel::update(unconfirmed).set(accounts::confirmed_at.eq(now)).execute(conn)?;
    find(conn, id)?.ok_or(Error::NotFound)
}

pub fn set_password(conn: &mut Conn, id: AccountId, password_hash: &str) -> Result<AccountRow> {
    let set = (accounts::password_hash.eq(password_hash), accounts::has_password.eq(true));
    Ok(diesel::update(accounts::table.find(id)).set(set).returning(AccountRow::as_select()).get_result(conn)?)
}

pub fn set_email(conn: &mut Conn, id: AccountId, email: &str) -> Result<AccountRow> {
    let set = (accounts::email.eq(email), accounts::confirmed_at.eq(now));
    Ok(diesel::update(accounts::table.find(id)).set(set).returning(AccountRow::as_select()).get_result(conn)?)
}

pub fn find_all(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<AccountRow>> {
    Ok(accounts::table.filter(accounts::id.eq_any(ids)).select(AccountRow::as_select()).load(conn)?)
}

pub fn find_by_email(conn: &mut Conn, email: &Email) -> Result<Option<AccountRow>> {
    Ok(accounts::table.filter(accounts::email.eq(email.as_str())).select(AccountRow::as_select()).first(conn).optional()?)
}

/// # Errors
/// `Invalid` on `group` when there is no such group any more; `NotFound` when this is no customer's account.
pub fn set_buyer(conn: &mut Conn, id: AccountId, group: Option<GroupId>, tax_exemption: &str) -> Result<()> {
    let customer = accounts::table.find(id).filter(accounts::role.is_null());
    let changed = diesel::update(customer).set((accounts::group_id.eq(group), accounts::tax_exemption.eq(tax_exemption))).execute(conn);
    let gone = || Error::invalid("group", "This group has been deleted meanwhile. Choose another");
    if changed.on_constraint("accounts_group_id_fkey", gone)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Customers who pay no tax, by name.
pub fn exempt(conn: &mut Conn, page: PageRequest) -> Result<Page<AccountRow>> {
    let exempt = || accounts::table.filter(accounts::tax_exemption.ne(""));
    let total = exempt().count().get_result(conn)?;
    let rows = exempt().order((accounts::name, accounts::id)).limit(page.limit()).offset(page.offset());
    Ok(page.of(rows.select(AccountRow::as_select()).load(conn)?, total))
}

/// Empty: pays tax. `NotFound` where nobody has this address.
pub fn set_tax_exemption(conn: &mut Conn, email: &Email, reason: &str) -> Result<AccountRow> {
    let row = diesel::update(accounts::table.filter(accounts::email.eq(email.as_str())));
    Ok(row.set(accounts::tax_exemption.eq(reason)).returning(AccountRow::as_select()).get_result(conn)?)
}

/// `NotFound` where there is no such account.
pub fn end_tax_exemption(conn: &mut Conn, id: AccountId) -> Result<AccountRow> {
    let row = diesel::update(accounts::table.find(id)).set(accounts::tax_exemption.eq(""));
    Ok(row.returning(AccountRow::as_select()).get_result(conn)?)
}

/// The customer's telephone number; empty: none.
pub fn phone(conn: &mut Conn, id: AccountId) -> Result<String> {
    Ok(accounts::table.find(id).select(accounts::phone).first(conn)?)
}

pub fn set_details(conn: &mut Conn, id: AccountId, name: &str, phone: &str) -> Result<()> {
    diesel::update(accounts::table.find(id)).set((accounts::name.eq(name), accounts::phone.eq(phone))).execute(conn)?;
    Ok(())
}

/// Whether somebody has proven that they read the mail of the account's address.
pub fn is_confirmed(conn: &mut Conn, id: AccountId) -> Result<bool> {
    Ok(diesel::select(exists(accounts::table.find(id).filter(accounts::confirmed_at.is_not_null()))).get_result(conn)?)
}

pub fn note_sign_in(conn: &mut Conn, id: AccountId) -> Result<()> {
    diesel::update(accounts::table.find(id)).set(accounts::signed_in_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Gives an existing account a role and a password; raising the generation ends its older sessions.
///
/// # Errors
/// `Conflict` when the shop would have no owner left.
pub fn promote(
    conn: &mut Conn,
    email: &Email,
    name: &str,
    password_hash: &str,
    (role, role_id): (Role, Option<RoleId>),
) -> Result<Option<AccountRow>> {
    let row = diesel::update(accounts::table.filter(accounts::email.eq(email.as_str())))
        .set((
            accounts::name.eq(name),
            accounts::password_hash.eq(password_hash),
            accounts::has_password.eq(true),
            accounts::role.eq(Some(role)),
            accounts::role_id.eq(role_id),
            accounts::confirmed_at.eq(now),
            accounts::generation.eq(accounts::generation + 1),
        ))
        .returning(AccountRow::as_select())
        .get_result(conn)
        .optional();
    row.on_constraint("accounts_owner_stays", || {
        Error::Conflict("The shop would have no owner left. Make somebody else an owner first.".to_owned())
    })
}

pub fn owner_exists(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(exists(accounts::table.filter(accounts::role.eq(Role::Owner)))).get_result(conn)?)
}

/// `hours`: how long the link works, by the database's clock.
pub fn insert_invitation(conn: &mut Conn, token_hash: &[u8], email: Option<&Email>, role: Role, hours: f64) -> Result<()> {
    sql_query(
        "INSERT INTO invitations (token_hash, email, role, expires_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4 * 3600))",
    )
    .bind::<Binary, _>(token_hash)
    .bind::<Nullable<Text>, _>(email.map(Email::as_str))
    .bind::<Text, _>(role.as_str())
    .bind::<Double, _>(hours)
    .execute(conn)?;
    Ok(())
}

/// One at a time becomes the first owner, until the transaction ends.
pub fn lock_first_owner(conn: &mut Conn) -> Result<()> {
    sql_query("SELECT pg_advisory_xact_lock(hashtext('first owner'))").execute(conn)?;
    Ok(())
}

/// Withdraws the links by which nobody has become owner yet.
pub fn withdraw_open_invitations(conn: &mut Conn) -> Result<()> {
    let open = invitations::table.filter(invitations::used_at.is_null()).filter(invitations::email.is_null());
    diesel::delete(open).execute(conn)?;
    Ok(())
}

pub fn find_invitation(conn: &mut Conn, token_hash: &[u8]) -> Result<Invitation> {
    Ok(usable(token_hash).select(Invitation::as_select()).first(conn)?)
}

/// Marks it used. Whoever comes second finds nothing.
pub fn use_invitation(conn: &mut Conn, token_hash: &[u8]) -> Result<Invitation> {
    let used = diesel::update(invitations::table)
        .filter(invitations::token_hash.eq(token_hash))
        .filter(invitations::used_at.is_null())
        .filter(invitations::expires_at.gt(now))
        .set(invitations::used_at.eq(now))
        .returning(Invitation::as_select())
        .get_result(conn)?;
    Ok(used)
}

#[diesel::dsl::auto_type]
fn usable<'a>(token_hash: &'a [u8]) -> _ {
    invitations::table
        .filter(invitations::token_hash.eq(token_hash))
        .filter(invitations::used_at.is_null())
        .filter(invitations::expires_at.gt(now))
}
