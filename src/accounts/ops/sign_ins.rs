//! Where somebody is signed in: a row for each device, without which its cookie is worth nothing.

use chrono::DateTime;

use super::acting::in_whose_place;
use crate::{
    accounts::{
        model::{AccountRow, Device, EndedBy, NewSignIn, SignInRow, StaffRole, Way},
        password,
        rules::Hold,
        store::{self, roles, second_factors, sign_in_rules, sign_ins},
    },
    base::{AccountId, Client, Conn, Db, Error, Page, PageRequest, Result, SignInId, db_now},
    limits::{self, Door, Who},
    web::{Account, Role, SignIn},
};

/// The account behind a session: while its sign-in is neither ended nor too old nor left unused too long, the account is not disabled,
/// and nothing has ended its older sessions. All by the database's clock. Notes, once a minute, that it was used.
///
/// # Errors
/// The database can't be read.
pub fn current(conn: &mut Conn, sign_in: &SignIn) -> Result<Option<Account>> {
    let Some((account, row, now)) = sign_ins::current(conn, sign_in)? else { return Ok(None) };
    let Some(standing) = row.times().standing(Hold::of(account.role.is_some()), now) else {
        tracing::info!(event = "sign_in_over", account.id = account.id.0, "a sign-in was too old, or left unused for too long");
        return Ok(None);
    };
    if row.times().is_to_be_noted(now)
        && let Err(error) = sign_ins::note_use(conn, row.id)
    {
        // A moment in which nothing can be written keeps nobody from reading.
        tracing::warn!(error = %error, "the use of a sign-in was not noted");
    }
    let role = roles::in_force(conn, &account)?;
    let needs_second_factor = is_second_factor_demanded(conn, &account, role.as_ref())? && !second_factors::is_set(conn, account.id)?;
    let own = Account { needs_second_factor, ..account.standing(standing, role.as_ref()) };
    in_whose_place(conn, sign_in.id, own).map(Some)
}

/// Whether somebody of the staff gets nowhere without a second factor: by their role, or by what is asked of all owners.
fn is_second_factor_demanded(conn: &mut Conn, account: &AccountRow, role: Option<&StaffRole>) -> Result<bool> {
    match account.role {
        Some(Role::Owner) => sign_in_rules::owners_need_second_factor(conn),
        Some(Role::Staff) => Ok(role.is_some_and(|role| role.needs_second_factor)),
        None => Ok(false),
    }
}

/// Signs somebody in on a device: gives what the cookie has to hold.
///
/// # Errors
/// The database can't be written.
pub fn begin(conn: &mut Conn, account: &AccountRow, client: &Client, device: &Device, way: Way) -> Result<SignIn> {
    let id = SignInId::new();
    sign_ins::insert(
        conn,
        &NewSignIn {
            id,
            account_id: account.id,
            device: &device.name,
            device_hash: &device.hash,
            address: Some(client.address.to_string()),
            way,
            // That a provider vouches for somebody says nothing of when they showed it who they are.
            proved_at: (way == Way::Oidc).then_some(DateTime::UNIX_EPOCH),
        },
    )?;
    store::note_sign_in(conn, account.id)?;
    tracing::info!(event = "signed_in", account.id = account.id.0, way = way.as_str(), "somebody signed in");
    Ok(SignIn { id, account: account.id, generation: account.generation })
}

/// Ends one sign-in of the account.
///
/// # Errors
/// `NotFound` when it is another's, or ended already.
pub fn end(conn: &mut Conn, account: AccountId, id: SignInId, by: EndedBy) -> Result<()> {
    if !sign_ins::end(conn, account, id, by)? {
        return Err(Error::NotFound);
    }
    tracing::info!(event = "sign_in_ended", account.id = account.0, by = by.as_str(), "a sign-in was ended");
    Ok(())
}

/// Ends all sign-ins of the account but this one. Gives the generation that its cookie has to have from now on, see
/// `web::Session::note_generation`.
///
/// # Errors
/// `NotFound` without an account.
pub fn end_others(conn: &mut Conn, account: AccountId, keep: SignInId, by: EndedBy) -> Result<i32> {
    end_but(conn, account, Some(keep), by)
}

/// Ends all sign-ins of the account.
///
/// # Errors
/// As for `end_others`.
pub fn end_all(conn: &mut Conn, account: AccountId, by: EndedBy) -> Result<()> {
    end_but(conn, account, None, by).map(|_| ())
}

/// The generation rises first: who signs in meanwhile with what was right until now is not left in.
fn end_but(conn: &mut Conn, account: AccountId, keep: Option<SignInId>, by: EndedBy) -> Result<i32> {
    let generation = sign_ins::raise_generation(conn, account)?;
    let ended = sign_ins::end_all(conn, account, keep, by)?;
    tracing::info!(event = "sign_ins_ended", account.id = account.0, by = by.as_str(), ended, "sign-ins were ended");
    Ok(generation)
}

/// The account's sign-ins that hold, the one used last first.
///
/// # Errors
/// The database can't be read.
pub fn list(conn: &mut Conn, account: AccountId, is_staff: bool, page: PageRequest) -> Result<Page<SignInRow>> {
    let now = db_now(conn)?;
    sign_ins::list(conn, account, Hold::of(is_staff), now, page)
}

/// Notes that the person has just shown again who they are. The cookie is to get a new secret, see `web::Session::renew`.
///
/// # Errors
/// `NotFound` when it was ended meanwhile.
pub fn prove(conn: &mut Conn, id: SignInId) -> Result<()> {
    if sign_ins::prove(conn, id)? { Ok(()) } else { Err(Error::NotFound) }
}

/// Whoever is signed in shows by their password that it is them.
///
/// # Errors
/// `Invalid` on `password` when it is wrong; `TooMany` after some wrong ones; `NotFound` when the sign-in was ended meanwhile.
pub async fn prove_by_password(db: &Db, client: &Client, account: AccountId, id: SignInId, password: String) -> Result<()> {
    // Whoever found an open browser has a few guesses.
    let knock = limits::knock(db, Door::Proof, client, Some(Who::account(account))).await?;
    let row = db.read(move |conn| store::find(conn, account)).await?;
    if !password::verify(password, row.map(|row| row.password_hash)).await? {
        tracing::info!(event = "proof_failed", account.id = account.0, "a proof was refused");
        return Err(Error::invalid("password", "This is not the password of your account"));
    }
    db.write(move |conn| {
        knock.give_back(conn)?;
        tracing::info!(event = "proved", account.id = account.0, way = Way::Password.as_str(), "somebody showed that it is them");
        prove(conn, id)
    })
    .await
}
