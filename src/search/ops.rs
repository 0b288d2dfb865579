mod narrowing;
mod reading;

use self::{
    narrowing::Narrowing,
    reading::{loosest, marks, mended, rescued, said},
};
use super::{
    index::{Outcome, Scope, SearchIndex, View, Words, stem},
    model::{Found, Reading, Within},
    rules::{Marks, Order, Wish, clauses, code, folded},
    store::{changes, fulltext, places, terms, words},
};
use crate::base::{Conn, Error, PageRequest, ProductId, Result, SynonymId};

/// Categories and pages beside the goods.
const MOST_PLACES: usize = 5;

/// Fewer products than this, and another word may have been meant.
const FEW: u64 = 3;

/// Finds products by words. While there is no index yet, PostgreSQL's full text answers, without filters.
pub fn find(conn: &mut Conn, index: &SearchIndex, wish: &Wish, size: i64) -> Result<Found> {
    found(conn, index, wish, size, true)
}

/// The same without facets: nobody narrows suggestions.
pub fn suggest(conn: &mut Conn, index: &SearchIndex, wish: &Wish, size: i64) -> Result<Found> {
    found(conn, index, wish, size, false)
}

fn found(conn: &mut Conn, index: &SearchIndex, wish: &Wish, size: i64, counting: bool) -> Result<Found> {
    if clauses(&wish.text).is_empty() {
        return Ok(nothing(wish, size, index.is_ready()));
    }
    let pinned = if wish.order == Order::Relevance { words::pinned(conn, &folded(&wish.text))? } else { vec![] };
    let narrowing = Narrowing::of(conn, wish, counting)?;
    let found = index.look(|view| search(view, wish, &narrowing, size, pinned)).map_err(Error::from)?;
    let Some(searched) = found else {
        let page = fulltext::find(conn, &wish.text, PageRequest::new(Some(wish.page), size))?;
        return Ok(Found { total: page.total, unfiltered: page.total, page, ..nothing(wish, size, false) });
    };
    let Searched { outcome, reading, loosened, marks, places } = searched;
    Ok(Found { places: places::in_order(conn, &places)?, reading, loosened, marks, ..narrowing.found(conn, wish, size, outcome, None)? })
}

/// The products of a category, of those below it or of a collection; `pinned` stand first. `None` while there is no index.
pub fn browse(
    conn: &mut Conn,
    index: &SearchIndex,
    within: Within,
    wish: &Wish,
    size: i64,
    pinned: Vec<ProductId>,
) -> Result<Option<Found>> {
    let narrowing = Narrowing::of(conn, wish, true)?;
    let asked = narrowing.asked(Scope::Within(within), wish, size, pinned);
    let category = match within {
        Within::Category(id) => Some(id),
        Within::Collection(_) => None,
    };
    match index.look(|view| view.find(&asked)).map_err(Error::from)? {
        Some(outcome) => narrowing.found(conn, wish, size, outcome, category).map(Some),
        None => Ok(None),
    }
}

/// Whether the index may not have seen everything yet that the database has, or there is none. To be asked before the index is.
pub fn is_behind(conn: &mut Conn, index: &SearchIndex) -> Result<bool> {
    index.position().map_or(Ok(true), |position| changes::any_since(conn, position))
}

fn nothing(wish: &Wish, size: i64, indexed: bool) -> Found {
    Found {
        page: PageRequest::new(Some(wish.page), size).of(vec![], 0),
        total: 0,
        unfiltered: 0,
        facets: vec![],
        places: vec![],
        reading: Reading::AsTyped,
        loosened: false,
        marks: Marks::default(),
        indexed,
    }
}

/// What the index says of words.
struct Searched {
    outcome: Outcome,
    reading: Reading,
    loosened: bool,
    marks: Marks,
    places: Vec<i64>,
}

fn search(view: &View<'_>, wish: &Wish, narrowing: &Narrowing, size: i64, pinned: Vec<ProductId>) -> anyhow::Result<Searched> {
    let typed = Words { clauses: clauses(&wish.text), open: !wish.text.ends_with(['"', '”']), least: None, code: code(&wish.text) };
    let (mut words, mut reading) = (typed.clone(), Reading::AsTyped);
    let is_code = !typed.code.is_empty() && view.vocabulary().has_code(&typed.code);
    if !wish.exact && !is_code && pinned.is_empty() {
        let mended = mended(view, &typed, false)?;
        if mended != typed.clauses {
            reading = Reading::Mended(said(&mended));
            words = Words { clauses: mended, open: false, ..typed.clone() };
        }
    }
    let ask = |words: &Words| view.find(&narrowing.asked(Scope::Words(words.clone()), wish, size, pinned.clone()));
    let mut outcome = ask(&words)?;
    if outcome.unfiltered == 0
        && reading == Reading::AsTyped
        && !wish.exact
        && let Some((rescued, found)) = rescued(view, &words, &ask)?
    {
        (reading, words, outcome) = (Reading::Mended(said(&rescued.clauses)), rescued, found);
    }
    let places = view.places(&words, MOST_PLACES)?;
    if outcome.unfiltered < FEW && reading == Reading::AsTyped && !is_code {
        let doubted = mended(view, &typed, true)?;
        if doubted != typed.clauses {
            reading = Reading::Doubted(said(&doubted));
        }
    }
    let loosened = outcome.unfiltered == 0 && words.clauses.len() > 1;
    if loosened {
        outcome = loosest(&words, &ask)?;
    }
    let loosened = loosened && outcome.unfiltered > 0;
    Ok(Searched { outcome, reading, loosened, marks: marks(&words), places })
}

/// A title in pieces; those that are `true` fit what was looked for.
pub fn marked(marks: &Marks, title: &str) -> Vec<(String, bool)> {
    marks.pieces(title, stem)
}

/// Notes that this was searched for. Nothing is written now; the index's keeper writes down many at a time. What may be somebody's
/// address is not noted at all.
pub fn note(index: &SearchIndex, text: &str, found: i64) {
    let text = folded(text);
    if !text.is_empty() && !text.contains('@') {
        index.count(text, found == 0);
    }
}

/// # Errors
/// `Invalid` on `words` when they are there already.
pub fn save_synonym(conn: &mut Conn, id: Option<SynonymId>, list: &[String], one_way: bool) -> Result<()> {
    words::save_synonym(conn, id, list, one_way)
}

/// Puts products first for a search, by their SKUs in this order; no SKUs: none any more.
///
/// # Errors
/// `Invalid` on `skus` when one is nobody's.
pub fn pin(conn: &mut Conn, query: &str, skus: &[String]) -> Result<()> {
    let mut ids: Vec<ProductId> = vec![];
    for sku in skus {
        let unknown = || Error::invalid("skus", format!("No variant has the SKU {sku}. Look it up under Products"));
        let id = words::product_of(conn, sku)?.ok_or_else(unknown)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    words::replace_pins(conn, query, &ids)
}

/// Forgets old changes and old searches.
pub fn prune(conn: &mut Conn) -> Result<()> {
    /// Servers that were away for longer build their index anew.
    const CHANGES_DAYS: i32 = 3;
    const TERMS_DAYS: i32 = 400;
    changes::prune(conn, CHANGES_DAYS)?;
    terms::prune(conn, TERMS_DAYS)?;
    Ok(())
}
