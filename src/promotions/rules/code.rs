//! Codes of coupons, as typed and as made.

use crate::promotions::model::CouponCode;

/// Crockford's base 32: no I, L, O or U, so that a code survives being read out and spells no word.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random letters and digits of a made code: 12 × 5 = 60 bits, which nobody guesses through a throttle.
const MADE_LENGTH: u32 = 12;

/// Characters of a made code's beginning at most.
pub const LONGEST_PREFIX: usize = 20;

impl CouponCode {
    /// Reads a code in any case and with spaces.
    ///
    /// # Errors
    /// What a code may be made of.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let code: String = typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).take(60).collect();
        let fits = (3..=40).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
            && !code.starts_with('-');
        if fits { Ok(Self(code)) } else { Err("Enter a code of 3 to 40 letters, digits and hyphens, such as SPRING10") }
    }

    /// A code that nobody can guess, made of random bits: `SUMMER-7K4Q-29XM-0BZE`.
    pub fn made(prefix: &str, random: u64) -> Self {
        let digit = |at: u32| char::from(ALPHABET[(random >> (at * 5)) as usize & 31]);
        let mut code = prefix.to_owned();
        for at in 0..MADE_LENGTH {
            if at % 4 == 0 && !code.is_empty() {
                code.push('-');
            }
            code.push(digit(at));
        }
        Self(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_case_and_with_spaces() {
        assert_eq!(CouponCode::parse(" spring 10 ").unwrap().0, "SPRING10");
        for wrong in ["", "ab", "-abc", "a_b_c", "é-code", &"x".repeat(41)] {
            assert!(CouponCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_made_code_is_one_that_can_be_typed_again() {
        let made = CouponCode::made("SUMMER", 0x0123_4567_89ab_cdef);
        assert_eq!(made.0.len(), "SUMMER-0000-0000-0000".len());
        assert_eq!(CouponCode::parse(&made.0.to_lowercase()).unwrap(), made);
        assert_eq!(CouponCode::made("", 7).0.len(), 14);
    }
}
