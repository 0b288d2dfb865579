use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tantivy::{
    Term,
    collector::TopDocs,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery, TermSetQuery},
    schema::{Field, IndexRecordOption},
};

use super::{
    View, Vocabulary,
    collect::{Filter, Sift},
    fields::{facet_term, stem},
};
use crate::{
    base::ProductId,
    search::{
        model::{COLLECTION, Within},
        rules::{Clause, Order, code},
    },
};

/// Among which products.
#[derive(Clone, Debug)]
pub enum Scope {
    Words(Words),
    Within(Within),
}

/// What must be found.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub clauses: Vec<Clause>,
    /// Somebody may be about to type more of the last word.
    pub open: bool,
    /// So many of the clauses must be found; `None`: all.
    pub least: Option<usize>,
    /// All that was typed, as a code.
    pub code: String,
}

/// One question to the index.
#[derive(Clone, Debug)]
pub struct Asked {
    pub scope: Scope,
    pub chosen: BTreeMap<String, Vec<String>>,
    /// In minor units, both ends included.
    pub prices: Vec<(i64, i64)>,
    pub order: Order,
    pub most: usize,
    pub counting: bool,
    pub pinned: Vec<ProductId>,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub first: Vec<ProductId>,
    pub total: u64,
    /// Without filters.
    pub unfiltered: u64,
    /// Facets with their values and how many products have each.
    pub facets: Vec<(String, Vec<(String, u32)>)>,
}

type Part = Box<dyn Query>;

/// Where words are looked for.
#[derive(Clone, Copy)]
struct Target {
    title: Field,
    text: Field,
    /// For beginnings and codes.
    of_goods: bool,
}

