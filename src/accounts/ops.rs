pub mod acting;
pub mod addresses;
pub mod customers;
pub mod elsewhere;
pub mod emails;
pub mod links;
pub mod merging;
pub mod owners;
pub mod passwords;
pub mod providers;
pub mod roles;
pub mod second_factor;
pub mod sign_in;
pub mod sign_ins;
pub mod sign_up;
mod slow;
pub mod staff;

use std::collections::HashMap;

use self::{links::hash_of, sign_in::Visit};
use super::{
    forms::Invited,
    model::{AccountRow, Brought, BroughtCustomer, Buyer, EndedBy, Invitation},
    password, store,
};
use crate::{
    base::{AccountId, Conn, Db, Email, Error, GroupId, Keys, Resealed, Result, SealedSecret, random_token},
    web::{Role, SignIn},
};

pub use roles::NewRole;

/// Who buys; a guest where nobody is signed in.
pub fn buyer(conn: &mut Conn, account: Option<AccountId>) -> Result<Buyer> {
    let found = buyers(conn, account.as_slice())?.into_values().next();
    Ok(found.unwrap_or_default())
}

/// Those of these accounts that there are, as buyers.
pub fn buyers(conn: &mut Conn, accounts: &[AccountId]) -> Result<HashMap<AccountId, Buyer>> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let buyer = |row: AccountRow| (row.id, Buyer { account: Some(row.id), group: row.group_id, tax_exemption: row.tax_exemption });
    Ok(store::find_all(conn, accounts)?.into_iter().map(buyer).collect())
}

/// Creates the group, or renames it when `id` is given.
///
/// # Errors
/// `Invalid` on `name` when another group has it.
pub fn save_group(conn: &mut Conn, id: Option<GroupId>, name: &str) -> Result<GroupId> {
    match id {
        Some(id) => store::groups::rename(conn, id, name).map(|()| id),
        None => store::groups::insert(conn, name),
    }
}

/// Its customers are ordinary ones from then on.
///
/// # Errors
/// `Conflict` while prices or promotions are for this group.
pub fn delete_group(conn: &mut Conn, id: GroupId) -> Result<()> {
    store::groups::delete(conn, id)
}

/// Puts the customer into a group, or none, and says why they pay no tax; an empty reason: they do.
///
/// # Errors
/// `Invalid` on `group` when it was deleted meanwhile; `NotFound` when this is no customer's account.
pub fn set_buyer(conn: &mut Conn, id: AccountId, group: Option<GroupId>, tax_exemption: &str) -> Result<()> {
    store::set_buyer(conn, id, group, tax_exemption)
}

/// Notes why a customer pays no tax; an empty reason ends it.
///
/// # Errors
/// `Invalid` on `email` when nobody has an account of this address.
pub fn set_tax_exemption(conn: &mut Conn, email: &Email, reason: &str) -> Result<AccountRow> {
    let changed = store::set_tax_exemption(conn, email, reason);
    changed.map_err(|error| match error {
        Error::NotFound => Error::invalid("email", "Nobody has an account of this address. The customer must sign up first"),
        other => other,
    })
}

/// The customer pays tax again.
///
/// # Errors
/// `NotFound` when there is no such account.
pub fn end_tax_exemption(conn: &mut Conn, id: AccountId) -> Result<AccountRow> {
    store::end_tax_exemption(conn, id)
}

/// The hash of a password that nobody knows: for customers who come without one. Takes as long to compare as any.
pub async fn unknown_password() -> Result<String> {
    password::hash(random_token(40)).await
}

/// Makes a customer who came from another shop, or changes what the shop knows of one. `hash`: see [`unknown_password`]. What a
/// customer agreed to here is not changed by what another shop says. Gives what became of it.
///
/// # Errors
/// `Invalid` on `email` when it is an account of staff.
pub fn bring(conn: &mut Conn, customer: &BroughtCustomer, hash: &str) -> Result<Brought> {
    let Some(had) = store::find_by_email(conn, &customer.email)? else {
        store::insert_brought(conn, customer, hash)?;
        return Ok(Brought::Created);
    };
    if had.role.is_some() {
        return Err(Error::invalid("email", "This is an account of somebody who works here; it was left as it is"));
    }
    let group = customer.group.unwrap_or(had.group_id);
    let tax_exemption = customer.tax_exemption.as_ref().unwrap_or(&had.tax_exemption);
    if (&had.name, had.group_id, &had.tax_exemption) == (&customer.name, group, tax_exemption) {
        return Ok(Brought::Unchanged);
    }
    store::change_brought(conn, had.id, &customer.name, group, tax_exemption)?;
    Ok(Brought::Changed)
}

