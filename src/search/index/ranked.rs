use std::{collections::HashMap, sync::Arc};

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    query::{Scorer, Weight},
};

use super::{
    collect::{Filter, Fit, Fitting, flat_of},
    keys::{Best, pinned_key},
    segments::Flat,
};

/// The documents that fit best, of equals the newest first. Whole blocks of documents that can't be among them are passed over
/// unread (Ding and Suel, "Faster top-k document retrieval using block-max indexes", 2011), so nothing is counted here.
pub struct Ranked {
    pub most: usize,
    pub filters: Arc<Vec<Filter>>,
    pub flats: Vec<Arc<Flat>>,
    /// Products that stand first, with their place from 0 on. Where there are some, nothing is passed over.
    pub pinned: Arc<HashMap<i64, u32>>,
    /// What must be found besides what is asked for.
    pub required: Vec<Box<dyn Weight>>,
}

type First = Vec<(u128, i64)>;

/// tantivy wants one for each segment; all is done by `collect_segment`.
pub struct Idle;

impl SegmentCollector for Idle {
    type Fruit = First;

    fn collect(&mut self, _: DocId, _: Score) {}

    fn harvest(self) -> First {
        vec![]
    }
}

impl Collector for Ranked {
    type Fruit = First;
    type Child = Idle;

    fn for_segment(&self, _: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<Idle> {
        Ok(Idle)
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<First>) -> tantivy::Result<First> {
        let mut best = Best::new(self.most);
        segments.into_iter().flatten().for_each(|found| best.add(found));
        Ok(best.sorted())
    }

    fn collect_segment(&self, weight: &dyn Weight, at: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<First> {
        let (ids, alive) = (segment.fast_fields().i64("id")?, segment.alive_bitset());
        let mut fitting = Fitting::new(self.filters.clone(), flat_of(&self.flats, at)?, segment)?;
        let mut required: Vec<Box<dyn Scorer>> =
            self.required.iter().map(|weight| weight.scorer(segment, 1.0)).collect::<tantivy::Result<_>>()?;
        let mut best: Best<(u128, i64)> = Best::new(self.most);
        let mut least = Score::MIN;
        weight.for_each_pruning(least, segment, &mut |document, score| {
            let is_dead = alive.is_some_and(|alive| alive.is_deleted(document));
            if is_dead || !required.iter_mut().all(|scorer| has(scorer.as_mut(), document)) || !matches!(fitting.fit(document), Fit::All) {
                return least;
            }
            let Some(id) = ids.first(document) else { return least };
            let key = self.pinned.get(&id).map_or(u128::from(score.max(0.0).to_bits()), |place| pinned_key(*place));
            best.add((key, id));
            if self.pinned.is_empty()
                && let Some((key, _)) = best.least()
            {
                // What scores the same may be newer.
                least = u32::try_from(key).map_or(least, |bits| Score::from_bits(bits).next_down());
            }
            least
        })?;
        Ok(best.sorted())
    }
}

/// Documents are asked for in their order.
fn has(scorer: &mut dyn Scorer, document: DocId) -> bool {
    let at = if scorer.doc() < document { scorer.seek(document) } else { scorer.doc() };
    at == document
}
