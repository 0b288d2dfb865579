//! Signing in: by password or by a mailed link, then by a code where a second factor is set.
//!
//! Whether an address has an account is told by nothing: the same reads and one comparison of a password come before every refusal,
//! which has the same words.

use super::{links, second_factor, sign_ins, sign_up, slow};
use crate::{
    accounts::{
        mails,
        model::{AccountRow, Asked, Device, LinkKind, Way},
        password, store,
    },
    base::{AccountId, Client, Conn, Db, Email, Error, Keys, Result, db_now},
    web::{Half, SignIn},
};

/// Seconds for which a code is waited for after the password was right.
const HALF: i64 = 600;

/// Where somebody stands who signs in.
#[derive(Clone, Debug)]
pub struct Visit {
    pub client: Client,
    pub device: Device,
    /// By which the browser is known again.
    pub mark: String,
    /// The shop's address without a slash at its end.
    pub site: String,
}

impl Visit {
    fn device_name(&self) -> &str {
        if self.device.name.is_empty() { "a browser that does not say what it is" } else { &self.device.name }
    }
}

/// What became of a right password or link.
#[derive(Debug)]
pub enum SignedIn {
    Whole(Box<AccountRow>, SignIn),
    /// The code of the second factor is owed.
    CodeOwed(Half),
    /// The address was never confirmed. A link that does it is on its way.
    LinkOwed,
}

/// # Errors
/// `Invalid` with the same words whether the address or the password is wrong, after the same time; `TooMany`.
pub async fn sign_in(db: &Db, visit: Visit, email: Email, password: String, return_to: String) -> Result<SignedIn> {
    let (sought, device) = (email.clone(), visit.device.hash.clone());
    let (found, known) = db
        .read(move |conn| {
            let found = store::find_by_email(conn, &sought)?;
            // Asked for nobody as well, so that it takes as long.
            let id = found.as_ref().map_or(AccountId(0), |row| row.id);
            Ok((found, store::devices::is_known(conn, id, &device)?))
        })
        .await?;
    let known = found.as_ref().filter(|_| known).map(|row| (row.id, visit.mark.as_str()));
    let counted = slow::sign_in(db, &visit.client, &email, known).await?;
    let right = password::verify(password, found.as_ref().map(|row| row.password_hash.clone())).await?;
    let tried = found.as_ref().map(|row| row.id.0);
    let Some(account) = found.filter(|row| right && row.is_open()) else {
        tracing::info!(event = "sign_in_failed", account.id = tried, way = Way::Password.as_str(), "a sign-in was refused");
        return Err(Error::invalid("email", "The e-mail address or the password is wrong"));
    };
    db.write(move |conn| {
        if account.confirmed_at.is_some() {
            counted.give_back(conn)?;
        }
        go_on(conn, &visit, account, Way::Password, &return_to)
    })
    .await
}

/// What is owed besides the password or the link, or else the sign-in.
///
/// # Errors
/// The database can't be written.
pub fn go_on(conn: &mut Conn, visit: &Visit, account: AccountRow, way: Way, return_to: &str) -> Result<SignedIn> {
    if account.confirmed_at.is_none() {
        links::ask(conn, &Asked::by(LinkKind::SignIn, &account.email, return_to))?;
        tracing::info!(event = "link_owed", account.id = account.id.0, way = way.as_str(), "an address has to be confirmed first");
        return Ok(SignedIn::LinkOwed);
    }
    if second_factor::is_set(conn, account.id)? {
        let at = db_now(conn)?.timestamp();
        tracing::info!(event = "code_owed", account.id = account.id.0, way = way.as_str(), "the second half of a sign-in is waited for");
        return Ok(SignedIn::CodeOwed(Half { account: account.id, generation: account.generation, at }));
    }
    whole(conn, visit, account, way)
}

