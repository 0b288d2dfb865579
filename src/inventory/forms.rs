use serde::Deserialize;

use crate::base::Problems;

/// What staff counted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StockForm {
    pub on_hand: String,
    /// Present: sold without counting.
    pub untracked: Option<String>,
}

impl StockForm {
    /// `None`: sold without counting.
    pub fn parse(&self) -> Result<Option<i32>, Problems> {
        if self.untracked.is_some() {
            return Ok(None);
        }
        let counted = self.on_hand.trim().parse().ok().filter(|units| (0..=1_000_000).contains(units));
        counted.map(Some).ok_or_else(|| Problems::of("on_hand", "Enter the number of units counted, such as 25"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_whole_number_or_none_at_all() {
        let form = |on_hand: &str| StockForm { on_hand: on_hand.into(), untracked: None };
        assert_eq!(form(" 12 ").parse().unwrap(), Some(12));
        for wrong in ["", "-1", "1.5", "many", "99999999"] {
            assert!(form(wrong).parse().is_err(), "{wrong}");
        }
        assert_eq!(StockForm { untracked: Some("on".into()), ..form("") }.parse().unwrap(), None);
    }
}
