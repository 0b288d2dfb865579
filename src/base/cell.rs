//! Cells of files that people open in a spreadsheet, which takes some beginnings for a formula and runs it: OWASP, CSV injection.
//! Every CSV that the shop writes passes what people typed through [`cell`].

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula, by OWASP's list, and the apostrophe itself, so that it can be undone.
const RISKY: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'];

/// Where a spreadsheet may part a cell in two, as Excel does at semicolons where they are the custom. Quotation marks don't hinder it.
const PARTS: [char; 2] = [';', '\t'];

/// The cell as it may be written into a file: an apostrophe stands before each beginning of a formula.
pub fn cell(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len() + 1);
    for (at, part) in text.split_inclusive(PARTS).enumerate() {
        if is_risky(part, at) {
            guarded.push('\'');
        }
        guarded.push_str(part);
    }
    guarded
}

/// The text as it was before [`cell`].
pub fn bare_cell(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let mut bare = String::with_capacity(cell.len());
    for (at, part) in cell.split_inclusive(PARTS).enumerate() {
        bare.push_str(part.strip_prefix('\'').filter(|rest| is_risky(rest, at)).unwrap_or(part));
    }
    Cow::Owned(bare)
}

/// White space begins a formula only where a cell begins.
fn is_risky(part: &str, at: usize) -> bool {
    part.starts_with(RISKY) && (at == 0 || !part.starts_with(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_come_back() {
        assert_eq!(cell("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(cell("Hammer"), "Hammer");
        assert_eq!(bare_cell("'0012"), "'0012");
        assert_eq!(cell("＝1+1"), "'＝1+1");
        assert_eq!(cell("Smith; =1+1;-2; x"), "Smith; =1+1;'-2; x");
        assert_eq!(cell("Smith;=HYPERLINK(1)\t@x"), "Smith;'=HYPERLINK(1)\t'@x");
        assert_eq!(cell("<p>Nuts &amp;\nbolts</p>"), "<p>Nuts &amp;\nbolts</p>");
    }

    proptest! {
        #[test]
        fn a_cell_comes_back_as_it_was(text in "['=+@;＝\\-\t\na-c ]{0,9}") {
            let written = cell(&text);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']));
            prop_assert!(!written.split(PARTS).any(|part| part.starts_with(['=', '+', '-', '@', '＝'])), "{}", written);
            prop_assert_eq!(bare_cell(&written), text);
        }
    }
}
