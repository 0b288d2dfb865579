//! Lists within a cell, and cells that are no formulas.

/// What a spreadsheet takes for the beginning of a formula, by OWASP's list, and the apostrophe itself, so that it can be undone.
const RISKY: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// The cell as it may be written into a file.
pub fn guarded(cell: &str) -> String {
    if cell.starts_with(RISKY) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell as it was before [`guarded`].
pub fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(RISKY)).unwrap_or(cell)
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
    }

    proptest! {
        #[test]
        fn a_cell_comes_back_as_it_was(cell in "['=+@\\-\ta-c]{0,6}") {
            let written = guarded(&cell);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']));
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
