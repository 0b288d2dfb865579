//! What a form may be made of, before anybody asks what it says.

use crate::base::{Error, Result};

/// Fields of a form. The longest is a product's 2000 combinations of options.
pub const MOST_FIELDS: usize = 5000;

/// The fields of a form as a handler would get them. For `fuzz/`: the shop itself reads forms into types of their own.
///
/// # Errors
/// As for `check_shape`, and `Invalid` for what is no form.
pub fn form_fields(body: &[u8]) -> Result<Vec<(String, String)>> {
    check_shape(body)?;
    serde_html_form::from_bytes(body).map_err(|error| Error::invalid("", error.to_string()))
}

/// Before a field is looked at: not more of them than any form of ours has, and no character that nobody types. PostgreSQL's texts
/// hold no NUL, and other control characters only deceive whoever reads them in a log or a terminal.
///
/// # Errors
/// `TooLarge`, or `Invalid` with the mend.
pub fn check_shape(body: &[u8]) -> Result<()> {
    if body.iter().filter(|byte| **byte == b'&').count() >= MOST_FIELDS {
        return Err(Error::TooLarge);
    }
    let decoded = percent_decoded(body);
    let hidden = |two: &[u8]| two[0] == 0xC2 && (0x80..0xA0).contains(&two[1]);
    if decoded.iter().any(|byte| is_control(*byte)) || decoded.windows(2).any(hidden) { Err(unprintable()) } else { Ok(()) }
}

/// A control character of ASCII but tab and line break.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn percent_decoded(body: &[u8]) -> Vec<u8> {
    let (mut decoded, mut rest) = (Vec::with_capacity(body.len()), body);
    while let Some((first, tail)) = rest.split_first() {
        let two = tail.get(..2).filter(|two| *first == b'%' && two.iter().all(u8::is_ascii_hexdigit));
        let code = two.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        decoded.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    decoded
}

/// The same for a field of a form with files.
pub fn is_printable(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

pub fn unprintable() -> Error {
    Error::invalid("", "Take out the characters that can't be printed, and send it again")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_that_nobody_types_are_refused_however_they_are_written() {
        for wrong in ["a=%00", "a=%07", "a=%1b%5B31m", "a=%7f", "a=\u{0}", "a=\u{1b}", "%08=a", "a=%c2%85", "a=\u{9b}"] {
            assert!(matches!(check_shape(wrong.as_bytes()), Err(Error::Invalid(_))), "{wrong:?}");
        }
        for right in ["a=1&b=two+words", "a=line%0D%0Aline%09tab", "a=Z%C3%BCrich", "a=%E2%82%AC&b=100%", "a=%zz%", "a=100%+free", ""] {
            assert!(check_shape(right.as_bytes()).is_ok(), "{right:?}");
        }
    }

    #[test]
    fn a_form_has_no_more_fields_than_any_of_ours() {
        let fields = |n: usize| vec!["a=1"; n].join("&");
        assert!(check_shape(fields(MOST_FIELDS).as_bytes()).is_ok());
        assert!(matches!(check_shape(fields(MOST_FIELDS + 1).as_bytes()), Err(Error::TooLarge)));
    }

    /// Pieces that a body is made of, right and wrong, and bytes of any kind.
    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        let pieces = ["a=", "csrf", "=", "&", "+", "%", "%2", "%00", "%0a", "%1b", "%c2%85", "%C3%A9", "%zz", "%25%30", ";", "\u{85}", "é"];
        let known = prop::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec());
        let piece = prop_oneof![known, any::<u8>().prop_map(|byte| format!("%{byte:02x}").into_bytes()), any::<Vec<u8>>()];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_comes_through_has_no_character_that_nobody_types_however_it_was_written(body in bodies()) {
            if let Ok(fields) = form_fields(&body) {
                let hidden = fields.iter().find(|(name, value)| !is_printable(name) || !is_printable(value));
                prop_assert!(hidden.is_none() && fields.len() <= MOST_FIELDS, "{hidden:?} of {body:?}");
            }
        }
    }
}
