use serde::Deserialize;

use super::rules::MOST;
use crate::base::VariantId;

#[derive(Clone, Debug, Deserialize)]
pub struct AddForm {
    pub variant: VariantId,
    #[serde(default)]
    pub quantity: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct QuantityForm {
    pub quantity: String,
}

/// A coupon's code as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CouponForm {
    pub coupon: String,
}

/// A number of units.
///
/// # Errors
/// What to type instead.
pub fn quantity(text: &str, least: i32) -> Result<i32, String> {
    let number = text.trim().parse().ok().filter(|number| (least..=MOST).contains(number));
    number.ok_or_else(|| format!("Enter a quantity from {least} to {MOST}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_whole_and_within_bounds() {
        assert_eq!(quantity(" 3 ", 1), Ok(3));
        assert_eq!(quantity("0", 0), Ok(0));
        for wrong in ["", "0", "-1", "1000", "2.5", "two"] {
            assert_eq!(quantity(wrong, 1), Err("Enter a quantity from 1 to 999.".to_owned()));
        }
    }
}
