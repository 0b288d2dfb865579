use super::{mails, model::Link, store};
use crate::{
    base::{AccountId, CartId, Conn, Error, Result, random_token, sha256_hex},
    cart::{self, CartView, Line, Notice, Terms},
};

/// Reminds of the next checkout that was left; `false` when there is none. Marked and mailed in one transaction, so that there is
/// one mail however many workers look. `site`: the shop's address without a slash at its end.
pub fn remind_next(conn: &mut Conn, site: &str) -> Result<bool> {
    let Some(left) = store::lock_left(conn)? else { return Ok(false) };
    let token = random_token(40);
    store::set_reminded(conn, left.cart_id, &sha256_hex(token.as_bytes()))?;
    let mut cart = cart::view(conn, left.cart_id, &Terms::default())?;
    cart.lines.retain(is_to_be_had);
    // Of things that are all gone nobody is reminded.
    if !cart.is_empty() {
        mails::cart_reminder(conn, site, &left.email, &cart, &token)?;
    }
    Ok(true)
}

fn is_to_be_had(line: &Line) -> bool {
    !matches!(line.notice, Some(Notice::Gone | Notice::SoldOut))
}

/// What a reminder's link leads to.
pub fn find(conn: &mut Conn, token: &str) -> Result<(Link, Option<CartView>)> {
    let link = store::by_token(conn, &sha256_hex(token.as_bytes()))?;
    let view = match &link {
        Link::Cart(cart) => Some(cart::view(conn, *cart, &Terms::default())?),
        Link::Ended | Link::Ordered => None,
    };
    Ok((link, view))
}

/// Puts the things into the visitor's own cart, and tells which that is.
///
/// # Errors
/// `NotFound` when the link leads to no open cart.
pub fn restore(conn: &mut Conn, token: &str, session: Option<CartId>, account: Option<AccountId>) -> Result<CartId> {
    match store::by_token(conn, &sha256_hex(token.as_bytes()))? {
        Link::Cart(from) => cart::restore(conn, from, session, account),
        Link::Ended | Link::Ordered => Err(Error::NotFound),
    }
}

/// No more reminders to the address that this link was mailed to.
///
/// # Errors
/// `NotFound` when the link was never mailed, or its checkout is gone and with it the consent.
pub fn refuse(conn: &mut Conn, token: &str) -> Result<()> {
    if store::withdraw_consent(conn, &sha256_hex(token.as_bytes()))? { Ok(()) } else { Err(Error::NotFound) }
}
