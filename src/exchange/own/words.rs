//! Lists within a cell, and cells that are no formulas.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula, by OWASP's list, and the apostrophe itself, so that it can be undone.
const RISKY: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'];

/// Where a spreadsheet may part a cell in two, as Excel does at semicolons where they are the custom. Quotation marks don't hinder it.
const PARTS: [char; 2] = [';', '\t'];

/// The cell as it may be written into a file: an apostrophe stands before each beginning of a formula.
pub fn guarded(cell: &str) -> String {
    let mut guarded = String::with_capacity(cell.len() + 1);
    for (at, part) in cell.split_inclusive(PARTS).enumerate() {
        if is_risky(part, at) {
            guarded.push('\'');
        }
        guarded.push_str(part);
    }
    guarded
}

/// The cell as it was before [`guarded`].
pub fn bare(cell: &str) -> Cow<'_, str> {
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

/// Puts parts together, each with its backslashes and separators escaped.
pub fn join<S: AsRef<str>>(parts: impl IntoIterator<Item = S>, separator: char) -> String {
    let mut joined = String::new();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            joined.push(separator);
        }
        for c in part.as_ref().chars() {
            if c == '\\' || c == separator {
                joined.push('\\');
            }
            joined.push(c);
        }
    }
    joined
}

/// The parts of [`join`]; none of an empty text.
pub fn split(text: &str, separator: char) -> Vec<String> {
    if text.is_empty() {
        return vec![];
    }
    let (mut parts, mut part, mut chars) = (vec![], String::new(), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => part.push(chars.next().unwrap_or('\\')),
            c if c == separator => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_come_back() {
        assert_eq!(guarded("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(guarded("Hammer"), "Hammer");
        assert_eq!(bare("'0012"), "'0012");
        assert_eq!(guarded("＝1+1"), "'＝1+1");
        assert_eq!(guarded("Smith; =1+1;-2; x"), "Smith; =1+1;'-2; x");
        assert_eq!(guarded("Smith;=HYPERLINK(1)\t@x"), "Smith;'=HYPERLINK(1)\t'@x");
        assert_eq!(guarded("<p>Nuts &amp;\nbolts</p>"), "<p>Nuts &amp;\nbolts</p>");
    }

    proptest! {
        #[test]
        fn a_cell_comes_back_as_it_was(cell in "['=+@;＝\\-\t\na-c ]{0,9}") {
            let written = guarded(&cell);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']));
            prop_assert!(!written.split(PARTS).any(|part| part.starts_with(['=', '+', '-', '@', '＝'])), "{}", written);
            prop_assert_eq!(bare(&written), cell);
        }

        #[test]
        fn lists_of_lists_come_back(lists in prop::collection::vec(prop::collection::vec("[a;|\\\\>]{1,4}", 1..4), 1..4)) {
            let text = join(lists.iter().map(|list| join(list, '|')), ';');
            let back: Vec<Vec<String>> = split(&text, ';').iter().map(|list| split(list, '|')).collect();
            prop_assert_eq!(back, lists);
        }
    }
}
