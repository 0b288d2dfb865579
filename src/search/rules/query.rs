//! What somebody typed, as the things that must all be found.

use super::words::{Side, tokens};

/// One thing that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    Word(String),
    /// Words one after the other, as typed in quotes.
    Phrase(Vec<String>),
}

/// Words that say nothing about goods. Left out unless there is nothing else.
const EMPTY: &[&str] = &[
    "a", "an", "and", "are", "at", "by", "for", "from", "i", "in", "is", "it", "my", "of", "on", "or", "some", "the", "to", "with", "your",
];

/// More than anybody means. What comes after is left out.
const MOST: usize = 12;

pub fn clauses(text: &str) -> Vec<Clause> {
    let mut found = vec![];
    for (quoted, part) in quoted_parts(text) {
        let words: Vec<String> = tokens(part, Side::Typed).into_iter().map(|token| token.text).collect();
        if quoted && words.len() > 1 {
            found.push(Clause::Phrase(words));
        } else {
            found.extend(words.into_iter().map(Clause::Word));
        }
    }
    let says = |clause: &Clause| !matches!(clause, Clause::Word(word) if EMPTY.contains(&word.as_str()));
    if found.iter().any(says) {
        found.retain(says);
    }
    found.dedup();
    found.truncate(MOST);
    found
}

/// A search as it is counted and pinned: small letters, single blanks.
pub fn folded(text: &str) -> String {
    let lower: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    lower.join(" ").chars().take(60).collect()
}

/// The text cut at its quotation marks. A mark right behind a digit stands for inches, unless it closes a quotation.
fn quoted_parts(text: &str) -> Vec<(bool, &str)> {
    let (mut parts, mut from, mut open) = (vec![], 0, false);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let is_mark = matches!(c, '"' | '“' | '”' | '„');
        if is_mark && (open || !(before.is_ascii_digit() || "½¼¾⅛⅜⅝⅞".contains(before))) {
            parts.push((open, &text[from..at]));
            from = at + c.len_utf8();
            open = !open;
        }
        before = c;
    }
    // What was never closed is no quotation.
    parts.push((false, &text[from..]));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(text: &str) -> Clause {
        Clause::Word(text.to_owned())
    }

    #[test]
    fn words_and_phrases_are_told_apart() {
        let phrase = Clause::Phrase(vec!["claw".into(), "hammer".into()]);
        assert_eq!(clauses("“Claw hammer” 16 oz"), [phrase.clone(), word("16oz")]);
        assert_eq!(clauses("\"claw hammer\""), [phrase]);
        assert_eq!(clauses("\"hammer\""), [word("hammer")]);
        assert_eq!(clauses("\"claw ham"), [word("claw"), word("ham")]);
    }

    #[test]
    fn a_mark_behind_a_digit_is_an_inch() {
        assert_eq!(clauses("6\" rule"), [word("6in"), word("rule")]);
        assert_eq!(clauses("\"rule 6\""), [Clause::Phrase(vec!["rule".into(), "6".into()])]);
    }

    #[test]
    fn words_that_say_nothing_are_left_out_unless_they_are_all() {
        assert_eq!(clauses("a brush for the paint"), [word("brush"), word("paint")]);
        assert_eq!(clauses("the"), [word("the")]);
        assert_eq!(clauses("  !!  "), []);
    }

    #[test]
    fn searches_are_counted_alike_whatever_their_case() {
        assert_eq!(folded("  Claw   HAMMER "), "claw hammer");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_few_clauses(text in "\\PC{0,120}") {
            prop_assert!(clauses(&text).len() <= MOST);
        }
    }
}
