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
//!
//! All numbers are exact. What makes them quick, by the bench's catalogue of 1,000,000 (words of titles, of which the commonest fits
//! 729,000; tantivy alone, milliseconds at p95, on a busy machine):
//!
//! | what | one pass over all that fits | now |
//! |---|---|---|
//! | one word, the best and their number | 5.5 | 2.0 |
//! | one word with the counts of all facets | 20 | 17, asked again 6.5 |
//! | two words, the best and their number | 12 | 5.2 |
//! | two words with the counts | 16 | 12.5 |
//! | a department or section of a category tree, with the counts | 4.1 | 0.3 |
//!
//! - *Counting and ranking are two passes.* To count, one has to see all that fits, but needs neither scores nor titles; how many have
//!   one word stands in the index. To rank, blocks of documents that can't be among the best are passed over (`index::ranked`).
//! - *Numbers of a question are remembered* until the next state of the index: who turns a page or sorts anew counts nothing.
//! - *Large shelves are counted beforehand*, segment by segment, with those that come first in each order (`index::shelves`): a whole
//!   category's page costs the same however much stands in it. What is deleted later is taken off; with filters it is counted when
//!   asked. It takes 0.3 s for all, behind the back of an index that answers already.

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
pub use rules::{Clause, Marks, Order, Wish, clauses};
