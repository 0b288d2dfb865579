//! What somebody looks for, as queries to the index.

use std::collections::HashMap;

use tantivy::{
    Term,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery, TermSetQuery},
    schema::{Field, IndexRecordOption},
};

use super::{View, fields::stem, lookup::Words};
use crate::search::rules::{Clause, code};

pub type Part = Box<dyn Query>;

/// Something that must be found, and what makes those better that have it.
struct Wanted {
    must: Part,
    better: Option<Part>,
    /// Its stem, where it is but a word of the goods' text.
    plain: Option<String>,
}

impl Wanted {
    fn only(must: Part) -> Self {
        Self { must, better: None, plain: None }
    }

    /// Both as one, found by either.
    fn whole(self) -> Part {
        any(std::iter::once(self.must).chain(self.better).collect())
    }
}

/// A search for words as the index is asked.
pub struct Search {
    pub query: Part,
    /// The stems, where all words are plain and all must be found.
    pub plain: Option<Vec<String>>,
}

/// Where words are looked for.
#[derive(Clone, Copy)]
pub struct Target {
    pub title: Field,
    pub text: Field,
    /// For beginnings and codes.
    pub of_goods: bool,
}

impl View<'_> {
    pub fn search(&self, words: &Words, pinned: &HashMap<i64, u32>) -> anyhow::Result<Search> {
        let fields = self.snapshot.fields;
        let search = self.words(words, Target { title: fields.title, text: fields.text, of_goods: true })?;
        let mut others: Vec<Part> = vec![];
        if !words.code.is_empty() && self.vocabulary().has_code(&words.code) {
            others.push(constant(Box::new(term_query(fields.code, &words.code)), 1000.0));
        }
        if !pinned.is_empty() {
            others.push(constant(Box::new(TermSetQuery::new(pinned.keys().map(|id| Term::from_field_i64(fields.id, *id)))), 1.0));
        }
        if others.is_empty() {
            return Ok(search);
        }
        others.push(search.query);
        Ok(Search { query: any(others), plain: None })
    }

    /// All of the words, or so many of them as are asked for.
    pub fn words(&self, words: &Words, target: Target) -> anyhow::Result<Search> {
        let mut parts: Vec<Wanted> = vec![];
        let mut clauses = words.clauses.as_slice();
        while let Some((clause, rest)) = clauses.split_first() {
            let open = words.open && rest.is_empty();
            if let Some((part, length)) = self.meant(clauses, target, words.open)? {
                parts.push(Wanted::only(part));
                clauses = clauses.get(length..).unwrap_or_default();
                continue;
            }
            parts.push(self.clause(clause, open, target)?);
            clauses = rest;
        }
        if parts.is_empty() {
            return Ok(Search { query: Box::new(EmptyQuery), plain: None });
        }
        let least = words.least.unwrap_or(parts.len()).clamp(1, parts.len());
        if least < parts.len() {
            let parts = parts.into_iter().map(|part| (Occur::Should, part.whole())).collect();
            return Ok(Search { query: Box::new(BooleanQuery::with_minimum_required_clauses(parts, least)), plain: None });
        }
        let plain: Option<Vec<String>> = parts.iter().map(|part| part.plain.clone()).collect();
        Ok(Search { query: all_of(parts), plain })
    }

    /// Several words of which the shop knows another spelling: a synonym of staff's, or the two written as one.
    fn meant(&self, clauses: &[Clause], target: Target, open: bool) -> anyhow::Result<Option<(Part, usize)>> {
        let words: Vec<&str> =
            clauses.iter().map_while(|clause| if let Clause::Word(word) = clause { Some(word.as_str()) } else { None }).collect();
        let mut ways: Vec<Part> = vec![];
        let mut length = 0;
        for synonym in self.synonyms {
            for asked in synonym.asked() {
                let fits = asked.len() <= words.len() && asked.iter().zip(&words).all(|(word, typed)| stem(word) == stem(typed));
                if fits && asked.len() >= length.max(1) {
                    if asked.len() > length {
                        (length, ways) = (asked.len(), vec![]);
                    }
                    ways.extend(
                        synonym.meant().map(|meant| BoostQuery::new(phrase(target, meant), 0.8)).map(|part| Box::new(part) as Part),
                    );
                }
            }
        }
        if length < 2
            && let [first, second, ..] = words.as_slice()
            && self.vocabulary().exactly(&format!("{first}{second}")) > 0
            && ways.is_empty()
        {
            (length, ways) = (2, vec![term(target, &format!("{first}{second}"))]);
        }
        if length == 0 {
            return Ok(None);
        }
        let own: anyhow::Result<Vec<Part>> = (0..length)
            .zip(clauses)
            .map(|(at, clause)| Ok(self.clause(clause, open && at + 1 == clauses.len(), target)?.whole()))
            .collect();
        ways.push(all(own?));
        Ok(Some((any(ways), length)))
    }

    fn clause(&self, clause: &Clause, open: bool, target: Target) -> anyhow::Result<Wanted> {
        let word = match clause {
            Clause::Phrase(words) => return Ok(Wanted::only(phrase(target, words))),
            Clause::Word(word) => word,
        };
        if !target.of_goods {
            return Ok(Wanted::only(term(target, word)));
        }
        let stem_of_it = stem(word);
        let mut ways: Vec<Part> = vec![Box::new(self.in_text(&stem_of_it))];
        if word.contains(|c: char| c.is_ascii_digit()) {
            ways.push(constant(Box::new(term_query(self.snapshot.fields.code, &code(word))), 20.0));
        }
        if open && word.chars().count() >= 2 {
            // What has the same stem is found already.
            let mut endings = self.vocabulary().endings(word)?;
            endings.retain(|ending| stem(ending) != stem_of_it);
            let terms: Vec<Term> = endings.iter().map(|word| Term::from_field_text(self.snapshot.fields.word, word)).collect();
            if !terms.is_empty() {
                ways.push(constant(Box::new(TermSetQuery::new(terms)), 0.3));
            }
        }
        let better = Some(in_title(target.title, &stem_of_it));
        Ok(Wanted { plain: Some(stem_of_it).filter(|_| ways.len() == 1), must: any(ways), better })
    }

    /// The same search, to be asked without scores. All that is in titles is in texts as well.
    pub fn matching(&self, search: &Search) -> Part {
        match &search.plain {
            Some(stems) => all(stems.iter().map(|stem| Box::new(self.in_text(stem)) as Part).collect()),
            None => search.query.box_clone(),
        }
    }

    pub fn in_text(&self, stem: &str) -> TermQuery {
        TermQuery::new(Term::from_field_text(self.snapshot.fields.text, stem), IndexRecordOption::WithFreqs)
    }

    pub fn in_title(&self, stem: &str) -> Part {
        in_title(self.snapshot.fields.title, stem)
    }
}

