//! What is noted of a file before its products are read: hashes and places, so that it takes some tens of bytes a row however long
//! names and SKUs are. Of two million texts two are taken for one with a chance of less than one in a million.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    io::Read,
    mem::take,
    vec,
};

use super::{Column, Columns, Kind, kind_of, values};
use crate::{
    catalog::slug_of,
    exchange::table::{Table, TableRow},
};

/// Strays that are told at once.
const STRAYS: usize = 500;

/// Where a variation's row stands.
#[derive(Clone, Copy)]
pub struct Place {
    pub byte: u64,
    pub line: u64,
}

/// Where the variations of each product stand, by the product as their rows name it.
#[derive(Default)]
pub struct Variations {
    places: HashMap<u64, Vec<Place>>,
    of: RandomState,
    /// Those whose product never came, in the order of the file.
    strays: Option<vec::IntoIter<Place>>,
}

impl Variations {
    /// Those of the product that is known by these.
    pub fn take(&mut self, keys: &[String]) -> Vec<Place> {
        let hashes = keys.iter().map(|key| self.of.hash_one(key)).collect::<Vec<_>>();
        hashes.iter().filter_map(|hash| self.places.remove(hash)).flatten().collect()
    }

    /// The next of those whose product did not come.
    pub fn next_strays(&mut self) -> Option<Vec<Place>> {
        let strays = self.strays.get_or_insert_with(|| {
            let mut left: Vec<_> = take(&mut self.places).into_values().flatten().collect();
            left.sort_unstable_by_key(|place| place.line);
            left.into_iter()
        });
        let some: Vec<_> = strays.take(STRAYS).collect();
        (!some.is_empty()).then_some(some)
    }
}

/// The addresses of those products that others name.
#[derive(Default)]
pub struct Named {
    /// Empty until it is found.
    slugs: HashMap<u64, String>,
    of: RandomState,
}

impl Named {
    pub fn any(&self) -> bool {
        !self.slugs.is_empty()
    }

    pub fn slug(&self, key: &str) -> Option<String> {
        self.slugs.get(&self.of.hash_one(key)).filter(|slug| !slug.is_empty()).cloned()
    }

    /// Reads the file for the addresses.
    pub fn find<R: Read>(&mut self, table: &mut Table<R>, columns: &Columns) {
        let mut slugs = Slugs::default();
        for row in table.by_ref().flatten().filter(|row| is_product(row, columns)) {
            let slug = slugs.of(&row, columns);
            for key in keys(&row, columns) {
                if let Some(named) = self.slugs.get_mut(&self.of.hash_one(&key)) {
                    named.clone_from(&slug);
                }
            }
        }
    }
}

/// The addresses that products have got so far. At each reading they come out the same.
#[derive(Default)]
pub struct Slugs {
    taken: HashSet<u64>,
    /// Which number comes next after a name that came more than once.
    next: HashMap<u64, u32>,
    of: RandomState,
}

impl Slugs {
    /// The product's own, or one made of its name.
    pub fn of(&mut self, row: &TableRow, columns: &Columns) -> String {
        let text = |column| row.text(columns.index(column));
        self.free(if text(Column::Slug).is_empty() { text(Column::Name) } else { text(Column::Slug) })
    }

    /// As WordPress does it: the second of a name becomes `name-2`.
    fn free(&mut self, name: &str) -> String {
        let bare = slug_of(name);
        let hash = self.of.hash_one(&bare);
        if bare.is_empty() || self.taken.insert(hash) {
            return bare;
        }
        let number = self.next.entry(hash).or_insert(2);
        loop {
            let slug = format!("{bare}-{number}");
            *number += 1;
            if self.taken.insert(self.of.hash_one(&slug)) {
                return slug;
            }
        }
    }
}

/// Notes where variations stand, and whom products name. Rows that can't be read are told at the last reading.
pub fn read<R: Read>(table: &mut Table<R>, columns: &Columns) -> (Variations, Named) {
    let (mut variations, mut named) = (Variations::default(), Named::default());
    for row in table.by_ref().flatten() {
        let text = |column| row.text(columns.index(column));
        if !is_product(&row, columns) {
            let parent = variations.of.hash_one(text(Column::Parent));
            variations.places.entry(parent).or_default().push(Place { byte: row.byte, line: row.line });
            continue;
        }
        for key in [Column::CrossSells, Column::Upsells].into_iter().flat_map(|column| values::list(text(column))) {
            named.slugs.entry(named.of.hash_one(key.as_str())).or_default();
        }
    }
    (variations, named)
}

fn is_product(row: &TableRow, columns: &Columns) -> bool {
    kind_of(row.text(columns.index(Column::Type))) != Kind::Variation
}

/// As what other rows name a product: `id:12`, or its SKU.
pub fn keys(row: &TableRow, columns: &Columns) -> Vec<String> {
    let text = |column| row.text(columns.index(column));
    let (id, sku) = (text(Column::Id), text(Column::Sku));
    let keys = [(!id.is_empty()).then(|| format!("id:{id}")), (!sku.is_empty()).then(|| sku.to_owned())];
    keys.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_name_that_comes_a_hundred_thousand_times_gets_its_numbers_in_no_time() {
        let (mut slugs, began) = (Slugs::default(), Instant::now());
        assert_eq!(slugs.free("T-Shirt 3"), "t-shirt-3");
        let last = (0..100_000).map(|_| slugs.free("T-Shirt")).last();
        // The number that another product has already is passed over.
        assert_eq!(last.as_deref(), Some("t-shirt-100001"));
        assert_eq!(slugs.free("T-Shirt 7"), "t-shirt-7-2");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(slugs.free("?"), "");
    }
}
