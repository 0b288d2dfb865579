//! Mailed links: asked for by anybody, answered by the worker, used once.
//!
//! Whoever asks is always told the same after the same work, a row and a job. Whether there is an account is looked up by the
//! worker, and only the mail tells.

use sha2::{Digest, Sha256};

use crate::{
    accounts::{
        jobs::MailLink,
        mails,
        model::{AccountRow, Asked, Link, LinkKind},
        store::{self, links},
    },
    base::{AccountId, Conn, Email, Error, LinkId, Result, random_token},
    jobs,
};

/// Notes that a link was asked for, and has the worker answer.
///
/// # Errors
/// The database can't be written.
pub fn ask(conn: &mut Conn, asked: &Asked) -> Result<()> {
    let link = links::insert(conn, asked)?;
    jobs::enqueue(conn, &MailLink { link })
}

/// Mails what was asked for, once. `site`: the shop's address without a slash at its end.
///
/// # Errors
/// The database can't be written.
pub fn answer(conn: &mut Conn, site: &str, id: LinkId) -> Result<()> {
    let Some(link) = links::lock_asked(conn, id)? else { return Ok(()) };
    match link.kind {
        LinkKind::SignUp => answer_sign_up(conn, site, &link),
        LinkKind::Reset | LinkKind::SignIn => answer_owner(conn, site, &link),
        LinkKind::EmailOld | LinkKind::EmailNew => answer_change(conn, site, &link),
    }
}

fn answer_sign_up(conn: &mut Conn, site: &str, link: &Link) -> Result<()> {
    match of_address(conn, &link.email)? {
        Some(_) => decline(conn, site, link),
        None => {
            let url = give_token(conn, site, link, None)?;
            mails::confirm_address(conn, link, &url)
        }
    }
}

/// To who has an account that can be used; to nobody else anything is sent.
fn answer_owner(conn: &mut Conn, site: &str, link: &Link) -> Result<()> {
    let found = of_address(conn, &link.email)?;
    if let Some(kept) = kept_of(conn, found.as_ref())? {
        return tell_of_kept(conn, site, link, &kept);
    }
    let Some(account) = found.filter(AccountRow::is_open) else { return links::end(conn, link.id) };
    let url = give_token(conn, site, link, Some(account.id))?;
    match link.kind {
        LinkKind::SignIn => mails::sign_in_link(conn, &account, link, &url),
        _ => mails::reset_password(conn, &account, link, &url),
    }
}

fn answer_change(conn: &mut Conn, site: &str, link: &Link) -> Result<()> {
    let account = link.account_id.map(|id| store::find(conn, id)).transpose()?.flatten().filter(AccountRow::is_open);
    let (Some(account), Some(pair)) = (account, link.pair) else { return links::end(conn, link.id) };
    let to = links::new_address(conn, pair)?;
    if link.kind == LinkKind::EmailNew && of_address(conn, &to)?.is_some() {
        return decline(conn, site, link);
    }
    let url = give_token(conn, site, link, Some(account.id))?;
    mails::email_change(conn, &account, link, &to, &url)
}

/// The account that took over the one of this address.
fn kept_of(conn: &mut Conn, found: Option<&AccountRow>) -> Result<Option<AccountRow>> {
    found.and_then(|account| account.merged_into).map_or(Ok(None), |id| store::find(conn, id))
}

/// Reminds whoever reads the mail of an address whose account was merged with which one they sign in.
fn tell_of_kept(conn: &mut Conn, site: &str, link: &Link, kept: &AccountRow) -> Result<()> {
    links::end(conn, link.id)?;
    mails::merged(conn, site, &kept.name, (&link.email, &kept.email), &link.email)
}

/// The address is in use: its owner is told, nobody else.
fn decline(conn: &mut Conn, site: &str, link: &Link) -> Result<()> {
    let found = of_address(conn, &link.email)?;
    if let Some(kept) = kept_of(conn, found.as_ref())? {
        return tell_of_kept(conn, site, link, &kept);
    }
    links::end(conn, link.id)?;
    mails::account_exists(conn, site, &link.email)
}

/// The link's address from now on. Older links of its kind to the same address end.
fn give_token(conn: &mut Conn, site: &str, link: &Link, account: Option<AccountId>) -> Result<String> {
    let token = random_token(40);
    links::delete_older(conn, link)?;
    links::give_token(conn, link, account, &hash_of(&token))?;
    let account = account.map(|id| id.0);
    tracing::info!(event = "link_mailed", kind = link.kind.as_str(), account.id = account, "a link is mailed");
    Ok(format!("{site}{}/{token}", link.kind.path()))
}

/// # Errors
/// `NotFound` when the link is of another kind, wrong, used or too old.
pub fn find(conn: &mut Conn, kinds: &[LinkKind], token: &str) -> Result<Link> {
    told(links::find(conn, kinds, &hash_of(token)))
}

/// A link that is tried and leads nowhere may be somebody's guess.
fn told(link: Result<Link>) -> Result<Link> {
    if matches!(link, Err(Error::NotFound)) {
        tracing::info!(event = "link_refused", "a mailed link leads nowhere");
    }
    link
}

/// Uses the link up. Of many at once one has it.
///
/// # Errors
/// As for [`find`].
pub fn take(conn: &mut Conn, kinds: &[LinkKind], token: &str) -> Result<Link> {
    let link = told(links::take(conn, kinds, &hash_of(token)))?;
    let account = link.account_id.map(|id| id.0);
    tracing::info!(event = "link_used", kind = link.kind.as_str(), account.id = account, "a mailed link was used");
    Ok(link)
}

/// The account of a link that was mailed to one, locked, while it can be used.
///
/// # Errors
/// `NotFound` when it can't.
pub fn owner(conn: &mut Conn, link: &Link) -> Result<AccountRow> {
    let account = link.account_id.map(|id| store::lock(conn, id)).transpose()?.flatten();
    account.filter(AccountRow::is_open).ok_or(Error::NotFound)
}

fn of_address(conn: &mut Conn, email: &str) -> Result<Option<AccountRow>> {
    store::find_by_email(conn, &Email::parse(email).map_err(Error::internal)?)
}

/// A token as it is kept.
pub fn hash_of(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