impl View<'_> {
    pub fn vocabulary(&self) -> Vocabulary<'_> {
        Vocabulary(self.snapshot)
    }

    /// Whether staff have given the word another meaning.
    pub fn is_synonym(&self, word: &str) -> bool {
        self.synonyms.iter().any(|synonym| synonym.asked().any(|asked| asked.iter().any(|part| part == word)))
    }

    pub fn find(&self, asked: &Asked) -> anyhow::Result<Outcome> {
        let snapshot = self.snapshot;
        let pinned: HashMap<i64, u32> = (0..).zip(&asked.pinned).map(|(place, id)| (id.0, place)).collect();
        let query = self.query(&asked.scope, &pinned)?;
        let sift = Sift {
            order: asked.order,
            most: asked.most.max(1),
            filters: Arc::new(self.filters(asked)),
            counting: asked.counting,
            dictionary: snapshot.dictionary.clone(),
            flats: snapshot.flats.clone(),
            pinned: Arc::new(pinned),
        };
        let sifted = snapshot.searcher.search(&*query, &sift)?;
        Ok(Outcome {
            first: sifted.first.into_iter().map(|(_, id)| ProductId(id)).collect(),
            total: sifted.total,
            unfiltered: sifted.unfiltered,
            facets: self.facets(&sifted.counts),
        })
    }

    /// Categories and pages that fit, by [`crate::search::model::Place::key`].
    pub fn places(&self, words: &Words, most: usize) -> anyhow::Result<Vec<i64>> {
        let fields = self.snapshot.fields;
        let query = self.words(words, Target { title: fields.place_title, text: fields.place_text, of_goods: false })?;
        let found = self.snapshot.searcher.search(&*query, &TopDocs::with_limit(most).order_by_score())?;
        let key = |address: tantivy::DocAddress| -> anyhow::Result<Option<i64>> {
            Ok(self.snapshot.searcher.segment_reader(address.segment_ord).fast_fields().i64("place")?.first(address.doc_id))
        };
        let keys: anyhow::Result<Vec<Option<i64>>> = found.into_iter().map(|(_, address)| key(address)).collect();
        Ok(keys?.into_iter().flatten().collect())
    }

    fn query(&self, scope: &Scope, pinned: &HashMap<i64, u32>) -> anyhow::Result<Part> {
        let fields = self.snapshot.fields;
        let words = match scope {
            Scope::Within(within) => {
                let (name, id) = match within {
                    Within::Category(id) => ("category", id.to_string()),
                    Within::Collection(id) => (COLLECTION, id.to_string()),
                };
                let term = Term::from_field_text(fields.facet, &facet_term(name, &id));
                return Ok(Box::new(TermQuery::new(term, IndexRecordOption::Basic)));
            }
            Scope::Words(words) => words,
        };
        let mut ways = vec![self.words(words, Target { title: fields.title, text: fields.text, of_goods: true })?];
        if !words.code.is_empty() && self.vocabulary().has_code(&words.code) {
            ways.push(constant(Box::new(term_query(fields.code, &words.code)), 1000.0));
        }
        if !pinned.is_empty() {
            ways.push(constant(Box::new(TermSetQuery::new(pinned.keys().map(|id| Term::from_field_i64(fields.id, *id)))), 1.0));
        }
        Ok(any(ways))
    }

    /// All of the words, or so many of them as are asked for.
    fn words(&self, words: &Words, target: Target) -> anyhow::Result<Part> {
        let mut parts: Vec<Part> = vec![];
        let mut clauses = words.clauses.as_slice();
        while let Some((clause, rest)) = clauses.split_first() {
            let open = words.open && rest.is_empty();
            if let Some((part, length)) = self.meant(clauses, target, words.open)? {
                parts.push(part);
                clauses = clauses.get(length..).unwrap_or_default();
                continue;
            }
            parts.push(self.clause(clause, open, target)?);
            clauses = rest;
        }
        if parts.is_empty() {
            return Ok(Box::new(EmptyQuery));
        }
        let least = words.least.unwrap_or(parts.len()).clamp(1, parts.len());
        if least == parts.len() {
            return Ok(all(parts));
        }
        Ok(Box::new(BooleanQuery::with_minimum_required_clauses(parts.into_iter().map(|part| (Occur::Should, part)).collect(), least)))
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
        let own: anyhow::Result<Vec<Part>> =
            (0..length).zip(clauses).map(|(at, clause)| self.clause(clause, open && at + 1 == clauses.len(), target)).collect();
        ways.push(all(own?));
        Ok(Some((any(ways), length)))
    }

    fn clause(&self, clause: &Clause, open: bool, target: Target) -> anyhow::Result<Part> {
        let word = match clause {
            Clause::Phrase(words) => return Ok(phrase(target, words)),
            Clause::Word(word) => word,
        };
        let mut ways = vec![term(target, word)];
        if target.of_goods && word.contains(|c: char| c.is_ascii_digit()) {
            ways.push(constant(Box::new(term_query(self.snapshot.fields.code, &code(word))), 20.0));
        }
        if open && target.of_goods && word.chars().count() >= 2 {
            let endings = self.vocabulary().endings(word)?;
            let terms: Vec<Term> = endings
                .iter()
                .filter(|ending| *ending != word)
                .map(|word| Term::from_field_text(self.snapshot.fields.word, word))
                .collect();
            if !terms.is_empty() {
                ways.push(constant(Box::new(TermSetQuery::new(terms)), 0.3));
            }
        }
        Ok(any(ways))
    }

    fn filters(&self, asked: &Asked) -> Vec<Filter> {
        let dictionary = &self.snapshot.dictionary;
        let named = |name: &str| dictionary.names.iter().position(|known| &**known == name).and_then(|at| u16::try_from(at).ok());
        let mut filters: Vec<Filter> = vec![];
        for (name, values) in &asked.chosen {
            let values = values.iter().filter_map(|value| dictionary.find(&facet_term(name, value))).collect();
            filters.push(Filter { name: named(name), values, ranges: vec![] });
        }
        if !asked.prices.is_empty() {
            filters.push(Filter { name: named("price"), values: vec![], ranges: asked.prices.clone() });
        }
        filters
    }

    fn facets(&self, counts: &[u32]) -> Vec<(String, Vec<(String, u32)>)> {
        let dictionary = &self.snapshot.dictionary;
        let mut facets: Vec<(String, Vec<(String, u32)>)> = dictionary.names.iter().map(|name| (name.to_string(), vec![])).collect();
        for (value, count) in dictionary.values.iter().zip(counts).filter(|(_, count)| **count > 0) {
            if let Some((_, values)) = facets.get_mut(usize::from(value.name)) {
                values.push((value.value.to_string(), *count));
            }
        }
        facets.retain(|(_, values)| !values.is_empty());
        facets
    }
}

fn term_query(field: Field, text: &str) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic)
}

/// A word anywhere; in the title it counts for more.
fn term(target: Target, word: &str) -> Part {
    let stem = stem(word);
    let scored = |field| TermQuery::new(Term::from_field_text(field, &stem), IndexRecordOption::WithFreqs);
    any(vec![Box::new(scored(target.text)), Box::new(BoostQuery::new(Box::new(scored(target.title)), 3.0))])
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

fn any(mut parts: Vec<Part>) -> Part {
    if parts.len() == 1
        && let Some(part) = parts.pop()
    {
        return part;
    }
    Box::new(BooleanQuery::union(parts))
}
