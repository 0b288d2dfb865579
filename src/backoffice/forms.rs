use serde::Deserialize;

use crate::base::{Email, Problems};

/// The address of the account that another is to take over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OtherForm {
    pub email: String,
}

impl OtherForm {
    pub fn parse(&self) -> Result<Email, Problems> {
        Email::parse(&self.email).map_err(|message| Problems::of("email", message))
    }
}
