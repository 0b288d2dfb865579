use std::{collections::HashMap, sync::Arc};

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::ColumnValues,
    query::Weight,
};

use super::{
    keys::{Best, Keys, pinned_key, prices},
    segments::{Dictionary, Flat},
    shelves::Shelf,
};
use crate::search::rules::Order;

/// What a document must have of one facet: one of the values, or a price in one of the ranges (both ends included).
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The facet's number; `None` for one that no document has.
    pub name: Option<u16>,
    pub values: Vec<u32>,
    pub ranges: Vec<(i64, i64)>,
}

/// How a document does with the filters.
pub enum Fit {
    All,
    /// All but this one.
    AllBut(usize),
    No,
}

/// Tells how the documents of one segment do with the filters.
pub struct Fitting {
    filters: Arc<Vec<Filter>>,
    flat: Arc<Flat>,
    prices: Arc<dyn ColumnValues<i64>>,
    /// Those of the document that was looked at last.
    values: Vec<u32>,
}

impl Fitting {
    pub fn new(filters: Arc<Vec<Filter>>, flat: Arc<Flat>, segment: &SegmentReader) -> tantivy::Result<Self> {
        Ok(Self { filters, flat, prices: prices(segment)?, values: vec![] })
    }

    pub fn fit(&mut self, document: DocId) -> Fit {
        if self.filters.is_empty() {
            return Fit::All;
        }
        let values = &mut self.values;
        values.clear();
        self.flat.each(document, |value| values.push(value));
        let mut missed = None;
        for (at, filter) in self.filters.iter().enumerate() {
            let has = filter.values.iter().any(|wanted| self.values.contains(wanted));
            let costs = || {
                let price = self.prices.get_val(document);
                filter.ranges.iter().any(|(from, to)| (*from..=*to).contains(&price))
            };
            if has || (!filter.ranges.is_empty() && costs()) {
                continue;
            }
            if missed.replace(at).is_some() {
                return Fit::No;
            }
        }
        missed.map_or(Fit::All, Fit::AllBut)
    }
}

/// Goes through all documents that fit once: counts them and the values of their facets, and keeps the first in an order that needs
/// no score. A facet's own filter does not narrow its own counts, so that one sees what another choice would bring.
pub struct Sift {
    pub order: Order,
    /// How many of the first are kept; 0: they are only counted.
    pub most: usize,
    pub filters: Arc<Vec<Filter>>,
    pub counting: bool,
    pub dictionary: Arc<Dictionary>,
    pub flats: Vec<Arc<Flat>>,
    /// Products that stand first, with their place from 0 on.
    pub pinned: Arc<HashMap<i64, u32>>,
    /// What is known beforehand of all that is asked for, segment by segment.
    pub known: Vec<Option<Arc<Shelf>>>,
}

#[derive(Clone, Default)]
pub struct Sifted {
    /// Products, the first first.
    pub first: Vec<(u128, i64)>,
    pub total: u64,
    /// How many there would be without filters.
    pub unfiltered: u64,
    /// How many products have each value, by its number.
    pub counts: Vec<u32>,
}

impl Sifted {
    pub fn count(&mut self, value: u32, more: u32) {
        if let Some(count) = self.counts.get_mut(value as usize) {
            *count += more;
        }
    }
}

pub struct Sieve {
    counting: bool,
    most: usize,
    fitting: Fitting,
    dictionary: Arc<Dictionary>,
    flat: Arc<Flat>,
    pinned: Arc<HashMap<i64, u32>>,
    keys: Keys,
    best: Best<(u128, i64)>,
    sifted: Sifted,
}

impl Sift {
    fn nothing(&self) -> Sifted {
        Sifted { counts: if self.counting { vec![0; self.dictionary.values.len()] } else { vec![] }, ..Sifted::default() }
    }
}

impl Collector for Sift {
    type Fruit = Sifted;
    type Child = Sieve;

