//! An account is made by who reads the mail of its address: the password is chosen behind a mailed link, so nobody puts theirs on
//! another's address, and the open door hashes nothing.

use super::{
    links, passwords,
    sign_in::{self, SignedIn, Visit},
    slow,
};
use crate::{
    accounts::{
        forms::{NewPassword, SignUp},
        model::{AccountRow, Asked, Link, LinkKind, Way},
        store,
    },
    base::{Client, Db, Email, Error, Result},
    web::SignIn,
};

/// Has a link mailed behind which the account is made. Tells nobody whether the address has one.
///
/// # Errors
/// `TooMany` from one address of the network.
pub async fn sign_up(db: &Db, person: SignUp, client: &Client) -> Result<()> {
    let SignUp { name, email, return_to } = person;
    let asked = Asked { name, ..Asked::by(LinkKind::SignUp, email.as_str(), &return_to) };
    ask(db, asked, &email, client).await
}

/// Asks for a mailed link, as seldom as its limits allow. What goes to one mail address too often is silently not sent: whoever
/// asks reads the same.
///
/// # Errors
/// `TooMany` from one address of the network.
pub async fn ask(db: &Db, asked: Asked, email: &Email, client: &Client) -> Result<()> {
    tracing::info!(event = "link_asked", kind = asked.kind.as_str(), "a mailed link was asked for");
    if slow::asking(db, asked.kind, email, client).await? {
        db.write(move |conn| links::ask(conn, &asked)).await?;
    }
    Ok(())
}

/// The link behind which an account is made.
///
/// # Errors
/// `NotFound` when it is wrong, used or too old.
pub async fn asked(db: &Db, token: String) -> Result<Link> {
    db.read(move |conn| links::find(conn, &[LinkKind::SignUp], &token)).await
}

/// Makes the account with the password that was chosen behind the link, and signs in.
///
/// # Errors
/// `NotFound` as for [`asked`]; `Invalid` on `password` when it is easy to guess, on `email` when the address got an account meanwhile.
pub async fn confirm(db: &Db, visit: Visit, token: String, password: NewPassword) -> Result<(AccountRow, SignIn, String)> {
    let link = asked(db, token.clone()).await?;
    let hash = passwords::hashed(db, &visit.site, password, vec![link.email, link.name]).await?;
    db.write(move |conn| {
        let link = links::take(conn, &[LinkKind::SignUp], &token)?;
        let email = Email::parse(&link.email).map_err(Error::internal)?;
        let account = store::insert(conn, &email, &link.name, &hash, None)?;
        tracing::info!(event = "signed_up", account.id = account.id.0, "somebody made an account");
        match sign_in::whole(conn, &visit, account, Way::Link)? {
            SignedIn::Whole(account, sign_in) => Ok((*account, sign_in, link.return_to)),
            SignedIn::CodeOwed(_) | SignedIn::LinkOwed => Err(Error::internal("a new account owes nothing")),
        }
    })
    .await
}
