use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{DocId, Searcher, SegmentReader, index::SegmentId};

use super::{
    collect::Sifted,
    fields::{BETWEEN, Fields},
    shelves::Shelves,
};

/// A facet's value, known by its number in this process.
#[derive(Clone, Debug)]
pub struct FacetValue {
    /// Which facet: its number in [`Dictionary::names`].
    pub name: u16,
    pub value: Arc<str>,
}

/// Numbers for all values of facets that were ever seen by this process. It only grows: what is seldom forgotten is small.
#[derive(Default, Clone)]
pub struct Dictionary {
    pub values: Vec<FacetValue>,
    pub names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Dictionary {
    fn number(&mut self, term: &str) -> u32 {
        if let Some(number) = self.numbers.get(term) {
            return *number;
        }
        let (name, value) = term.split_once(BETWEEN).unwrap_or((term, ""));
        let name = self.names.iter().position(|known| &**known == name).unwrap_or_else(|| {
            self.names.push(name.into());
            self.names.len() - 1
        });
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(FacetValue { name: u16::try_from(name).unwrap_or(u16::MAX), value: value.into() });
        self.numbers.insert(term.into(), number);
        number
    }

    pub fn find(&self, term: &str) -> Option<u32> {
        self.numbers.get(term).copied()
    }
}

/// The facets of one segment's documents side by side in memory: counting them is most of the work of a search, and reading them
/// one by one from tantivy's column takes three times as long. Two bytes for each value of each document, as long as there are
/// fewer than 65,536 values.
pub struct Flat {
    starts: Vec<u32>,
    values: Numbers,
}

enum Numbers {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Flat {
    fn of(segment: &SegmentReader, dictionary: &mut Dictionary) -> anyhow::Result<Self> {
        let Some(column) = segment.fast_fields().str("facet")? else {
            return Ok(Self { starts: vec![0; segment.max_doc() as usize + 1], values: Numbers::Narrow(vec![]) });
        };
        let mut numbers = vec![];
        let mut terms = column.dictionary().stream()?;
        while terms.advance() {
            numbers.push(dictionary.number(&String::from_utf8_lossy(terms.key())));
        }
        let mut starts = Vec::with_capacity(segment.max_doc() as usize + 1);
        let is_wide = numbers.iter().any(|number| *number > u32::from(u16::MAX));
        let count = column.ords().values.num_vals() as usize;
        let mut values = if is_wide { Numbers::Wide(Vec::with_capacity(count)) } else { Numbers::Narrow(Vec::with_capacity(count)) };
        starts.push(0);
        for document in 0..segment.max_doc() {
            let of = column.ords().values_for_doc(document).filter_map(|at| numbers.get(usize::try_from(at).ok()?).copied());
            let end = match &mut values {
                Numbers::Narrow(values) => {
                    values.extend(of.map(|number| u16::try_from(number).unwrap_or(u16::MAX)));
                    values.len()
                }
                Numbers::Wide(values) => {
                    values.extend(of);
                    values.len()
                }
            };
            starts.push(u32::try_from(end)?);
        }
        Ok(Self { starts, values })
    }

    /// Adds one to the count of every value, once for each of the documents that has it.
    pub fn count(&self, documents: &[DocId], counts: &mut [u32]) {
        match &self.values {
            Numbers::Narrow(values) => self.count_in(values, documents, counts),
            Numbers::Wide(values) => self.count_in(values, documents, counts),
        }
    }

    fn count_in<N: Copy + Into<u32>>(&self, values: &[N], documents: &[DocId], counts: &mut [u32]) {
        for document in documents {
            let at = *document as usize;
            let Some([from, to]) = self.starts.get(at..at + 2) else { continue };
            for value in values.get(*from as usize..*to as usize).unwrap_or_default() {
                let value: u32 = (*value).into();
                if let Some(count) = counts.get_mut(value as usize) {
                    *count += 1;
                }
            }
        }
    }

