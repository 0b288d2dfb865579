use serde::Deserialize;

use crate::{
    base::{Email, Problems, PromotionId},
    promotions::{model::Trial, rules::read_lines},
};

/// A cart written down to try a promotion on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TrialForm {
    pub lines: String,
    pub country: String,
    pub codes: String,
    pub email: String,
}

impl TrialForm {
    /// Nothing has been tried yet.
    pub fn is_empty(&self) -> bool {
        self.lines.trim().is_empty() && self.country.is_empty() && self.codes.is_empty() && self.email.is_empty()
    }

    pub fn parse(&self, promotion: PromotionId) -> Result<Trial, Problems> {
        let mut problems = Problems::default();
        let lines = problems
            .take("lines", read_lines(&self.lines).and_then(|lines| if lines.is_empty() { Err("Write a SKU".into()) } else { Ok(lines) }));
        let email = if self.email.trim().is_empty() { Some(None) } else { problems.take("email", Email::parse(&self.email)).map(Some) };
        let country = Some(self.country.clone()).filter(|country| !country.is_empty());
        let codes = self.codes.split([',', '\n', ' ']).map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect();
        let trial = || Some(Trial { promotion, lines: lines?, country, codes, email: email? });
        trial().ok_or(problems)
    }
}
