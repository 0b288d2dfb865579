//! How often what may be tried. Right tries are given back, so these count the wrong ones.

use crate::{
    accounts::model::LinkKind,
    base::{AccountId, Client, Db, Email, Error, Result},
    limits::{self, Door, Knock, Who},
};

/// Before a password is compared. `known`: the account at which this browser, of this mark, has signed in before. It is counted apart:
/// whoever guesses elsewhere does not shut the owner out.
///
/// # Errors
/// `TooMany`.
pub async fn sign_in(db: &Db, client: &Client, email: &Email, known: Option<(AccountId, &str)>) -> Result<Knock> {
    let who = match known {
        Some((account, mark)) => Who::device(mark, account),
        None => Who::email(email),
    };
    limits::knock(db, Door::SignIn, client, Some(who)).await
}

/// Before a code is compared.
///
/// # Errors
/// `TooMany`.
pub async fn code(db: &Db, client: &Client, account: AccountId) -> Result<Knock> {
    limits::knock(db, Door::Code, client, Some(Who::account(account))).await
}

/// Before somebody who is signed in shows again who they are.
///
/// # Errors
/// `TooMany`.
pub async fn proof(db: &Db, client: &Client, account: AccountId) -> Result<Knock> {
    limits::knock(db, Door::Proof, client, Some(Who::account(account))).await
}

/// Before a link is mailed. `false`: this address was written to often enough.
///
/// # Errors
/// `TooMany` from one address of the network.
pub async fn asking(db: &Db, kind: LinkKind, email: &Email, client: &Client) -> Result<bool> {
    let door = match kind {
        LinkKind::SignUp | LinkKind::EmailOld | LinkKind::EmailNew => Door::SignUp,
        LinkKind::Reset => Door::Reset,
        LinkKind::SignIn => Door::SignInLink,
    };
    limits::knock(db, door, client, None).await?;
    match limits::ask(db, &door.by_person(), &Who::email(email)).await {
        Ok(()) => Ok(true),
        Err(Error::TooMany(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
