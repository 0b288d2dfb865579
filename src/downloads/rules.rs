mod kinds;

use std::ops::Range;

use subtle::ConstantTimeEq;

pub use kinds::{BEGINNING, misfit};

use crate::base::{DownloadId, Keys};

/// What opens a download: an HMAC under the order's own token. Another for each renewal, so that a former link opens nothing.
pub fn link_token(order_token: &str, id: DownloadId, renewals: i32) -> String {
    Keys::sign_with(order_token.as_bytes(), format!("download {id} {renewals}").as_bytes())
}

/// Compared in a time that tells nothing of how much was right.
pub fn is_same(given: &str, right: &str) -> bool {
    !right.is_empty() && given.as_bytes().ct_eq(right.as_bytes()).into()
}

/// `812 kB`, with decimal prefixes as browsers show them.
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", (bytes + 500) / 1000),
        1_000_000..1_000_000_000 => tenths(bytes, 1_000_000, "MB"),
        _ => tenths(bytes, 1_000_000_000, "GB"),
    }
}

fn tenths(bytes: i64, unit: i64, name: &str) -> String {
    let tenths = (bytes + unit / 20) * 10 / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// Which bytes of a file are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// As HTTP means it, from the first to the last of them.
    Some(Range<u64>),
    /// There are none such.
    Nothing,
}

impl Part {
    /// `range`: first and last byte as they were understood, of one range; `None`: none was asked for, or several, which nobody
    /// needs of a download.
    pub fn of(range: Option<Option<(u64, u64)>>) -> Self {
        match range {
            None => Self::Whole,
            Some(None) => Self::Nothing,
            Some(Some((first, last))) => Self::Some(first..last + 1),
        }
    }

    /// Whether somebody begins to download with it, rather than going on.
    pub fn begins(&self) -> bool {
        match self {
            Self::Whole => true,
            Self::Some(range) => range.start == 0,
            Self::Nothing => false,
        }
    }

    pub fn length(&self, of: u64) -> u64 {
        match self {
            Self::Whole => of,
            Self::Some(range) => range.end - range.start,
            Self::Nothing => 0,
        }
    }
}

/// A file's name as it will be saved: without the folder that some browsers send and without what can't be printed.
pub fn kept_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = name.chars().filter(|c| !c.is_control() && !is_turning(*c)).take(LONGEST_NAME).collect();
    let kept = kept.trim().trim_start_matches('.').to_owned();
    if kept.is_empty() { "file".to_owned() } else { kept }
}

/// Characters that turn the direction of text: with one of them, a program can be made to look like a PDF.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Longest name of a file, in characters.
const LONGEST_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_is_of_one_order_one_download_and_one_renewal() {
        let token = link_token("order", DownloadId(7), 0);
        assert_eq!(token.len(), 64);
        assert!(is_same(&token, &link_token("order", DownloadId(7), 0)));
        for other in [link_token("order", DownloadId(8), 0), link_token("order", DownloadId(7), 1), link_token("other", DownloadId(7), 0)] {
            assert!(!is_same(&token, &other));
        }
        assert!(!is_same("", "") && !is_same(&token[..63], &token));
    }

    #[test]
    fn sizes_are_told_as_browsers_tell_them() {
        let told = [999, 1000, 812_400, 1_000_000, 12_345_678, 1_250_000_000].map(size);
        assert_eq!(told, ["999 bytes", "1 kB", "812 kB", "1.0 MB", "12.3 MB", "1.3 GB"]);
    }

    #[test]
    fn a_part_that_starts_the_file_is_a_download_and_another_goes_on_with_one() {
        assert!(Part::of(None).begins() && Part::of(Some(Some((0, 9)))).begins());
        assert!(!Part::of(Some(Some((1, 9)))).begins() && !Part::of(Some(None)).begins());
        assert_eq!((Part::of(Some(Some((5, 9)))).length(100), Part::Whole.length(100), Part::Nothing.length(100)), (5, 100, 0));
    }

    #[test]
    fn names_lose_folders_and_what_would_deceive() {
        assert_eq!(kept_name("C:\\books\\Hammers.pdf"), "Hammers.pdf");
        assert_eq!(kept_name("../../.bashrc"), "bashrc");
        assert_eq!(kept_name("invoice\u{202e}fdp.exe\r\n"), "invoicefdp.exe");
        assert_eq!(kept_name("  "), "file");
    }

    proptest! {
        #[test]
        fn whatever_a_file_is_called_its_name_is_one_plain_word_of_a_path(name in "(?s).{0,300}") {
            let kept = kept_name(&name);
            prop_assert!(!kept.is_empty() && kept.chars().count() <= LONGEST_NAME && !kept.contains(['/', '\\', '\n', '\0']));
        }
    }
}
