use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tantivy::{
    Term,
    collector::{Count, TopDocs},
    query::{BooleanQuery, EnableScoring, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::{
    View, Vocabulary,
    collect::{Filter, Sift, Sifted},
    fields::facet_term,
    ranked::Ranked,
    shelves::Shelf,
    sought::{Part, Search, Target},
};
use crate::{
    base::ProductId,
    search::{
        model::{COLLECTION, Within},
        rules::{Clause, Order},
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

/// With more than so many products that fit, it is quicker to go through all that have one of the words, passing over what can't be
/// among the best, and to look then whether they have the others too. With fewer, there would be too few to pass over any.
const MANY: u64 = 40_000;

/// What an index is asked for, as the collectors need it.
struct Narrowed<'a> {
    asked: &'a Asked,
    pinned: Arc<HashMap<i64, u32>>,
    filters: Arc<Vec<Filter>>,
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
        let pinned: HashMap<i64, u32> = (0..).zip(&asked.pinned).map(|(place, id)| (id.0, place)).collect();
        let narrowed = Narrowed { asked, pinned: Arc::new(pinned), filters: Arc::new(self.filters(asked)) };
        let sifted = match &asked.scope {
            Scope::Within(within) => self.within(*within, &narrowed)?,
            Scope::Words(words) => self.said(words, &narrowed)?,
        };
        Ok(Outcome {
            first: sifted.first.into_iter().map(|(_, id)| ProductId(id)).collect(),
            total: sifted.total,
            unfiltered: sifted.unfiltered,
            facets: self.facets(&sifted.counts),
        })
    }

    /// All of a shelf. Where nothing narrows it, large ones are counted already.
    fn within(&self, within: Within, narrowed: &Narrowed<'_>) -> anyhow::Result<Sifted> {
        let (name, id) = match within {
            Within::Category(id) => ("category", id.to_string()),
            Within::Collection(id) => (COLLECTION, id.to_string()),
        };
        let term = facet_term(name, &id);
        let is_whole = narrowed.filters.is_empty() && narrowed.pinned.is_empty();
        let known = self.snapshot.dictionary.find(&term).filter(|_| is_whole).map(|value| self.known(value)).unwrap_or_default();
        let query = TermQuery::new(Term::from_field_text(self.snapshot.fields.facet, &term), IndexRecordOption::Basic);
        Ok(self.snapshot.searcher.search(&query, &Sift { known, ..self.sift(narrowed, narrowed.asked.most.max(1)) })?)
    }

    fn known(&self, value: u32) -> Vec<Option<Arc<Shelf>>> {
        self.snapshot.shelves.iter().map(|shelves| shelves.as_ref().and_then(|shelves| shelves.get(value)).cloned()).collect()
    }

    fn sift(&self, narrowed: &Narrowed<'_>, most: usize) -> Sift {
        Sift {
            order: narrowed.asked.order,
            most,
            filters: narrowed.filters.clone(),
            counting: narrowed.asked.counting,
            dictionary: self.snapshot.dictionary.clone(),
            flats: self.snapshot.flats.clone(),
            pinned: narrowed.pinned.clone(),
            known: vec![],
        }
    }

    /// What has the words. The best are looked for apart from counting: to count, one has to go through all that fit, but without
    /// scores; to find the best one can pass over most.
    fn said(&self, words: &Words, narrowed: &Narrowed<'_>) -> anyhow::Result<Sifted> {
        let (asked, searcher) = (narrowed.asked, &self.snapshot.searcher);
        let search = self.search(words, &narrowed.pinned)?;
        if asked.order != Order::Relevance {
            return Ok(searcher.search(&*self.matching(&search), &self.sift(narrowed, asked.most.max(1)))?);
        }
        let mut sifted = if asked.counting || !narrowed.filters.is_empty() {
            let of = format!("{} {words:?} {:?} {:?} {:?} {}", self.edition, asked.chosen, asked.prices, asked.pinned, asked.counting);
            self.snapshot.counted.get(of, || Ok(searcher.search(&*self.matching(&search), &self.sift(narrowed, 0))?))?
        } else {
            let total = searcher.search(&*self.matching(&search), &Count)? as u64;
            Sifted { total, unfiltered: total, ..Sifted::default() }
        };
        if sifted.total > 0 {
            sifted.first = self.best(&search, narrowed, sifted.unfiltered)?;
        }
        Ok(sifted)
    }

    fn best(&self, search: &Search, narrowed: &Narrowed<'_>, fitting: u64) -> anyhow::Result<Vec<(u128, i64)>> {
        let searcher = &self.snapshot.searcher;
        let mut ranked = Ranked {
            most: narrowed.asked.most.max(1),
            filters: narrowed.filters.clone(),
            flats: self.snapshot.flats.clone(),
            pinned: narrowed.pinned.clone(),
            required: vec![],
        };
        match search.plain.as_deref() {
            Some(stems) if stems.len() == 1 || fitting > MANY => {
                let unscored = EnableScoring::disabled_from_searcher(searcher);
                if stems.len() > 1 {
                    ranked.required = stems.iter().map(|stem| self.in_text(stem).weight(unscored)).collect::<tantivy::Result<Vec<_>>>()?;
                }
                let ways = stems.iter().flat_map(|stem| [Box::new(self.in_text(stem)) as Part, self.in_title(stem)]).collect();
                Ok(searcher.search(&BooleanQuery::union(ways), &ranked)?)
            }
            _ => Ok(searcher.search(&*search.query, &ranked)?),
        }
    }

    /// Categories and pages that fit, by [`crate::search::model::Place::key`].
    pub fn places(&self, words: &Words, most: usize) -> anyhow::Result<Vec<i64>> {
        let fields = self.snapshot.fields;
        let query = self.words(words, Target { title: fields.place_title, text: fields.place_text, of_goods: false })?.query;
        let found = self.snapshot.searcher.search(&*query, &TopDocs::with_limit(most).order_by_score())?;
        let key = |address: tantivy::DocAddress| -> anyhow::Result<Option<i64>> {
            Ok(self.snapshot.searcher.segment_reader(address.segment_ord).fast_fields().i64("place")?.first(address.doc_id))
        };
        let keys: anyhow::Result<Vec<Option<i64>>> = found.into_iter().map(|(_, address)| key(address)).collect();
        Ok(keys?.into_iter().flatten().collect())
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