    fn for_segment(&self, at: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Sieve> {
        let flat = flat_of(&self.flats, at)?;
        Ok(Sieve {
            counting: self.counting,
            most: self.most,
            fitting: Fitting::new(self.filters.clone(), flat.clone(), segment)?,
            dictionary: self.dictionary.clone(),
            flat,
            pinned: self.pinned.clone(),
            keys: Keys::of(self.order, segment)?,
            best: Best::new(self.most),
            sifted: self.nothing(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Sifted>) -> tantivy::Result<Sifted> {
        let mut all = self.nothing();
        for segment in segments {
            all.total += segment.total;
            all.unfiltered += segment.unfiltered;
            all.first.extend(segment.first);
            for (sum, count) in all.counts.iter_mut().zip(segment.counts) {
                *sum += count;
            }
        }
        all.first.sort_unstable_by(|a, b| b.cmp(a));
        all.first.truncate(self.most);
        Ok(all)
    }

    fn collect_segment(&self, weight: &dyn Weight, at: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Sifted> {
        if let Some(shelf) = self.known.get(at as usize).and_then(Option::as_ref)
            && let Some(first) = shelf.first(self.order, self.most, segment)?
        {
            let mut sifted = Sifted { total: shelf.products(), unfiltered: shelf.products(), first, ..self.nothing() };
            shelf.counts().for_each(|(value, count)| sifted.count(value, count));
            return Ok(sifted);
        }
        let mut sieve = self.for_segment(at, segment)?;
        let alive = segment.alive_bitset();
        weight.for_each_no_score(segment, &mut |documents| match alive {
            None => sieve.collect_block(documents),
            Some(alive) => {
                documents.iter().filter(|document| alive.is_alive(**document)).for_each(|document| sieve.collect(*document, 0.0))
            }
        })?;
        Ok(sieve.harvest())
    }
}

pub fn flat_of(flats: &[Arc<Flat>], at: SegmentOrdinal) -> tantivy::Result<Arc<Flat>> {
    let unknown = || tantivy::TantivyError::InternalError("a segment without its facets".to_owned());
    flats.get(at as usize).cloned().ok_or_else(unknown)
}

impl SegmentCollector for Sieve {
    type Fruit = Sifted;

    fn collect(&mut self, document: DocId, _: Score) {
        self.sifted.unfiltered += 1;
        match self.fitting.fit(document) {
            Fit::All => {
                self.sifted.total += 1;
                if self.counting {
                    self.flat.count(&[document], &mut self.sifted.counts);
                }
                self.keep(document);
            }
            Fit::AllBut(filter) if self.counting => self.count_for(filter),
            Fit::AllBut(_) | Fit::No => {}
        }
    }

    fn collect_block(&mut self, documents: &[DocId]) {
        if !self.fitting.filters.is_empty() {
            return documents.iter().for_each(|document| self.collect(*document, 0.0));
        }
        let more = documents.len() as u64;
        self.sifted.total += more;
        self.sifted.unfiltered += more;
        if self.counting {
            self.flat.count(documents, &mut self.sifted.counts);
        }
        documents.iter().for_each(|document| self.keep(*document));
    }

    fn harvest(mut self) -> Sifted {
        self.sifted.first = self.best.sorted();
        self.sifted
    }
}

impl Sieve {
    /// The values of the facet whose filter alone left the document out.
    fn count_for(&mut self, filter: usize) {
        let Some(name) = self.fitting.filters.get(filter).and_then(|filter| filter.name) else { return };
        for value in &self.fitting.values {
            if self.dictionary.values.get(*value as usize).is_some_and(|known| known.name == name) {
                self.sifted.count(*value, 1);
            }
        }
    }

    fn keep(&mut self, document: DocId) {
        if self.most == 0 {
            return;
        }
        let mut key = self.keys.key(document);
        if self.pinned.is_empty() && self.best.least().is_some_and(|(least, _)| key < least) {
            return;
        }
        let Some(id) = self.keys.id(document) else { return };
        if let Some(place) = self.pinned.get(&id) {
            key = pinned_key(*place);
        }
        self.best.add((key, id));
    }
}