/// Signs in, and tells the owner by mail where it is at a browser that was never seen with this account before.
///
/// # Errors
/// The database can't be written.
pub fn whole(conn: &mut Conn, visit: &Visit, account: AccountRow, way: Way) -> Result<SignedIn> {
    let is_new = store::devices::note(conn, account.id, &visit.device.hash)?;
    if is_new && account.signed_in_at.is_some() {
        let at = db_now(conn)?;
        mails::new_device(conn, &visit.site, &account, visit.device_name(), at)?;
    }
    let sign_in = sign_ins::begin(conn, &account, &visit.client, &visit.device, way)?;
    Ok(SignedIn::Whole(Box::new(account), sign_in))
}

/// Signs in whoever has become staff just now. Nobody is told of the device: the link came to it.
///
/// # Errors
/// The database can't be written.
pub fn by_invitation(conn: &mut Conn, visit: &Visit, account: AccountRow) -> Result<SignIn> {
    store::devices::note(conn, account.id, &visit.device.hash)?;
    sign_ins::begin(conn, &account, &visit.client, &visit.device, Way::Invitation)
}

/// The account whose code is owed, while it is waited for.
fn halfway(conn: &mut Conn, half: &Half) -> Result<AccountRow> {
    let age = db_now(conn)?.timestamp() - half.at;
    let account = store::find(conn, half.account)?.filter(|row| row.is_open() && row.generation == half.generation);
    account.filter(|_| (0..=HALF).contains(&age)).ok_or(Error::SignInNeeded)
}

/// Whether the code is still waited for.
///
/// # Errors
/// `SignInNeeded` when it is not.
pub async fn awaited(db: &Db, half: Half) -> Result<()> {
    db.read(move |conn| halfway(conn, &half).map(|_| ())).await
}

/// The second half of a sign-in.
///
/// # Errors
/// `Invalid` on `code` when it is wrong or was used before; `SignInNeeded` when it came too late; `TooMany`.
pub async fn by_code(db: &Db, keys: &Keys, visit: Visit, half: Half, code: String) -> Result<(AccountRow, SignIn)> {
    let counted = slow::code(db, &visit.client, half.account).await?;
    let keys = keys.clone();
    db.write(move |conn| {
        let account = halfway(conn, &half)?;
        let Some(way) = second_factor::take(conn, &keys, account.id, &code)? else {
            tracing::info!(event = "second_factor_failed", account.id = account.id.0, "a code was refused");
            return Err(Error::invalid("code", "This code is wrong, or was used before. Wait for the next one and enter that"));
        };
        counted.give_back(conn)?;
        if way == Way::Recovery {
            mails::second_factor_changed(conn, &visit.site, &account, mails::Changed::CodeUsed)?;
        }
        match whole(conn, &visit, account, way)? {
            SignedIn::Whole(account, sign_in) => Ok((*account, sign_in)),
            SignedIn::CodeOwed(_) | SignedIn::LinkOwed => Err(Error::internal("nothing is owed after the code")),
        }
    })
    .await
}

/// Has a link mailed that signs in, to who has an account. Tells nobody whether anybody has.
///
/// # Errors
/// `TooMany` from one address of the network.
pub async fn ask_link(db: &Db, email: Email, return_to: &str, client: &Client) -> Result<()> {
    sign_up::ask(db, Asked::by(LinkKind::SignIn, email.as_str(), return_to), &email, client).await
}

/// The address that the link was mailed to.
///
/// # Errors
/// `NotFound` when the link is wrong, used or too old.
pub async fn linked(db: &Db, token: String) -> Result<String> {
    db.read(move |conn| links::find(conn, &[LinkKind::SignIn], &token).map(|link| link.email)).await
}

/// Signs in by a mailed link, which confirms the address. A second factor is asked for all the same.
///
/// # Errors
/// As for [`linked`]. Gives the path to go on to as well.
pub async fn by_link(db: &Db, visit: Visit, token: String) -> Result<(SignedIn, String)> {
    db.write(move |conn| {
        let link = links::take(conn, &[LinkKind::SignIn], &token)?;
        let account = links::owner(conn, &link)?;
        let account = store::confirm(conn, account.id)?;
        Ok((go_on(conn, &visit, account, Way::Link, &link.return_to)?, link.return_to))
    })
    .await
}
