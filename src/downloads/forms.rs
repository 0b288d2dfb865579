use serde::Deserialize;

use super::model::Limits;
use crate::base::{Problems, typed};

/// The limits as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LimitsForm {
    pub days: String,
    pub most: String,
    pub megabytes: String,
}

impl LimitsForm {
    pub fn parse(&self) -> Result<Limits, Problems> {
        let mut problems = Problems::default();
        let days = problems.take("days", typed::whole(&self.days, 1..=3650));
        let most = problems.take("most", typed::whole(&self.most, 1..=1000));
        let megabytes = problems.take("megabytes", typed::whole(&self.megabytes, 1..=10_240));
        let limits = || Some(Limits { download_days: days?, download_most: most?, download_megabytes: megabytes? });
        limits().ok_or(problems)
    }
}

impl From<&Limits> for LimitsForm {
    fn from(limits: &Limits) -> Self {
        Self {
            days: limits.download_days.to_string(),
            most: limits.download_most.to_string(),
            megabytes: limits.download_megabytes.to_string(),
        }
    }
}