/// Makes a link's token by which somebody becomes staff within two days. Without an address it is the first owner's: others of
/// these go on working until there is an owner, since each server that starts tells its own.
pub fn invite(conn: &mut Conn, email: Option<&Email>, role: Role) -> Result<String> {
    let token = random_token(40);
    store::insert_invitation(conn, &hash_of(&token), email, role, 48.0)?;
    tracing::info!(event = "invitation_made", role = role.as_str(), "a link to the staff was made by whoever has the machine");
    Ok(token)
}

pub fn owner_exists(conn: &mut Conn) -> Result<bool> {
    store::owner_exists(conn)
}

/// The invitation with the name of its role.
///
/// # Errors
/// `NotFound` when the link is wrong, used or too old, or the first owner's while there is one.
pub fn invitation(conn: &mut Conn, token: &str) -> Result<(Invitation, String)> {
    let found = store::find_invitation(conn, &hash_of(token))?;
    if found.email.is_none() && owner_exists(conn)? {
        return Err(Error::NotFound);
    }
    let role = store::roles::named(conn, found.role, found.role_id)?;
    Ok((found, role))
}

/// Uses the link up. Of the links for the first owner one works, once.
fn take_invitation(conn: &mut Conn, token: &str) -> Result<Invitation> {
    let hash = hash_of(token);
    if store::find_invitation(conn, &hash)?.email.is_some() {
        return store::use_invitation(conn, &hash);
    }
    store::lock_first_owner(conn)?;
    if owner_exists(conn)? {
        return Err(Error::NotFound);
    }
    let taken = store::use_invitation(conn, &hash)?;
    store::withdraw_open_invitations(conn)?;
    Ok(taken)
}

/// Makes the invited person staff, with the password they chose, and signs in. An account of that address is promoted.
///
/// # Errors
/// `NotFound` when the link is wrong, used or too old; `Invalid` on `password` when it is easy to guess; `Conflict` when they have
/// come to work here by another link meanwhile.
pub async fn accept(db: &Db, visit: Visit, token: String, person: Invited) -> Result<SignIn> {
    let about = vec![person.email.to_string(), person.name.clone()];
    let hash = passwords::hashed(db, &visit.site, person.password, about).await?;
    db.write(move |conn| {
        let invitation = take_invitation(conn, &token)?;
        let email = match &invitation.email {
            Some(email) => Email::parse(email).map_err(Error::internal)?,
            None => person.email,
        };
        staff::may_join(conn, &email, &invitation)?;
        let account = match store::promote(conn, &email, &person.name, &hash, (invitation.role, invitation.role_id))? {
            Some(account) => {
                // The generation has risen already, and with the rows servers learn of it at once.
                store::sign_ins::end_all(conn, account.id, None, EndedBy::Role)?;
                account
            }
            None => store::insert(conn, &email, &person.name, &hash, Some(invitation.role))?,
        };
        store::staff::join(conn, account.id, invitation.role_id)?;
        let (id, role) = (account.id.0, invitation.role.as_str());
        tracing::info!(event = "invitation_accepted", account.id = id, role, "somebody joined the staff, or came back by the command line");
        sign_in::by_invitation(conn, &visit, account)
    })
    .await
}

/// The secrets of people and of providers of identities as they are stored.
///
/// # Errors
/// The database can't be read.
pub fn sealed_secrets(conn: &mut Conn) -> Result<Vec<SealedSecret>> {
    Ok([second_factor::sealed_secrets(conn)?, providers::sealed_secrets(conn)?].concat())
}

/// Seals them with the newest key of the ring.
///
/// # Errors
/// The database can't be written.
pub fn reseal(conn: &mut Conn, keys: &Keys) -> Result<Resealed> {
    let mut done = second_factor::reseal(conn, keys)?;
    done += providers::reseal(conn, keys)?;
    Ok(done)
}
