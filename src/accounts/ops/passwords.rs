//! Choosing a password: measured before it is hashed, told by mail, and whoever was signed in elsewhere is signed out.

use super::{links, sign_in::Visit, sign_ins, sign_up, slow};
use crate::{
    accounts::{
        forms::NewPassword,
        mails,
        model::{Asked, EndedBy, Link, LinkKind},
        password,
        rules::{weakness, words_of},
        store,
    },
    base::{Client, Db, Email, Error, Result},
    settings,
    web::SignIn,
};

/// The hash of a password that is not easy to guess. `about`: the person's address and name. `site`: the shop's address.
///
/// # Errors
/// `Invalid` on `password` when it is easy to guess; `Unavailable` when too many wait for a hash.
pub async fn hashed(db: &Db, site: &str, chosen: NewPassword, mut about: Vec<String>) -> Result<String> {
    about.push(db.read(settings::store).await?.name);
    about.push(site.split_once("://").map_or(site, |(_, host)| host).to_owned());
    let NewPassword(text) = chosen;
    let measured = text.clone();
    let measuring = tokio::task::spawn_blocking(move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        weakness(&measured, &words_of(&about))
    });
    match measuring.await.map_err(|fault| Error::Internal(fault.into()))? {
        Some(words) => Err(Error::invalid("password", words)),
        None => password::hash(text).await,
    }
}

/// Has a link mailed behind which a new password is chosen, to who has an account. Tells nobody whether anybody has.
///
/// # Errors
/// `TooMany` from one address of the network.
pub async fn ask_reset(db: &Db, email: Email, client: &Client) -> Result<()> {
    sign_up::ask(db, Asked::by(LinkKind::Reset, email.as_str(), ""), &email, client).await
}

/// The link behind which a password is chosen.
///
/// # Errors
/// `NotFound` when it is wrong, used or too old.
pub async fn asked(db: &Db, token: String) -> Result<Link> {
    db.read(move |conn| links::find(conn, &[LinkKind::Reset], &token)).await
}

/// Sets the password that was chosen behind a mailed link, which also confirms the address. Everybody is signed out; the second
/// factor stays.
///
/// # Errors
/// `NotFound` as for [`asked`]; `Invalid` on `password` when it is easy to guess.
pub async fn reset(db: &Db, site: String, token: String, chosen: NewPassword) -> Result<()> {
    let link = asked(db, token.clone()).await?;
    let person = db.read(move |conn| links::owner(conn, &link)).await?;
    let hash = hashed(db, &site, chosen, vec![person.email, person.name]).await?;
    db.write(move |conn| {
        let link = links::take(conn, &[LinkKind::Reset], &token)?;
        let account = links::owner(conn, &link)?;
        store::confirm(conn, account.id)?;
        let account = store::set_password(conn, account.id, &hash)?;
        sign_ins::end_all(conn, account.id, EndedBy::Password)?;
        store::devices::forget_all(conn, account.id)?;
        store::links::delete_open(conn, account.id)?;
        tracing::info!(event = "password_changed", account.id = account.id.0, "a password was chosen behind a link");
        mails::password_changed(conn, &site, &account)
    })
    .await
}

/// Puts a new password in the place of the present one. Gives the generation that this browser's cookie has to have from now on.
///
/// # Errors
/// `Invalid` on `present` when it is not the present one, on `password` when the new one is easy to guess; `TooMany`.
pub async fn change(db: &Db, visit: Visit, sign_in: SignIn, present: String, chosen: NewPassword) -> Result<i32> {
    let (id, site) = (sign_in.account, visit.site);
    let counted = slow::proof(db, &visit.client, id).await?;
    let account = db.read(move |conn| store::find(conn, id)?.ok_or(Error::NotFound)).await?;
    if !password::verify(present, Some(account.password_hash)).await? {
        tracing::info!(event = "proof_failed", account.id = id.0, "a present password was refused");
        return Err(Error::invalid("present", "This is not your present password"));
    }
    let hash = hashed(db, &site, chosen, vec![account.email, account.name]).await?;
    db.write(move |conn| {
        counted.give_back(conn)?;
        let account = store::set_password(conn, id, &hash)?;
        store::links::delete_open(conn, id)?;
        tracing::info!(event = "password_changed", account.id = id.0, "a password was changed");
        mails::password_changed(conn, &site, &account)?;
        sign_ins::end_others(conn, id, sign_in.id, EndedBy::Password)
    })
    .await
}
