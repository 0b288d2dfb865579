//! Finding products by words and narrowing lists by facets, whatever was mistyped.
//!
//! PostgreSQL is the source of truth; each server builds an index of the goods on its own disk with tantivy and follows the feed of
//! changes that the database writes itself (migration `search`: triggers, LISTEN/NOTIFY), so it is behind by less than a second.
//! While there is no index, PostgreSQL's full text answers without filters. What is found is read from PostgreSQL again before it
//! is shown, so nothing appears that may not be shown.
//!
//! Chosen by measuring at 1,000,000 generated products (titles of 3 to 6 words and 40 words of text, of 60,000 words that follow
//! Zipf's law, 11 facet values each; words asked for as often as they occur, so that one word in twenty fits 490,000 products; one
//! client, 2 cores, PostgreSQL 15, everything in the page cache; milliseconds):
//!
//! | what | tantivy p50 | p95 | PostgreSQL p50 | p95 |
//! |---|---|---|---|---|
//! | one word, 24 best and their number | 0.5 | 8.3 | 38 | 1,997 |
//! | two words | 0.3 | 4.4 | 8 | 813 |
//! | one word with the counts of all facets (PostgreSQL: the counts alone) | 3.7 | 20.0 | 19 | 1,768 |
//! | two words with them | 0.5 | 9.8 | | |
//! | one word, two facets chosen, counts | 3.3 | 20.8 | | |
//! | a mistyped word, mended, with counts | 4.0 | 21.1 | | |
//! | … the mending alone, by trigrams over a vocabulary | | | 1.2 | 4.0 |
//! | build | 33 s, 462 MB | | 109 s, 2.5 GB with the goods | |
//!
//! PostgreSQL has to look at every row that fits in order to rank and to count it. Facets are counted from arrays in memory, two
//! bytes a value (27 MB at that size, 60 ms to fill): through tantivy's own columns, one word with counts took 36 ms at p95.

mod admin;
mod forms;
mod index;
mod jobs;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use index::{Keeper, SearchIndex};
pub use jobs::PruneSearch;
pub use model::{Facet, FacetValue, Found, Place, PlaceKind, Reading, Within};
pub use ops::{browse, find, is_behind, marked, note, suggest};
pub use rules::{Marks, Order, Wish};
