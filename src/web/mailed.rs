//! The token of a mailed link, out of its address.
//!
//! A mailed link bears a token, since it must work in any browser. At its first visit the token moves into the session, and the
//! browser is led on to an address without it: none stands in its history, on the screen or in what is copied from the address
//! bar (ASVS 14.2.1). The link itself goes on to work wherever it is opened; how often and how long, its own room says.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, error::InternalError, http::Method, web};
use serde::Deserialize;

use super::{Session, see_other};
use crate::base::Result;

/// Stands in a path in the token's place once the session has it.
const OPENED: &str = "opened";

/// Characters of a token at most: what is longer is none of ours, and not kept.
const LONGEST: usize = 64;

/// The token that a link's page works with: from the session once it was moved there, else as the request tells it. Empty: none.
/// A GET that tells one is led on before its handler sees it.
///
/// Stands for `{token}` in a path, or for `?token=` where the path has no place for it.
pub struct MailedToken(pub String);

#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    token: String,
}

impl MailedToken {
    /// The token that the request tells, and the address that it is led on to.
    fn told(request: &HttpRequest) -> (String, String) {
        match request.match_info().get("token") {
            Some(OPENED) => (String::new(), String::new()),
            Some(token) => (token.to_owned(), format!("{}/{OPENED}", place(request))),
            None => {
                let told = web::Query::<Told>::from_query(request.query_string()).map(web::Query::into_inner).unwrap_or_default();
                (told.token, request.path().to_owned())
            }
        }
    }

    fn of(request: &HttpRequest) -> Result<Self, actix_web::Error> {
        let (session, (token, onward)) = (Session::of(request), Self::told(request));
        if token.is_empty() {
            return Ok(Self(session.carried(place(request)).unwrap_or_default()));
        }
        // A form that was loaded before says its token itself, and so does the one click of a mail program (RFC 8058).
        if request.method() == Method::POST || !is_plausible(&token) {
            return Ok(Self(token));
        }
        session.carry(place(request), &token)?;
        Err(InternalError::from_response("the token was moved", see_other(&onward)).into())
    }
}

/// The token of a link of this kind where a path says `part` in its place.
pub fn mailed_token(session: &Session, kind: &str, part: String) -> String {
    if part == OPENED { session.carried(kind).unwrap_or_default() } else { part }
}

/// What the link is for: its path up to the token.
fn place(request: &HttpRequest) -> &str {
    match request.match_info().get("token") {
        Some(_) => request.path().rsplit_once('/').map_or("", |(before, _)| before),
        None => request.path(),
    }
}

fn is_plausible(token: &str) -> bool {
    token.len() <= LONGEST && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

impl FromRequest for MailedToken {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_no_token_of_ours_is_not_kept() {
        assert!(is_plausible("aZ09-_.") && is_plausible(&"x".repeat(64)));
        for not in ["x".repeat(65), "a b".to_owned(), "\"".to_owned(), "é".to_owned(), "a/b".to_owned()] {
            assert!(!is_plausible(&not), "{not}");
        }
    }
}
