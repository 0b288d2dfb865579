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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tantivy::{Index, IndexWriter, Searcher, Term, indexer::NoMergePolicy};

    use super::*;
    use crate::{
        base::{CategoryId, ProductId},
        search::{
            index::{
                Asked, Scope, View,
                fields::{self, Fields},
                segments::{Kept, Snapshot},
            },
            model::{Goods, Within},
        },
    };

    fn goods(id: i64, maker: i64) -> Goods {
        let facets = vec![("brand".to_owned(), format!("Maker {maker}")), ("category".to_owned(), "1".to_owned())];
        let price = (id % 11 > 0).then_some(id * 7919 % 5000);
        Goods { id: ProductId(id), title: format!("Bolt {id}"), words: vec![], description: String::new(), codes: vec![], facets, price }
    }

    /// What is listed first, how many there are, and how many of each value of each facet.
    type Listed = (Vec<ProductId>, u64, Vec<(String, Vec<(String, u32)>)>);

    fn list(snapshot: &Snapshot, order: Order, most: usize) -> Listed {
        let scope = Scope::Within(Within::Category(CategoryId(1)));
        let asked = Asked { scope, chosen: Default::default(), prices: vec![], order, most, counting: true, pinned: vec![] };
        let mut found = View { snapshot, synonyms: &[], edition: 0 }.find(&asked).unwrap();
        found.facets.iter_mut().for_each(|(_, values)| values.sort());
        found.facets.sort();
        (found.first, found.total, found.facets)
    }

    fn uncounted(searcher: Searcher, fields: Fields) -> Snapshot {
        Snapshot::of(searcher, fields, &Mutex::new(Kept::default())).unwrap()
    }

    #[test]
    fn a_shelf_that_was_counted_beforehand_says_what_counting_says_also_when_some_are_gone() {
        let (schema, fields) = fields::schema();
        let index = Index::builder().schema(schema).settings(fields::settings()).create_in_ram().unwrap();
        fields::register(&index);
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 20_000_000).unwrap();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for id in 1..=2500 {
            writer.add_document(fields.goods(&goods(id, id % 7))).unwrap();
        }
        writer.commit().unwrap();
        let (reader, kept) = (index.reader().unwrap(), Mutex::new(Kept::default()));
        assert!(Snapshot::of(reader.searcher(), fields, &kept).unwrap().count_shelves(&kept).unwrap());
        for round in 0..3 {
            let now = Snapshot::of(reader.searcher(), fields, &kept).unwrap();
            assert!(now.shelves.iter().any(Option::is_some) && !now.count_shelves(&kept).unwrap());
            let plain = uncounted(reader.searcher(), fields);
            for (order, most) in ORDERS.into_iter().chain([Order::Chosen]).flat_map(|order| [(order, 1), (order, 24), (order, 200)]) {
                assert_eq!(list(&now, order, most), list(&plain, order, most), "{order} {most} {round}");
            }
            // The newest and every third are sold out, and come back as another maker's.
            for id in (2490..=2500).chain((1..2400).step_by(3)).map(|id| id - round) {
                writer.delete_term(Term::from_field_i64(fields.id, id));
                writer.add_document(fields.goods(&goods(id, 8))).unwrap();
            }
            writer.commit().unwrap();
            reader.reload().unwrap();
        }
    }
}
