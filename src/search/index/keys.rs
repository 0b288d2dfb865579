//! The order in which documents stand: one number for each, the higher the earlier, and of equals the newest first.

use std::sync::Arc;

use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, ColumnValues},
};

use crate::search::rules::Order;

/// The keys of one segment's documents in one order. What fits best is not known here: that comes from a score.
pub struct Keys {
    order: Order,
    ids: Column<i64>,
    prices: Arc<dyn ColumnValues<i64>>,
    titles: Option<[Column<u64>; 2]>,
}

impl Keys {
    pub fn of(order: Order, segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let titles = if order == Order::Title { Some([columns.u64("sort1")?, columns.u64("sort2")?]) } else { None };
        Ok(Self { order, ids: columns.i64("id")?, prices: prices(segment)?, titles })
    }

    /// The product's id; `None`: it is none.
    pub fn id(&self, document: DocId) -> Option<i64> {
        self.ids.first(document)
    }

    pub fn key(&self, document: DocId) -> u128 {
        match self.order {
            Order::Newest | Order::Chosen | Order::Relevance => 0,
            Order::Cheapest => u128::from(u64::MAX - self.price(document)),
            Order::Dearest => u128::from(self.price(document)),
            Order::Title => self.titles.as_ref().map_or(0, |[first, second]| {
                let part = |column: &Column<u64>| u128::from(column.first(document).unwrap_or(0));
                !(part(first) << 64 | part(second)) >> 1
            }),
        }
    }

    /// What has no price comes last in the one order and in the other.
    fn price(&self, document: DocId) -> u64 {
        let unpriced = if self.order == Order::Cheapest { u64::MAX } else { 0 };
        u64::try_from(self.prices.get_val(document)).unwrap_or(unpriced)
    }
}

/// Minor units; less than nothing: no price.
pub fn prices(segment: &SegmentReader) -> tantivy::Result<Arc<dyn ColumnValues<i64>>> {
    Ok(segment.fast_fields().i64("price")?.first_or_default_col(-1))
}

/// The key of a product that staff put first, the first with 0.
pub fn pinned_key(place: u32) -> u128 {
    u128::MAX - u128::from(place)
}

/// The highest of many, without an order among them until the end: what is added costs the same however many are kept.
pub struct Best<T> {
    most: usize,
    found: Vec<T>,
    least: Option<T>,
}

impl<T: Copy + Ord> Best<T> {
    pub fn new(most: usize) -> Self {
        Self { most, found: vec![], least: None }
    }

    /// So many are there that what is not above this can't be among them.
    pub fn least(&self) -> Option<T> {
        self.least
    }

    pub fn add(&mut self, one: T) {
        if self.most == 0 || self.least.is_some_and(|least| one <= least) {
            return;
        }
        self.found.push(one);
        if self.found.len() >= self.most + self.most / 2 + 8 {
            self.found.select_nth_unstable_by(self.most - 1, |a, b| b.cmp(a));
            self.found.truncate(self.most);
            self.least = self.found.last().copied();
        }
    }

    /// The highest first.
    pub fn sorted(mut self) -> Vec<T> {
        self.found.sort_unstable_by(|a, b| b.cmp(a));
        self.found.truncate(self.most);
        self.found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_highest_are_those_that_sorting_all_gives(ids in proptest::collection::hash_set(0_i64..1000, 0..200), most in 1_usize..40) {
            let mut best = Best::new(most);
            ids.iter().for_each(|id| best.add((id % 7, *id)));
            let mut sorted: Vec<_> = ids.iter().map(|id| (id % 7, *id)).collect();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            sorted.truncate(most);
            prop_assert_eq!(best.sorted(), sorted);
        }
    }
}
