//! Which parts of a title fit what was looked for.

use std::collections::HashSet;

use super::words::{Side, tokens};

/// What to mark.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Stems.
    pub stems: HashSet<String>,
    /// Beginning of a word that was being typed.
    pub beginning: Option<String>,
}

impl Marks {
    /// The text in pieces; those that are `true` fit. `stem` makes the stem of a word.
    pub fn pieces(&self, text: &str, stem: impl Fn(&str) -> String) -> Vec<(String, bool)> {
        let mut pieces: Vec<(String, bool)> = vec![];
        let mut from = 0;
        for token in tokens(text, Side::Found) {
            let begins = self.beginning.as_ref().is_some_and(|beginning| token.text.starts_with(beginning.as_str()));
            if token.from < from || !(begins || self.stems.contains(&stem(&token.text))) {
                continue;
            }
            push(&mut pieces, &text[from..token.from], false);
            push(&mut pieces, &text[token.from..token.to], true);
            from = token.to;
        }
        push(&mut pieces, &text[from..], false);
        pieces
    }
}

fn push(pieces: &mut Vec<(String, bool)>, text: &str, marked: bool) {
    if !text.is_empty() {
        pieces.push((text.to_owned(), marked));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(marks: &Marks, text: &str) -> String {
        let pieces = marks.pieces(text, |word| word.trim_end_matches('s').to_owned());
        pieces.into_iter().map(|(text, is_marked)| if is_marked { format!("[{text}]") } else { text }).collect()
    }

    #[test]
    fn what_fits_is_marked_and_nothing_is_lost() {
        let marks = Marks { stems: ["hammer".to_owned(), "10mm".to_owned()].into(), beginning: Some("cla".to_owned()) };
        assert_eq!(marked(&marks, "Claw Hammers, 10 mm & <b>"), "[Claw] [Hammers], [10 mm] & <b>");
        assert_eq!(marked(&Marks::default(), "Saw"), "Saw");
    }

    proptest! {
        #[test]
        fn the_pieces_make_up_the_text(text in "\\PC{0,40}", beginning in "[a-z]{0,2}") {
            let marks = Marks { stems: HashSet::new(), beginning: Some(beginning) };
            let joined: String = marks.pieces(&text, str::to_owned).into_iter().map(|(piece, _)| piece).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