    /// Calls `each` with every value of the document.
    #[inline]
    pub fn each(&self, document: u32, mut each: impl FnMut(u32)) {
        let at = document as usize;
        let (Some(from), Some(to)) = (self.starts.get(at), self.starts.get(at + 1)) else { return };
        let range = *from as usize..*to as usize;
        match &self.values {
            Numbers::Narrow(values) => values.get(range).unwrap_or_default().iter().for_each(|number| each(u32::from(*number))),
            Numbers::Wide(values) => values.get(range).unwrap_or_default().iter().for_each(|number| each(*number)),
        }
    }
}

/// What is kept from one state of the index to the next.
#[derive(Default)]
pub struct Kept {
    dictionary: Arc<Dictionary>,
    flats: HashMap<SegmentId, Arc<Flat>>,
    shelves: HashMap<SegmentId, Arc<Shelves>>,
}

/// Numbers of the same question that are remembered until the next state of the index: people turn pages and sort anew, and ask for
/// the same few words.
const REMEMBERED: usize = 64;

/// Numbers of all of them together, four bytes each.
const ROOM: usize = 1_000_000;

/// What fewer products fit is counted anew.
const MANY: u64 = 5000;

/// What was counted in one state of the index, by what was asked.
#[derive(Default)]
pub struct Counted(Mutex<HashMap<String, Sifted>>);

impl Counted {
    /// What `count` gave for the same question, or gives now.
    pub fn get(&self, asked: String, count: impl FnOnce() -> anyhow::Result<Sifted>) -> anyhow::Result<Sifted> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&asked) {
            return Ok(known.clone());
        }
        let counted = count()?;
        if counted.unfiltered >= MANY {
            let mut known = lock();
            if known.len() >= (ROOM / (counted.counts.len() + 1)).clamp(1, REMEMBERED) {
                known.clear();
            }
            known.insert(asked, counted.clone());
        }
        Ok(counted)
    }
}

/// One state of the index, ready to be asked.
pub struct Snapshot {
    pub searcher: Searcher,
    pub fields: Fields,
    pub dictionary: Arc<Dictionary>,
    /// In the order of the searcher's segments.
    pub flats: Vec<Arc<Flat>>,
    /// The same; `None`: small, or not counted yet.
    pub shelves: Vec<Option<Arc<Shelves>>>,
    pub counted: Counted,
}

impl Snapshot {
    pub fn of(searcher: Searcher, fields: Fields, kept: &Mutex<Kept>) -> anyhow::Result<Self> {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut flats, mut shelves) = (vec![], vec![]);
        for segment in searcher.segment_readers() {
            let flat = kept.flat(segment)?;
            shelves.push(kept.shelves(segment, &flat));
            flats.push(flat);
        }
        let ids: Vec<SegmentId> = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        kept.flats.retain(|id, _| ids.contains(id));
        kept.shelves.retain(|id, _| ids.contains(id));
        Ok(Self { searcher, fields, dictionary: kept.dictionary.clone(), flats, shelves, counted: Counted::default() })
    }

    /// Counts the large shelves that nobody has counted yet, which takes half a second for a million products. Whether there were any.
    pub fn count_shelves(&self, kept: &Mutex<Kept>) -> anyhow::Result<bool> {
        let mut counted = vec![];
        for ((segment, flat), known) in self.searcher.segment_readers().iter().zip(&self.flats).zip(&self.shelves) {
            if known.is_none() && Shelves::is_large(segment) {
                counted.push(Arc::new(Shelves::of(segment, flat, &self.dictionary)?));
            }
        }
        let is_new = !counted.is_empty();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.shelves.extend(counted.into_iter().map(|shelves| (shelves.segment, shelves)));
        Ok(is_new)
    }
}

impl Kept {
    fn flat(&mut self, segment: &SegmentReader) -> anyhow::Result<Arc<Flat>> {
        let id = segment.segment_id();
        if let Some(flat) = self.flats.get(&id) {
            return Ok(flat.clone());
        }
        let mut dictionary = (*self.dictionary).clone();
        let flat = Arc::new(Flat::of(segment, &mut dictionary)?);
        if dictionary.values.len() > self.dictionary.values.len() {
            self.dictionary = Arc::new(dictionary);
        }
        self.flats.insert(id, flat.clone());
        Ok(flat)
    }

    fn shelves(&mut self, segment: &SegmentReader, flat: &Flat) -> Option<Arc<Shelves>> {
        let known = self.shelves.get_mut(&segment.segment_id())?;
        if let Some(now) = known.since(segment, flat) {
            *known = Arc::new(now);
        }
        Some(known.clone())
    }
}