fn term_query(field: Field, text: &str) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic)
}

/// In the title it counts for more.
fn in_title(field: Field, stem: &str) -> Part {
    Box::new(BoostQuery::new(Box::new(TermQuery::new(Term::from_field_text(field, stem), IndexRecordOption::WithFreqs)), 3.0))
}

/// A word anywhere; in the title it counts for more.
fn term(target: Target, word: &str) -> Part {
    let stem = stem(word);
    let text = TermQuery::new(Term::from_field_text(target.text, &stem), IndexRecordOption::WithFreqs);
    any(vec![Box::new(text), in_title(target.title, &stem)])
}

fn phrase(target: Target, words: &[String]) -> Part {
    match words {
        [word] => term(target, word),
        words => {
            let in_field = |field| -> Part {
                Box::new(PhraseQuery::new(words.iter().map(|word| Term::from_field_text(field, &stem(word))).collect()))
            };
            if target.of_goods { in_field(target.text) } else { any(vec![in_field(target.text), in_field(target.title)]) }
        }
    }
}

fn constant(part: Part, score: f32) -> Part {
    Box::new(ConstScoreQuery::new(part, score))
}

fn all(mut parts: Vec<Part>) -> Part {
    if parts.len() == 1
        && let Some(part) = parts.pop()
    {
        return part;
    }
    Box::new(BooleanQuery::intersection(parts))
}

/// All that must be there; the rest is looked for in these only.
fn all_of(parts: Vec<Wanted>) -> Part {
    if parts.len() == 1 && parts.iter().all(|part| part.better.is_none()) {
        return all(parts.into_iter().map(|part| part.must).collect());
    }
    let ways = parts
        .into_iter()
        .flat_map(|part| std::iter::once((Occur::Must, part.must)).chain(part.better.map(|better| (Occur::Should, better))));
    Box::new(BooleanQuery::new(ways.collect()))
}

fn any(mut parts: Vec<Part>) -> Part {
    if parts.len() == 1
        && let Some(part) = parts.pop()
    {
        return part;
    }
    Box::new(BooleanQuery::union(parts))
}
