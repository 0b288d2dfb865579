use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{Searcher, SegmentReader, index::SegmentId};

use super::fields::{BETWEEN, Fields};

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
}

/// One state of the index, ready to be asked.
pub struct Snapshot {
    pub searcher: Searcher,
    pub fields: Fields,
    pub dictionary: Arc<Dictionary>,
    /// In the order of the searcher's segments.
    pub flats: Vec<Arc<Flat>>,
}

impl Snapshot {
    pub fn of(searcher: Searcher, fields: Fields, kept: &Mutex<Kept>) -> anyhow::Result<Self> {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut flats = HashMap::new();
        let mut in_order = vec![];
        for segment in searcher.segment_readers() {
            let id = segment.segment_id();
            let flat = match kept.flats.get(&id) {
                Some(flat) => flat.clone(),
                None => {
                    let mut dictionary = (*kept.dictionary).clone();
                    let flat = Arc::new(Flat::of(segment, &mut dictionary)?);
                    if dictionary.values.len() > kept.dictionary.values.len() {
                        kept.dictionary = Arc::new(dictionary);
                    }
                    flat
                }
            };
            flats.insert(id, flat.clone());
            in_order.push(flat);
        }
        kept.flats = flats;
        Ok(Self { searcher, fields, dictionary: kept.dictionary.clone(), flats: in_order })
    }
}
