//! Another address for an account: both ends must agree, the address so far and the new one, each by the link mailed there.

use uuid::Uuid;

use super::{links, sign_ins, slow};
use crate::{
    accounts::{
        mails,
        model::{AccountRow, Asked, EndedBy, Link, LinkKind},
        store,
    },
    base::{AccountId, Client, Conn, Db, Email, Error, OnConstraint, Result},
    web::SignIn,
};

const ENDS: [LinkKind; 2] = [LinkKind::EmailOld, LinkKind::EmailNew];

/// What agreeing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// The other end has not agreed yet.
    Half,
    /// The address is changed. The generation that the cookie must have which stays signed in; `None`: none does.
    Whole(Option<i32>),
}

/// A change as the page of one of its links shows it.
#[derive(Clone, Debug)]
pub struct Change {
    pub from: String,
    pub to: String,
}

/// Has the links for both ends mailed. Tells nobody whether the new address has an account.
///
/// # Errors
/// `Invalid` on `email` when it is the present one; `TooMany` from one address of the network.
pub async fn ask(db: &Db, id: AccountId, to: Email, client: &Client) -> Result<()> {
    if !slow::asking(db, LinkKind::EmailNew, &to, client).await? {
        return Ok(());
    }
    db.write(move |conn| {
        let account = store::find(conn, id)?.ok_or(Error::NotFound)?;
        if account.email == to.as_str() {
            return Err(Error::invalid("email", "This is the address of your account already"));
        }
        store::links::delete_changes(conn, id)?;
        let pair = Some(Uuid::new_v4());
        for (kind, email) in [(LinkKind::EmailOld, account.email.as_str()), (LinkKind::EmailNew, to.as_str())] {
            links::ask(conn, &Asked { account_id: Some(id), pair, ..Asked::by(kind, email, "") })?;
        }
        tracing::info!(event = "email_change_asked", account.id = id.0, "a change of address was asked for");
        Ok(())
    })
    .await
}

/// What the link is about.
///
/// # Errors
/// `NotFound` when it is wrong, used or too old.
pub async fn asked(db: &Db, token: String) -> Result<Change> {
    db.read(move |conn| {
        let link = links::find(conn, &ENDS, &token)?;
        let account = links::owner(conn, &link)?;
        Ok(Change { from: account.email, to: store::links::new_address(conn, pair_of(&link)?)? })
    })
    .await
}

/// One end agrees; the second to do so changes the address. Then everybody is signed out but `staying`, and the address so far is told.
///
/// # Errors
/// `NotFound` as for [`asked`]; `Conflict` when the new address got an account meanwhile.
pub async fn agree(db: &Db, token: String, staying: Option<SignIn>) -> Result<Agreed> {
    db.write(move |conn| {
        // The account's row is locked before the link is taken, so of two ends at the same time the second sees the first.
        let owner = links::find(conn, &ENDS, &token).and_then(|link| links::owner(conn, &link))?;
        let link = links::take(conn, &ENDS, &token)?;
        let pair = pair_of(&link)?;
        if !store::links::is_agreed(conn, pair)? {
            return Ok(Agreed::Half);
        }
        let to = store::links::new_address(conn, pair)?;
        change(conn, &owner, &to, staying).map(Agreed::Whole)
    })
    .await
}

fn change(conn: &mut Conn, owner: &AccountRow, to: &str, staying: Option<SignIn>) -> Result<Option<i32>> {
    let account = store::set_email(conn, owner.id, to).on_constraint("accounts_email_key", taken)?;
    store::links::delete_open(conn, owner.id)?;
    mails::email_changed(conn, &account, &owner.email)?;
    tracing::info!(event = "email_changed", account.id = owner.id.0, "the address of an account was changed");
    match staying.filter(|sign_in| sign_in.account == owner.id) {
        Some(sign_in) => sign_ins::end_others(conn, owner.id, sign_in.id, EndedBy::Password).map(Some),
        None => sign_ins::end_all(conn, owner.id, EndedBy::Password).map(|()| None),
    }
}

fn taken() -> Error {
    Error::Conflict("The new address got an account of its own meanwhile. Your address stays as it was.".to_owned())
}

fn pair_of(link: &Link) -> Result<Uuid> {
    link.pair.ok_or(Error::NotFound)
}

/// The address to which a change waits for both ends to agree.
///
/// # Errors
/// The database can't be read.
pub async fn waiting(db: &Db, id: AccountId) -> Result<Option<String>> {
    db.read(move |conn| store::links::open_change(conn, id)).await
}
