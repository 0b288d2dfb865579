//! What somebody agreed to or took back, for the record of it.

use std::net::IpAddr;

use crate::base::{AccountId, Email};

/// Said once, as it was put to them.
#[derive(Clone, Debug)]
pub struct Consent<'a> {
    pub email: &'a Email,
    /// Whoever was signed in as they said it.
    pub account: Option<AccountId>,
    /// Such as `newsletter`.
    pub purpose: &'static str,
    /// `false`: taken back.
    pub given: bool,
    /// The sentence that they agreed to.
    pub wording: &'a str,
    /// Where: `form`, `mail`, `account`.
    pub source: &'static str,
    /// Where they came from.
    pub address: Option<IpAddr>,
}
