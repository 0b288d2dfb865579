//! The code of a gift card: made, typed, told apart.

use rand::RngExt;

use crate::base::sha256_hex;

/// Crockford's Base32: no I, L, O and U, so that nothing is misread and nothing rude is spelt.
/// <https://www.crockford.com/base32.html>
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 16 characters of 5 bits each: 80 random bits, which nobody guesses.
const LENGTH: usize = 16;

/// A gift card's code in its one written form. Only its hash is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A new one from the system's random source.
    pub fn random() -> Self {
        let mut rng = rand::rng();
        Self((0..LENGTH).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect())
    }

    /// What somebody typed, in whatever case and grouping, with the letters that look alike taken for the right ones.
    ///
    /// # Errors
    /// A message for the field: how a code looks.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let bare = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(alike);
        let code: String = bare.take(LENGTH + 1).collect();
        if code.is_empty() {
            return Err("Enter the code of the gift card");
        }
        let fits = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        if fits { Ok(Self(code)) } else { Err("A gift card's code has 16 letters and digits, such as 7Q2M-9XKD-4T0B-VW8C. Check yours") }
    }

    /// In groups of four, as it is mailed.
    pub fn shown(&self) -> String {
        let groups: Vec<_> = self.0.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        groups.join("-")
    }

    pub fn last4(&self) -> &str {
        &self.0[LENGTH - 4..]
    }

    /// SHA-256 in hex. Neither salt nor a slow hash is needed where the input is random itself.
    pub fn hash(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

fn alike(c: char) -> char {
    match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_and_grouping_and_with_letters_that_look_alike() {
        let code = Code::parse("7Q2M-9XKD-4T0B-VW11").unwrap();
        assert_eq!(Code::parse(" 7q2m9xkd 4tob vwil").unwrap(), code);
        assert_eq!(code.shown(), "7Q2M-9XKD-4T0B-VW11");
        assert_eq!(code.last4(), "VW11");
    }

    #[test]
    fn what_is_no_code_is_refused_with_the_mend() {
        assert!(Code::parse("  - ").unwrap_err().contains("Enter"));
        for text in ["7Q2M", "7Q2M-9XKD-4T0B-VW8C-1", "7Q2M-9XKD-4T0B-VW8U", "ééééééééé", &"7".repeat(5000)] {
            assert!(Code::parse(text).unwrap_err().contains("16 letters and digits"), "{text}");
        }
    }

    #[test]
    fn codes_differ_and_so_do_their_hashes() {
        let codes: std::collections::HashSet<_> = (0..1000).map(|_| Code::random().hash()).collect();
        assert_eq!(codes.len(), 1000);
    }

    proptest! {
        #[test]
        fn a_code_that_is_shown_can_be_typed(text in "[0-9A-HJKMNP-TV-Z]{16}") {
            let code = Code::parse(&text).unwrap();
            prop_assert_eq!(Code::parse(&code.shown().to_lowercase()).unwrap(), code);
        }

        #[test]
        fn whatever_is_typed_breaks_nothing(text in ".*") {
            if let Ok(code) = Code::parse(&text) {
                prop_assert_eq!(code.shown().len(), 19);
            }
        }
    }
}
