use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, ColumnValues},
};

use super::segments::{Dictionary, Flat};
use crate::search::rules::Order;

/// What a document must have of one facet: one of the values, or a price in one of the ranges (both ends included).
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The facet's number; `None` for one that no document has.
    pub name: Option<u16>,
    pub values: Vec<u32>,
    pub ranges: Vec<(i64, i64)>,
}

/// Goes through all documents that fit once: counts them, keeps the first, and counts the values of their facets. A facet's own
/// filter does not narrow its own counts, so that one sees what another choice would bring.
pub struct Sift {
    pub order: Order,
    /// How many of the first are kept.
    pub most: usize,
    pub filters: Arc<Vec<Filter>>,
    pub counting: bool,
    pub dictionary: Arc<Dictionary>,
    pub flats: Vec<Arc<Flat>>,
    /// Products that stand first, with their place from 0 on.
    pub pinned: Arc<HashMap<i64, u32>>,
}

#[derive(Default)]
pub struct Sifted {
    /// Products, the first first.
    pub first: Vec<(u128, i64)>,
    pub total: u64,
    /// How many there would be without filters.
    pub unfiltered: u64,
    /// How many products have each value, by its number.
    pub counts: Vec<u32>,
}

pub struct Sieve {
    order: Order,
    most: usize,
    filters: Arc<Vec<Filter>>,
    counting: bool,
    dictionary: Arc<Dictionary>,
    flat: Arc<Flat>,
    pinned: Arc<HashMap<i64, u32>>,
    ids: Column<i64>,
    prices: Arc<dyn ColumnValues<i64>>,
    sorts: Option<[Column<u64>; 2]>,
    values: Vec<u32>,
    heap: BinaryHeap<Reverse<(u128, i64)>>,
    sifted: Sifted,
}

/// How a document does with the filters.
enum Fit {
    All,
    /// All but this one.
    AllBut(usize),
    No,
}

impl Collector for Sift {
    type Fruit = Sifted;
    type Child = Sieve;

    fn for_segment(&self, at: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Sieve> {
        let columns = segment.fast_fields();
        let unknown = || tantivy::TantivyError::InternalError("a segment without its facets".to_owned());
        let sorts = if self.order == Order::Title { Some([columns.u64("sort1")?, columns.u64("sort2")?]) } else { None };
        Ok(Sieve {
            order: self.order,
            most: self.most,
            filters: self.filters.clone(),
            counting: self.counting,
            dictionary: self.dictionary.clone(),
            flat: self.flats.get(at as usize).cloned().ok_or_else(unknown)?,
            pinned: self.pinned.clone(),
            ids: columns.i64("id")?,
            prices: columns.i64("price")?.first_or_default_col(-1),
            sorts,
            values: vec![],
            heap: BinaryHeap::new(),
            sifted: Sifted { counts: if self.counting { vec![0; self.dictionary.values.len()] } else { vec![] }, ..Sifted::default() },
        })
    }

    fn requires_scoring(&self) -> bool {
        self.order == Order::Relevance
    }

    fn merge_fruits(&self, segments: Vec<Sifted>) -> tantivy::Result<Sifted> {
        let mut all = Sifted { counts: if self.counting { vec![0; self.dictionary.values.len()] } else { vec![] }, ..Sifted::default() };
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
}

impl SegmentCollector for Sieve {
    type Fruit = Sifted;

    fn collect(&mut self, document: DocId, score: Score) {
        self.sifted.unfiltered += 1;
        match self.fit(document) {
            Fit::All => {
                self.sifted.total += 1;
                if self.counting {
                    let counts = &mut self.sifted.counts;
                    self.flat.each(document, |value| {
                        if let Some(count) = counts.get_mut(value as usize) {
                            *count += 1;
                        }
                    });
                }
                self.keep(document, score);
            }
            Fit::AllBut(filter) if self.counting => self.count_for(filter),
            Fit::AllBut(_) | Fit::No => {}
        }
    }

    fn harvest(mut self) -> Sifted {
        self.sifted.first = self.heap.into_iter().map(|Reverse(found)| found).collect();
        self.sifted
    }
}

impl Sieve {
    fn fit(&mut self, document: DocId) -> Fit {
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

    /// The values of the facet whose filter alone left the document out.
    fn count_for(&mut self, filter: usize) {
        let Some(name) = self.filters.get(filter).and_then(|filter| filter.name) else { return };
        for value in &self.values {
            let is_of = self.dictionary.values.get(*value as usize).is_some_and(|known| known.name == name);
            if let Some(count) = self.sifted.counts.get_mut(*value as usize).filter(|_| is_of) {
                *count += 1;
            }
        }
    }

    fn keep(&mut self, document: DocId, score: Score) {
        let mut key = match self.order {
            Order::Relevance => u128::from(score.to_bits()),
            Order::Newest | Order::Chosen => 0,
            Order::Cheapest => u128::from(u64::MAX - self.price(document)),
            Order::Dearest => u128::from(self.price(document)),
            Order::Title => self.sorts.as_ref().map_or(0, |[first, second]| {
                let part = |column: &Column<u64>| u128::from(column.first(document).unwrap_or(0));
                !(part(first) << 64 | part(second)) >> 1
            }),
        };
        let is_full = self.heap.len() >= self.most;
        if is_full && self.pinned.is_empty() && self.heap.peek().is_some_and(|Reverse((least, _))| key < *least) {
            return;
        }
        let Some(id) = self.ids.first(document) else { return };
        if let Some(place) = self.pinned.get(&id) {
            key = u128::MAX - u128::from(*place);
        }
        self.heap.push(Reverse((key, id)));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }

    /// What has no price comes last in the one order and in the other.
    fn price(&self, document: DocId) -> u64 {
        let unpriced = if self.order == Order::Cheapest { u64::MAX } else { 0 };
        u64::try_from(self.prices.get_val(document)).unwrap_or(unpriced)
    }
}
