use std::collections::HashMap;

use tantivy::{Term, query::FuzzyTermQuery, schema::Field};

use super::{fields::stem, segments::Snapshot};
use crate::search::rules::Guess;

/// The words that the shop's goods have.
pub struct Vocabulary<'a>(pub(super) &'a Snapshot);

/// Words that one beginning stands for.
const MOST_ENDINGS: usize = 30;

/// Words that are looked at for that: a beginning of two letters has thousands.
const MOST_READ: usize = 3000;

impl Vocabulary<'_> {
    /// How many products have the word in the title or somewhere else in its forms.
    pub fn products(&self, word: &str) -> u64 {
        self.frequency(self.0.fields.text, &stem(word))
    }

    /// How many products have just this word, the description left aside.
    pub fn exactly(&self, word: &str) -> u64 {
        self.frequency(self.0.fields.word, word)
    }

    pub fn has_code(&self, code: &str) -> bool {
        self.frequency(self.0.fields.code, code) > 0
    }

    /// Whether a category's or a page's text has the word.
    pub fn in_places(&self, word: &str) -> bool {
        let stem = stem(word);
        self.frequency(self.0.fields.place_text, &stem) + self.frequency(self.0.fields.place_title, &stem) > 0
    }

    fn frequency(&self, field: Field, term: &str) -> u64 {
        self.0.searcher.doc_freq(&Term::from_field_text(field, term)).unwrap_or(0)
    }

    /// Words that begin like this, the most frequent first.
    pub fn endings(&self, beginning: &str) -> anyhow::Result<Vec<String>> {
        let mut found: HashMap<String, u64> = HashMap::new();
        let after = format!("{beginning}\u{10ffff}");
        for segment in self.0.searcher.segment_readers() {
            let index = segment.inverted_index(self.0.fields.word)?;
            let mut terms = index.terms().range().ge(beginning.as_bytes()).lt(after.as_bytes()).into_stream()?;
            let mut read = 0;
            while read < MOST_READ && terms.advance() {
                read += 1;
                *found.entry(String::from_utf8_lossy(terms.key()).into_owned()).or_default() += u64::from(terms.value().doc_freq);
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(found.into_iter().take(MOST_ENDINGS).map(|(word, _)| word).collect())
    }

    /// Words within so many slips of this one. `beginning`: what was typed may be only the first part of the word.
    pub fn near(&self, word: &str, slips: u8, beginning: bool) -> anyhow::Result<Vec<Guess>> {
        let mut found: HashMap<String, u64> = HashMap::new();
        let term = Term::from_field_text(self.0.fields.word, word);
        let fuzzy = if beginning { FuzzyTermQuery::new_prefix(term, slips, true) } else { FuzzyTermQuery::new(term, slips, true) };
        let automaton = fuzzy.automaton()?;
        for segment in self.0.searcher.segment_readers() {
            let index = segment.inverted_index(self.0.fields.word)?;
            let mut terms = index.terms().search(&automaton).into_stream()?;
            while terms.advance() {
                *found.entry(String::from_utf8_lossy(terms.key()).into_owned()).or_default() += u64::from(terms.value().doc_freq);
            }
        }
        let is_word = |word: &str| !word.starts_with(|c: char| c.is_ascii_digit());
        Ok(found.into_iter().filter(|(word, _)| is_word(word)).map(|(word, products)| Guess { word, products }).collect())
    }
}
