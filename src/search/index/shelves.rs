//! Lists that many products are on, counted before anybody asks: how many have which value of which facet, and which come first.

use std::{collections::HashMap, sync::Arc};

use tantivy::{DocId, SegmentReader, fastfield::AliveBitSet, index::SegmentId};

use super::{
    keys::{Best, Keys},
    segments::{Dictionary, Flat},
};
use crate::search::{model::COLLECTION, rules::Order};

/// What has fewer products in a segment is counted when it is asked for, in a tenth of a millisecond.
const LARGE: usize = 2000;

/// How many of the first are known in each order: five pages.
const FIRST: usize = 120;

const ORDERS: [Order; 4] = [Order::Newest, Order::Cheapest, Order::Dearest, Order::Title];

/// A category with all below it, or a collection, as far as it stands in one segment.
#[derive(Clone, Default)]
pub struct Shelf {
    products: u32,
    /// Values of facets by their numbers, in their order, with how many of the products have them.
    counts: Vec<(u32, u32)>,
    /// In each of the orders; what was deleted since is among them.
    first: [Vec<DocId>; ORDERS.len()],
}

impl Shelf {
    pub fn products(&self) -> u64 {
        u64::from(self.products)
    }

    pub fn counts(&self) -> impl Iterator<Item = (u32, u32)> {
        self.counts.iter().copied()
    }

    /// So many of the first with their keys; `None` where they are not known.
    pub fn first(&self, order: Order, most: usize, segment: &SegmentReader) -> tantivy::Result<Option<Vec<(u128, i64)>>> {
        let order = if order == Order::Chosen { Order::Newest } else { order };
        let Some(known) = ORDERS.iter().position(|of| *of == order).and_then(|at| self.first.get(at)) else { return Ok(None) };
        let alive = segment.alive_bitset();
        let left: Vec<DocId> =
            known.iter().copied().filter(|document| alive.is_none_or(|alive| alive.is_alive(*document))).take(most).collect();
        if left.len() < most && known.len() >= FIRST {
            return Ok(None);
        }
        let keys = Keys::of(order, segment)?;
        Ok(Some(left.into_iter().filter_map(|document| Some((keys.key(document), keys.id(document)?))).collect()))
    }

    fn forget(&mut self, document: DocId, flat: &Flat) {
        self.products = self.products.saturating_sub(1);
        flat.each(document, |value| {
            if let Ok(at) = self.counts.binary_search_by_key(&value, |(known, _)| *known)
                && let Some((_, count)) = self.counts.get_mut(at)
            {
                *count = count.saturating_sub(1);
            }
        });
    }
}

/// The large shelves of one segment.
#[derive(Clone)]
pub struct Shelves {
    pub segment: SegmentId,
    /// By the number of the facet's value.
    shelves: HashMap<u32, Arc<Shelf>>,
    /// What was deleted when they were counted.
    deleted: u32,
    alive: Option<AliveBitSet>,
}

impl Shelves {
    pub fn get(&self, value: u32) -> Option<&Arc<Shelf>> {
        self.shelves.get(&value)
    }

    /// Whether it is worth it.
    pub fn is_large(segment: &SegmentReader) -> bool {
        segment.num_docs() as usize >= LARGE
    }

    pub fn of(segment: &SegmentReader, flat: &Flat, dictionary: &Dictionary) -> anyhow::Result<Self> {
        let mut shelves = HashMap::new();
        let mut dense = vec![0; dictionary.values.len()];
        for (value, documents) in standing(segment, flat, dictionary) {
            dense.fill(0);
            flat.count(&documents, &mut dense);
            let counts = (0..).zip(&dense).filter(|(_, count)| **count > 0).map(|(value, count)| (value, *count)).collect();
            let mut shelf = Shelf { products: u32::try_from(documents.len())?, counts, ..Shelf::default() };
            for (order, first) in ORDERS.into_iter().zip(&mut shelf.first) {
                *first = first_in(order, segment, &documents)?;
            }
            shelves.insert(value, Arc::new(shelf));
        }
        let (segment, deleted, alive) = (segment.segment_id(), segment.num_deleted_docs(), segment.alive_bitset().cloned());
        Ok(Self { segment, shelves, deleted, alive })
    }

    /// The same less what was deleted since; `None`: nothing was.
    pub fn since(&self, segment: &SegmentReader, flat: &Flat) -> Option<Self> {
        let alive = segment.alive_bitset().filter(|_| segment.num_deleted_docs() != self.deleted)?;
        let mut now = Self { deleted: segment.num_deleted_docs(), alive: Some(alive.clone()), ..self.clone() };
        let was = |document| self.alive.as_ref().is_none_or(|before| before.is_alive(document));
        for document in (0..segment.max_doc()).filter(|document| alive.is_deleted(*document) && was(*document)) {
            flat.each(document, |value| {
                if let Some(shelf) = now.shelves.get_mut(&value) {
                    Arc::make_mut(shelf).forget(document, flat);
                }
            });
        }
        Some(now)
    }
}

/// The large shelves with the documents on them.
fn standing(segment: &SegmentReader, flat: &Flat, dictionary: &Dictionary) -> HashMap<u32, Vec<DocId>> {
    let is_shelf: Vec<bool> = dictionary.names.iter().map(|name| matches!(&**name, "category" | COLLECTION)).collect();
    let is_shelf: Vec<bool> =
        dictionary.values.iter().map(|value| is_shelf.get(usize::from(value.name)).copied().unwrap_or_default()).collect();
    let mut on: Vec<Vec<DocId>> = vec![vec![]; is_shelf.len()];
    for document in segment.doc_ids_alive() {
        flat.each(document, |value| {
            if is_shelf.get(value as usize).copied().unwrap_or_default()
                && let Some(documents) = on.get_mut(value as usize)
            {
                documents.push(document);
            }
        });
    }
    (0..).zip(on).filter(|(_, documents)| documents.len() >= LARGE).collect()
}

fn first_in(order: Order, segment: &SegmentReader, documents: &[DocId]) -> tantivy::Result<Vec<DocId>> {
    let keys = Keys::of(order, segment)?;
    let mut best = Best::new(FIRST);
    for document in documents {
        if let Some(id) = keys.id(*document) {
            best.add((keys.key(*document), id, *document));
        }
    }
    Ok(best.sorted().into_iter().map(|(.., document)| document).collect())
}
