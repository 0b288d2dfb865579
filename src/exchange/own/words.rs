//! Lists within a cell.

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

    proptest! {
        #[test]
        fn lists_of_lists_come_back(lists in prop::collection::vec(prop::collection::vec("[a;|\\\\>]{1,4}", 1..4), 1..4)) {
            let text = join(lists.iter().map(|list| join(list, '|')), ';');
            let back: Vec<Vec<String>> = split(&text, ';').iter().map(|list| split(list, '|')).collect();
            prop_assert_eq!(back, lists);
        }
    }
}
