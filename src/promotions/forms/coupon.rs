use serde::Deserialize;

use super::values;
use crate::{
    base::{Problems, typed},
    promotions::{
        model::{CouponCode, NewCoupon},
        rules::LONGEST_PREFIX,
    },
};

/// Codes of one batch at most.
pub const MOST_IN_BATCH: i32 = 5000;

/// One code as staff typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CouponForm {
    pub code: String,
    pub max_uses: String,
    pub max_uses_each: String,
    pub starts_at: String,
    pub ends_at: String,
}

impl CouponForm {
    pub fn parse(&self) -> Result<NewCoupon, Problems> {
        let mut problems = Problems::default();
        let code = problems.take("code", CouponCode::parse(&self.code));
        let max_uses = problems.take("max_uses", values::number(&self.max_uses, 1..=1_000_000_000));
        let max_uses_each = problems.take("max_uses_each", values::number(&self.max_uses_each, 1..=1_000_000));
        let starts_at = problems.take("starts_at", values::moment(&self.starts_at));
        let ends_at = problems.take("ends_at", values::moment(&self.ends_at));
        let new = || {
            Some(NewCoupon {
                code: code?.0,
                batch: String::new(),
                starts_at: starts_at?,
                ends_at: ends_at?,
                max_uses: max_uses?,
                max_uses_each: max_uses_each?,
            })
        };
        new().ok_or(problems)
    }
}

/// A batch of codes, each for one use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BatchForm {
    pub batch: String,
    pub number: String,
    pub prefix: String,
    pub batch_ends_at: String,
}

impl BatchForm {
    /// How many, and what they have in common; `code` is how each begins.
    pub fn parse(&self) -> Result<(usize, NewCoupon), Problems> {
        let mut problems = Problems::default();
        let batch = problems.take("batch", typed::required(&self.batch, 60, "Enter a name for the batch, such as Autumn fair"));
        let number = problems.take("number", typed::whole(&self.number, 1..=MOST_IN_BATCH));
        let prefix = problems.take("prefix", self.parse_prefix());
        let ends_at = problems.take("batch_ends_at", values::moment(&self.batch_ends_at));
        let like = || {
            let new =
                NewCoupon { code: prefix?, batch: batch?, starts_at: None, ends_at: ends_at?, max_uses: Some(1), max_uses_each: None };
            Some((usize::try_from(number?).ok()?, new))
        };
        like().ok_or(problems)
    }

    fn parse_prefix(&self) -> Result<String, String> {
        let prefix = self.prefix.trim().trim_end_matches('-').to_uppercase();
        let fits = prefix.len() <= LONGEST_PREFIX && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(prefix) } else { Err(format!("Begin with letters and digits, {LONGEST_PREFIX} at most, or leave it empty")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_tidied_and_its_limits_may_be_empty() {
        let form = CouponForm { code: " spring 10".into(), max_uses: "100".into(), ..CouponForm::default() };
        let new = form.parse().unwrap();
        assert_eq!((new.code.as_str(), new.max_uses, new.max_uses_each), ("SPRING10", Some(100), None));
        assert!(CouponForm::default().parse().unwrap_err().on("code").is_some());
    }

    #[test]
    fn a_batch_s_codes_can_be_used_once_each() {
        let form = BatchForm { batch: "Fair".into(), number: "20".into(), prefix: "fair-".into(), ..BatchForm::default() };
        let (number, like) = form.parse().unwrap();
        assert_eq!((number, like.code.as_str(), like.max_uses), (20, "FAIR", Some(1)));
        for wrong in [BatchForm { number: "5001".into(), ..form.clone() }, BatchForm { prefix: "a b".into(), ..form }] {
            assert!(wrong.parse().is_err());
        }
    }
}
