use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AccountId, SubscriberId, text_enum},
    schema::subscribers,
};

/// The sentence beside every button that asks for the newsletter. It goes into the record of consents as it stands here.
pub const WORDING: &str = "Send me the newsletter by e-mail, about once a month. I can end it at any time by a link in each of them.";

text_enum! {
    /// How far somebody is.
    pub enum State {
        /// The address was given, and its owner has not said yes.
        Pending = "pending",
        Confirmed = "confirmed",
        Ended = "ended",
    }
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "Not confirmed",
            Self::Confirmed => "Gets it",
            Self::Ended => "Ended",
        }
    }

    /// The badge's tone.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Pending => "warn",
            Self::Confirmed => "good",
            Self::Ended => "",
        }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = subscribers)]
pub struct Subscriber {
    pub id: SubscriberId,
    pub email: String,
    pub state: State,
    pub end_token: String,
    pub source: String,
    pub asked_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl Subscriber {
    pub fn is_confirmed(&self) -> bool {
        self.state == State::Confirmed
    }
}

/// Who says something, for the record.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub account: Option<AccountId>,
    /// `form`, `mail` or `account`.
    pub source: &'static str,
    pub address: Option<IpAddr>,
}
