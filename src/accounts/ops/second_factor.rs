//! The second factor: codes of an authenticator app (RFC 6238), each taken once, and recovery codes for who has lost the app.

use sha2::{Digest, Sha256};

use super::{sign_ins, slow};
use crate::{
    accounts::{
        mails,
        model::{AccountRow, EndedBy, Way},
        rules::{enrolment, is_recovery_code, matched_step, new_recovery_code, new_seed, plain_code, tidy_recovery_code},
        store::{self, second_factors},
    },
    base::{AccountId, Client, Conn, Db, Error, Keys, Resealed, Result, SealedSecret, db_now},
    settings,
    web::SignIn,
};

/// What seeds are sealed for; their context is the account.
const PURPOSE: &str = "second factor";

/// Recovery codes at a time.
const CODES: usize = 10;

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub is_set: bool,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

/// What an app has to be told.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// In Base32, for typing.
    pub seed: String,
    /// The address that the picture holds (Key URI Format).
    pub url: String,
}

/// Whether a code is asked for at sign-in.
///
/// # Errors
/// The database can't be read.
pub fn is_set(conn: &mut Conn, account: AccountId) -> Result<bool> {
    second_factors::is_set(conn, account)
}

/// # Errors
/// The database can't be read.
pub fn standing(conn: &mut Conn, account: AccountId) -> Result<Standing> {
    Ok(Standing { is_set: is_set(conn, account)?, codes_left: second_factors::codes_left(conn, account)? })
}

/// Uses a code up: of the app, or a recovery code. `None`: it is wrong, or was used.
///
/// # Errors
/// The seed can't be opened any more.
pub fn take(conn: &mut Conn, keys: &Keys, account: AccountId, typed: &str) -> Result<Option<Way>> {
    let Some(factor) = second_factors::find(conn, account)?.filter(|factor| factor.confirmed_at.is_some()) else { return Ok(None) };
    if let Some(code) = plain_code(typed) {
        return Ok(take_code(conn, keys, account, &factor.seed_sealed, &code)?.then_some(Way::Code));
    }
    let tidy = tidy_recovery_code(typed);
    let is_right = is_recovery_code(&tidy) && second_factors::take_code(conn, account, &hash_of(&tidy))?;
    Ok(is_right.then_some(Way::Recovery))
}

fn take_code(conn: &mut Conn, keys: &Keys, account: AccountId, sealed: &str, code: &str) -> Result<bool> {
    let seed = keys.open(PURPOSE, &account.to_string(), sealed)?;
    match matched_step(&seed, code, db_now(conn)?)? {
        Some(step) => second_factors::take_step(conn, account, step),
        None => Ok(false),
    }
}

/// Whoever is signed in shows by a code that it is them. `false`: what they typed is no right code, and may be their password.
///
/// # Errors
/// `TooMany` after some wrong ones; `NotFound` when the sign-in was ended meanwhile.
pub async fn prove(db: &Db, keys: &Keys, client: &Client, sign_in: &SignIn, typed: &str) -> Result<bool> {
    if plain_code(typed).is_none() && !is_recovery_code(&tidy_recovery_code(typed)) {
        return Ok(false);
    }
    let counted = slow::code(db, client, sign_in.account).await?;
    let (keys, typed, sign_in) = (keys.clone(), typed.to_owned(), sign_in.clone());
    db.write(move |conn| {
        let Some(way) = take(conn, &keys, sign_in.account, &typed)? else { return Ok(false) };
        counted.give_back(conn)?;
        tracing::info!(event = "proved", account.id = sign_in.account.0, way = way.as_str(), "somebody showed that it is them");
        sign_ins::prove(conn, sign_in.id).map(|()| true)
    })
    .await
}

/// Begins to set one up, with a new seed, in the place of one that was begun before.
///
/// # Errors
/// `Conflict` when one is set.
pub fn begin(conn: &mut Conn, keys: &Keys, account: AccountId) -> Result<()> {
    let sealed = keys.seal(PURPOSE, &account.to_string(), &new_seed())?;
    if second_factors::begin(conn, account, &sealed)? { Ok(()) } else { Err(set_already()) }
}

/// What the app has to be told; `None`: none was begun, or it is set.
///
/// # Errors
/// The seed can't be opened any more.
pub fn begun(conn: &mut Conn, keys: &Keys, account: AccountId, email: &str) -> Result<Option<Enrolment>> {
    let Some(factor) = second_factors::find(conn, account)?.filter(|factor| factor.confirmed_at.is_none()) else { return Ok(None) };
    let seed = keys.open(PURPOSE, &account.to_string(), &factor.seed_sealed)?;
    let url = enrolment(&seed, email, &settings::store(conn)?.name)?;
    Ok(Some(Enrolment { seed, url }))
}

