use serde::Deserialize;

use crate::base::Problems;

/// Somebody who is signed in says again who they are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProofForm {
    pub password: String,
    pub return_to: String,
}

impl ProofForm {
    pub fn parse(&self) -> Result<String, Problems> {
        if self.password.is_empty() { Err(Problems::of("password", "Enter your password")) } else { Ok(self.password.clone()) }
    }
}
