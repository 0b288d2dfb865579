use super::{
    mails,
    model::{Said, Subscriber, WORDING},
    store,
};
use crate::{
    accounts::{self, Consent},
    base::{AccountId, Conn, Email, Error, Result, random_token, sha256_hex},
};

/// That an address was given is on record; whether its owner agrees is not known yet.
const ASKED: &str = "newsletter_asked";

/// Said by whoever reads the address's mail.
const AGREED: &str = "newsletter";

/// Somebody gave this address: it is sent a link, unless it is on the list. Nobody is told which. `site`: the shop's address without
/// a slash at its end.
pub fn ask(conn: &mut Conn, site: &str, email: &Email, said: Said) -> Result<()> {
    let (token, end_token) = (random_token(40), random_token(40));
    note(conn, email, ASKED, true, said)?;
    match store::ask(conn, email, &sha256_hex(token.as_bytes()), &end_token, said.source)? {
        Some(subscriber) => mails::newsletter_confirm(conn, site, &subscriber, &token),
        None => Ok(()),
    }
}

fn note(conn: &mut Conn, email: &Email, purpose: &'static str, given: bool, said: Said) -> Result<()> {
    let Said { account, source, address } = said;
    accounts::note_consent(conn, &Consent { email, account, purpose, given, wording: WORDING, source, address })
}

/// Whether this mailed link still works.
pub fn is_link(conn: &mut Conn, token: &str) -> Result<bool> {
    Ok(store::by_link(conn, &sha256_hex(token.as_bytes()))?.is_some())
}

/// Whoever reads the address's mail wants the newsletter.
///
/// # Errors
/// `NotFound` when the link has ended, was used, or never was.
pub fn confirm(conn: &mut Conn, token: &str, said: Said) -> Result<Subscriber> {
    let subscriber = store::confirm(conn, &sha256_hex(token.as_bytes()))?.ok_or(Error::NotFound)?;
    note(conn, &email_of(&subscriber)?, AGREED, true, said)?;
    Ok(subscriber)
}

fn email_of(subscriber: &Subscriber) -> Result<Email> {
    Email::parse(&subscriber.email).map_err(Error::internal)
}

pub fn is_end_link(conn: &mut Conn, end_token: &str) -> Result<bool> {
    Ok(store::by_end_link(conn, end_token)?.is_some())
}

/// Ends the newsletter of whoever was sent this link; a link that nobody was sent ends nothing.
pub fn end_by_link(conn: &mut Conn, end_token: &str, said: Said) -> Result<()> {
    match store::by_end_link(conn, end_token)? {
        Some(subscriber) => end(conn, &subscriber, said),
        None => Ok(()),
    }
}

fn end(conn: &mut Conn, subscriber: &Subscriber, said: Said) -> Result<()> {
    if store::end(conn, subscriber)? { note(conn, &email_of(subscriber)?, AGREED, false, said) } else { Ok(()) }
}

/// A customer wants it, or wants it no more. An address that is proven to be the account's is put on the list at once, any other is
/// sent the link. Says whether it was: `false` means that a mail is on its way.
pub fn choose(conn: &mut Conn, site: &str, account: AccountId, wanted: bool, said: Said) -> Result<bool> {
    let account = accounts::find(conn, account)?.ok_or(Error::NotFound)?;
    let email = Email::parse(&account.email).map_err(Error::internal)?;
    if !wanted {
        return match store::by_email(conn, email.as_str())? {
            Some(subscriber) => end(conn, &subscriber, said).map(|()| true),
            None => Ok(true),
        };
    }
    if !accounts::is_confirmed(conn, account.id)? {
        return ask(conn, site, &email, said).map(|()| false);
    }
    if store::put(conn, &email, &random_token(40), said.source)? {
        note(conn, &email, AGREED, true, said)?;
    }
    Ok(true)
}