/// A code shows that the app has the seed: from now on one is asked for. Gives the recovery codes, which are never to be seen again, and
/// the generation that this browser's cookie has to have, since everybody else is signed out.
///
/// # Errors
/// `Invalid` on `code` when it is wrong; `Conflict` when none was begun.
pub async fn confirm(db: &Db, keys: &Keys, site: String, sign_in: SignIn, code: String) -> Result<(Vec<String>, i32)> {
    let keys = keys.clone();
    db.write(move |conn| {
        let id = sign_in.account;
        let account = locked(conn, id)?;
        let factor = second_factors::find(conn, id)?.filter(|factor| factor.confirmed_at.is_none()).ok_or_else(set_already)?;
        let code = plain_code(&code).ok_or_else(six_digits)?;
        if !take_code(conn, &keys, id, &factor.seed_sealed, &code)? {
            tracing::info!(event = "second_factor_failed", account.id = id.0, "the code that sets it up was refused");
            return Err(Error::invalid(
                "code",
                "This is not the code of now. Look whether the clock of your device is right, and enter the next one",
            ));
        }
        second_factors::confirm(conn, id)?;
        let codes = replace_codes(conn, id)?;
        tracing::info!(event = "second_factor_set", account.id = id.0, "a second factor was set");
        mails::second_factor_changed(conn, &site, &account, mails::Changed::SetUp)?;
        Ok((codes, sign_ins::end_others(conn, id, sign_in.id, EndedBy::Password)?))
    })
    .await
}

/// New recovery codes; those from before are worth nothing.
///
/// # Errors
/// `Conflict` when no second factor is set.
pub async fn new_codes(db: &Db, site: String, id: AccountId) -> Result<Vec<String>> {
    db.write(move |conn| {
        let account = locked(conn, id)?;
        if !is_set(conn, id)? {
            return Err(not_set());
        }
        let codes = replace_codes(conn, id)?;
        tracing::info!(event = "second_factor_codes", account.id = id.0, "new recovery codes were made");
        mails::second_factor_changed(conn, &site, &account, mails::Changed::NewCodes)?;
        Ok(codes)
    })
    .await
}

/// Asks for no code any more. Gives the generation that this browser's cookie has to have.
///
/// # Errors
/// `Conflict` when none is set.
pub async fn remove(db: &Db, site: String, sign_in: SignIn) -> Result<i32> {
    db.write(move |conn| {
        let account = locked(conn, sign_in.account)?;
        if !take_away(conn, account.id)? {
            return Err(not_set());
        }
        mails::second_factor_changed(conn, &site, &account, mails::Changed::Removed)?;
        sign_ins::end_others(conn, account.id, sign_in.id, EndedBy::Password)
    })
    .await
}

/// Somebody of the staff takes it away for who has lost app and codes; `false` when there was none. The owner of the account is told.
///
/// # Errors
/// `NotFound` without an account.
pub fn remove_for(conn: &mut Conn, site: &str, id: AccountId) -> Result<bool> {
    let account = locked(conn, id)?;
    let removed = take_away(conn, id)?;
    if removed {
        mails::second_factor_changed(conn, site, &account, mails::Changed::Removed)?;
    }
    Ok(removed)
}

/// Without telling anybody; `false` when there was none.
///
/// # Errors
/// The database can't be written.
pub fn take_away(conn: &mut Conn, id: AccountId) -> Result<bool> {
    let removed = second_factors::delete(conn, id)?;
    if removed {
        tracing::info!(event = "second_factor_removed", account.id = id.0, "a second factor was taken away");
    }
    Ok(removed)
}

fn locked(conn: &mut Conn, id: AccountId) -> Result<AccountRow> {
    store::lock(conn, id)?.ok_or(Error::NotFound)
}

fn replace_codes(conn: &mut Conn, id: AccountId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..CODES).map(|_| new_recovery_code(rand::random())).collect();
    let hashes: Vec<_> = codes.iter().map(|code| hash_of(&tidy_recovery_code(code))).collect();
    second_factors::replace_codes(conn, id, &hashes)?;
    Ok(codes)
}

fn hash_of(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

fn six_digits() -> Error {
    Error::invalid("code", "Enter the six digits that your app shows")
}

fn set_already() -> Error {
    Error::Conflict("A second factor is set already.".to_owned())
}

fn not_set() -> Error {
    Error::Conflict("No second factor is set.".to_owned())
}

/// Rows that are read at once where all are.
const BATCH: i64 = 1000;

/// Calls `each` with every account that has a seed, and the seed as it is stored.
fn each_seed(conn: &mut Conn, mut each: impl FnMut(&mut Conn, AccountId, String) -> Result<()>) -> Result<()> {
    let mut last = AccountId(0);
    loop {
        let seeds = second_factors::sealed_after(conn, last, BATCH)?;
        let Some((account, _)) = seeds.last() else { return Ok(()) };
        last = *account;
        for (account, sealed) in seeds {
            each(conn, account, sealed)?;
        }
    }
}

/// The seeds of all authenticator apps as they are stored.
///
/// # Errors
/// The database can't be read.
pub fn sealed_secrets(conn: &mut Conn) -> Result<Vec<SealedSecret>> {
    let mut all = vec![];
    each_seed(conn, |_, _, sealed| {
        all.push(SealedSecret { purpose: PURPOSE, sealed });
        Ok(())
    })?;
    Ok(all)
}

/// Seals the seeds with the newest key of the ring.
///
/// # Errors
/// The database can't be written.
pub fn reseal(conn: &mut Conn, keys: &Keys) -> Result<Resealed> {
    let mut done = Resealed::default();
    each_seed(conn, |conn, account, sealed| match done.renew(keys, PURPOSE, &account.to_string(), &sealed) {
        Some(renewed) => second_factors::set_sealed(conn, account, &renewed),
        None => Ok(()),
    })?;
    Ok(done)
}
