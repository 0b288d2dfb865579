use serde::Deserialize;

use crate::base::{Email, Problems, typed};

/// The button that asks to be forgotten.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ErasureForm {
    #[serde(default)]
    pub gives_up_credit: Option<String>,
}

/// Staff look for somebody by their address.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct PersonForm {
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub gives_up_credit: Option<String>,
}

impl PersonForm {
    pub fn parse(&self) -> Result<Email, Problems> {
        Email::parse(&self.email).map_err(|message| Problems::of("email", message.to_string()))
    }
}

/// How long one kind of thing is kept.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RuleForm {
    #[serde(default)]
    pub days: String,
}

impl RuleForm {
    /// Days, from one to twenty years.
    pub fn parse(&self, field: &str) -> Result<i32, Problems> {
        let days = typed::whole(&self.days, 1..=7300);
        days.map_err(|_| Problems::of(field, "Enter a number of days from 1 to 7300"))
    }
}
