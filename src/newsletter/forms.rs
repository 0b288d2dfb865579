use serde::Deserialize;

use super::model::State;
use crate::base::{Email, Problems};

/// An address that somebody typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskForm {
    pub email: String,
}

impl AskForm {
    pub fn parse(&self) -> Result<Email, Problems> {
        Email::parse(&self.email).map_err(|message| Problems::of("email", message))
    }
}

/// The unguessable part of a mail's link.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Token {
    pub token: String,
}

/// What a customer wants: `yes` or nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WishForm {
    pub wanted: String,
}

impl WishForm {
    pub fn is_wanted(&self) -> bool {
        self.wanted == "yes"
    }
}

/// How staff narrow the list down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// A state; what is none counts as all.
    pub state: String,
    pub page: Option<i64>,
}

impl ListQuery {
    pub fn state(&self) -> Option<State> {
        self.state.parse().ok()
    }
}
