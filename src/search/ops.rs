use std::collections::{BTreeMap, HashMap};

use super::{
    index::{Asked, Outcome, Scope, SearchIndex, View, Vocabulary, Words, stem},
    model::{COLLECTION, Facet, FacetValue, Found, RATING, Reading, Within},
    rules::{Clause, Marks, Order, Wish, best_guess, clauses, code, folded, reach, splits, spoken},
    store::{changes, fulltext, goods, places, terms, words},
};
use crate::{
    base::{CategoryId, Conn, Currency, Error, Money, PageRequest, ProductId, Result, SynonymId},
    settings,
};

/// Values of a facet that are shown at once, and behind "more".
const SHOWN: usize = 8;
const BEHIND: usize = 60;

/// Options and attributes that are shown as facets: those that most products have.
const MOST_FACETS: usize = 8;

/// Of these so many are shown with their values, the rest folded: a list of filters that is longer than the list of goods helps nobody.
const OPEN_FACETS: usize = 3;

/// Categories and pages beside the goods.
const MOST_PLACES: usize = 5;

/// Fewer products than this, and another word may have been meant.
const FEW: u64 = 3;

/// How much more often a word must be sold to be asked about.
const MUCH_MORE: u64 = 10;

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
    let narrowing = Narrowing { counting, ..Narrowing::of(conn, wish)? };
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
    let narrowing = Narrowing::of(conn, wish)?;
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

/// Each word is sold, but nothing has them all: with one word mended, something may. A tap measure is a tape measure.
fn rescued(view: &View<'_>, words: &Words, ask: &impl Fn(&Words) -> anyhow::Result<Outcome>) -> anyhow::Result<Option<(Words, Outcome)>> {
    let mut best: Option<(Words, Outcome)> = None;
    for (at, clause) in words.clauses.iter().enumerate().filter(|_| words.clauses.len() > 1) {
        let Clause::Word(word) = clause else { continue };
        if word.chars().count() < 3 || word.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let mut guesses = view.vocabulary().near(word, 1, false)?;
        guesses.retain(|guess| stem(&guess.word) != stem(word));
        let Some(guess) = best_guess(word, &guesses) else { continue };
        let mut other = Words { open: false, code: String::new(), ..words.clone() };
        if let Some(place) = other.clauses.get_mut(at) {
            *place = Clause::Word(guess);
        }
        let found = ask(&other)?;
        if found.unfiltered > best.as_ref().map_or(0, |(_, known)| known.unfiltered) {
            best = Some((other, found));
        }
    }
    Ok(best)
}

/// One word may be missing; else any of them will do.
fn loosest(words: &Words, ask: &impl Fn(&Words) -> anyhow::Result<Outcome>) -> anyhow::Result<Outcome> {
    let least = |least| Words { least: Some(least), code: String::new(), ..words.clone() };
    let most = words.clauses.len() - 1;
    let found = ask(&least(most))?;
    if found.unfiltered > 0 || most == 1 { Ok(found) } else { ask(&least(1)) }
}

/// The clauses with words that nobody sells replaced by what was meant. `doubting`: also words that few products have, by ones
/// that many more have.
fn mended(view: &View<'_>, words: &Words, doubting: bool) -> anyhow::Result<Vec<Clause>> {
    let vocabulary = view.vocabulary();
    let mut mended = vec![];
    for (at, clause) in words.clauses.iter().enumerate() {
        let Clause::Word(word) = clause else {
            mended.push(clause.clone());
            continue;
        };
        let last = words.open && at + 1 == words.clauses.len();
        let known = vocabulary.products(word);
        let is_right = view.is_synonym(word) || vocabulary.in_places(word) || known > 0 || (last && !vocabulary.endings(word)?.is_empty());
        if is_right && !doubting {
            mended.push(clause.clone());
            continue;
        }
        let meant =
            meant(&vocabulary, word, last)?.filter(|meant| !doubting || vocabulary.products(meant) > known.saturating_mul(MUCH_MORE));
        match meant {
            Some(meant) => mended.extend(clauses(&meant)),
            None => mended.push(clause.clone()),
        }
    }
    Ok(mended)
}

/// The likeliest word that is sold: one slip away, or two written as one, or two slips away, or the beginning of another.
fn meant(vocabulary: &Vocabulary<'_>, word: &str, last: bool) -> anyhow::Result<Option<String>> {
    let reach = reach(word);
    let near = |slips, beginning| -> anyhow::Result<Option<String>> {
        let mut guesses = if slips > 0 { vocabulary.near(word, slips, beginning)? } else { vec![] };
        guesses.retain(|guess| guess.word != word);
        Ok(best_guess(word, &guesses))
    };
    if let Some(guess) = near(reach.min(1), false)? {
        return Ok(Some(guess));
    }
    let halves = splits(word).map(|(first, second)| (vocabulary.exactly(first).min(vocabulary.exactly(second)), first, second));
    if let Some((_, first, second)) = halves.filter(|(products, ..)| *products > 0).max_by_key(|(products, ..)| *products) {
        return Ok(Some(format!("{first} {second}")));
    }
    let guess = if reach > 1 { near(reach, false)? } else { None };
    match guess {
        None if last && word.chars().count() > 4 => near(1, true),
        guess => Ok(guess),
    }
}

fn said(clauses: &[Clause]) -> String {
    let words = clauses.iter().map(|clause| match clause {
        Clause::Word(word) => spoken(word),
        Clause::Phrase(words) => format!("\"{}\"", words.join(" ")),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn marks(words: &Words) -> Marks {
    let all = words.clauses.iter().flat_map(|clause| match clause {
        Clause::Word(word) => std::slice::from_ref(word),
        Clause::Phrase(words) => words.as_slice(),
    });
    let beginning = match words.clauses.last() {
        Some(Clause::Word(word)) if words.open && word.chars().count() >= 2 => Some(word.clone()),
        _ => None,
    };
    Marks { stems: all.map(|word| stem(word)).collect(), beginning }
}

/// A title in pieces; those that are `true` fit what was looked for.
pub fn marked(marks: &Marks, title: &str) -> Vec<(String, bool)> {
    marks.pieces(title, stem)
}

/// What a wish's filters mean here: categories by their ids, prices in minor units.
struct Narrowing {
    chosen: BTreeMap<String, Vec<String>>,
    prices: Vec<(i64, i64)>,
    /// Chosen categories.
    categories: Vec<(i64, String, String)>,
    currency: Currency,
    /// Facets are asked for.
    counting: bool,
}

impl Narrowing {
    fn of(conn: &mut Conn, wish: &Wish) -> Result<Self> {
        let currency = settings::store(conn)?.currency;
        let slugs: Vec<String> = wish.chosen.get("category").into_iter().flatten().cloned().collect();
        let categories = if slugs.is_empty() { vec![] } else { places::category_names(conn, &[], &slugs)? };
        let values = |name: &String, values: &std::collections::BTreeSet<String>| match name.as_str() {
            "category" => categories.iter().map(|(id, ..)| id.to_string()).collect(),
            _ => values.iter().cloned().collect(),
        };
        let chosen = wish.chosen.iter().filter(|(name, _)| *name != "price").map(|(name, of)| (name.clone(), values(name, of))).collect();
        let minor = |text: &str| Money::parse(text, currency).ok().map(|money| money.minor);
        let range = |(from, to): (String, Option<String>)| Some((minor(&from)?, to.map_or(Some(i64::MAX), |to| minor(&to))?));
        let prices = wish.prices().into_iter().filter_map(range).collect();
        Ok(Self { chosen, prices, categories, currency, counting: true })
    }

    fn asked(&self, scope: Scope, wish: &Wish, size: i64, pinned: Vec<ProductId>) -> Asked {
        let most = usize::try_from(wish.page * size).unwrap_or(usize::MAX);
        Asked { scope, chosen: self.chosen.clone(), prices: self.prices.clone(), order: wish.order, most, counting: self.counting, pinned }
    }

    fn found(&self, conn: &mut Conn, wish: &Wish, size: i64, outcome: Outcome, within: Option<CategoryId>) -> Result<Found> {
        let request = PageRequest::new(Some(wish.page), size);
        let offset = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let ids: Vec<ProductId> = outcome.first.into_iter().skip(offset).collect();
        let total = i64::try_from(outcome.total).unwrap_or(i64::MAX);
        let facets = self.facets(conn, wish, outcome.facets, within)?;
        let page = request.of(ids, total.min(super::rules::MOST_PAGES * size));
        let unfiltered = i64::try_from(outcome.unfiltered).unwrap_or(i64::MAX);
        Ok(Found { page, total, unfiltered, facets, ..nothing(wish, size, true) })
    }

    /// The facets in the order in which they are shown; what can't narrow anything is left out.
    fn facets(
        &self,
        conn: &mut Conn,
        wish: &Wish,
        counted: Vec<(String, Vec<(String, u32)>)>,
        within: Option<CategoryId>,
    ) -> Result<Vec<Facet>> {
        let mut counted: HashMap<String, Vec<(String, u32)>> = counted.into_iter().collect();
        counted.remove(COLLECTION);
        let mut facets = vec![];
        if let Some(values) = counted.remove("category") {
            facets.push(self.categories(conn, wish, values, within)?);
        }
        for name in ["price", "brand", "rating", "stock", "sale"] {
            facets.extend(counted.remove(name).map(|values| self.facet(name, wish, values)));
        }
        let codes: Vec<String> = counted.keys().filter_map(|name| name.strip_prefix("a.").map(str::to_owned)).collect();
        let names = if codes.is_empty() { HashMap::new() } else { goods::attribute_names(conn, &codes)? };
        let other = |(name, values): (String, Vec<(String, u32)>)| {
            let count: u32 = values.iter().map(|(_, count)| *count).sum();
            let facet = self.facet(&name, wish, values);
            let label = name.strip_prefix("a.").and_then(|code| names.get(code)).cloned();
            (count, Facet { label: label.unwrap_or_else(|| facet.label.clone()), ..facet })
        };
        let mut others: Vec<(u32, Facet)> = counted.into_iter().map(other).collect();
        others.sort_by(|(a, one), (b, other)| (other.is_chosen(), b, &one.label).cmp(&(one.is_chosen(), a, &other.label)));
        let can_narrow =
            |facet: &Facet| facet.is_chosen() || facet.values.len() > 1 || matches!(facet.name.as_str(), "rating" | "stock" | "sale");
        facets.retain(can_narrow);
        let others = others.into_iter().map(|(_, facet)| facet).filter(can_narrow).take(MOST_FACETS).enumerate();
        facets.extend(others.map(|(at, facet)| Facet { is_folded: at >= OPEN_FACETS && !facet.is_chosen(), ..facet }));
        Ok(facets)
    }

    /// The categories of what was found, the one we are in and those above it left out.
    fn categories(&self, conn: &mut Conn, wish: &Wish, mut values: Vec<(String, u32)>, within: Option<CategoryId>) -> Result<Facet> {
        values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        // Whatever is found in a category stands in those above it as well, so these have as many products as it.
        let whole = within.and_then(|id| values.iter().find(|(value, _)| *value == id.to_string()).map(|(_, count)| *count));
        values.retain(|(_, count)| whole.is_none_or(|whole| *count < whole));
        values.truncate(SHOWN + BEHIND);
        let ids: Vec<i64> = values.iter().filter_map(|(id, _)| id.parse().ok()).collect();
        let named: HashMap<String, (String, String)> = places::category_names(conn, &ids, &[])?
            .into_iter()
            .chain(self.categories.iter().cloned())
            .map(|(id, slug, name)| (id.to_string(), (slug, name)))
            .collect();
        let value = |(id, count): (String, u32)| {
            named.get(&id).map(|(slug, name)| FacetValue {
                value: slug.clone(),
                label: name.clone(),
                count,
                chosen: wish.has("category", slug),
            })
        };
        let mut listed: Vec<FacetValue> = values.into_iter().filter_map(value).collect();
        for (_, slug, name) in &self.categories {
            if !listed.iter().any(|value| value.value == *slug) {
                listed.push(FacetValue { value: slug.clone(), label: name.clone(), count: 0, chosen: true });
            }
        }
        Ok(parted("category", "Category".to_owned(), listed))
    }

    fn facet(&self, name: &str, wish: &Wish, values: Vec<(String, u32)>) -> Facet {
        let label = match name {
            "price" => "Price",
            "brand" => "Brand",
            RATING => "Reviews",
            "stock" => "Availability",
            "sale" => "Offers",
            name => name.get(2..).unwrap_or(name),
        };
        let mut listed: Vec<FacetValue> = values
            .into_iter()
            .map(|(value, count)| FacetValue { label: self.label(name, &value), count, chosen: wish.has(name, &value), value })
            .collect();
        for value in wish.chosen.get(name).into_iter().flatten() {
            if !listed.iter().any(|listed| listed.value == *value) {
                listed.push(FacetValue { label: self.label(name, value), count: 0, chosen: true, value: value.clone() });
            }
        }
        match name {
            "price" => listed.sort_by_key(|value| {
                value.value.split('-').next().and_then(|from| Money::parse(from, self.currency).ok()).map_or(i64::MAX, |money| money.minor)
            }),
            RATING => {
                listed.sort_by(|one, other| other.value.cmp(&one.value));
                // As many as with a star more: that says it already.
                listed.dedup_by(|fewer, more| fewer.count == more.count && !fewer.chosen);
            }
            name => return parted(name, label.to_owned(), listed),
        }
        Facet { name: name.to_owned(), label: label.to_owned(), values: listed, more: vec![], is_folded: false }
    }

    fn label(&self, name: &str, value: &str) -> String {
        let money = |text: &str| Money::parse(text, self.currency).map_or_else(|_| text.to_owned(), |money| money.to_string());
        match (name, value.split_once('-')) {
            ("stock", _) => "In stock".to_owned(),
            ("sale", _) => "On sale".to_owned(),
            (RATING, _) => format!("{value} {} and up", if value == "1" { "star" } else { "stars" }),
            ("price", Some((from, ""))) => format!("{} and more", money(from)),
            ("price", Some(("0", to))) => format!("Up to {}", money(to)),
            ("price", Some((from, to))) => format!("{} to {}", money(from), money(to)),
            _ => value.to_owned(),
        }
    }
}

/// The chosen and the most frequent values first, the rest behind.
fn parted(name: &str, label: String, mut values: Vec<FacetValue>) -> Facet {
    values.sort_by(|a, b| (b.chosen, b.count, &a.label).cmp(&(a.chosen, a.count, &b.label)));
    let shown = SHOWN.max(values.iter().filter(|value| value.chosen).count());
    let more = if values.len() > shown { values.split_off(shown) } else { vec![] };
    Facet { name: name.to_owned(), label, values, more: more.into_iter().take(BEHIND).collect(), is_folded: false }
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
    super::store::changes::prune(conn, CHANGES_DAYS)?;
    terms::prune(conn, TERMS_DAYS)?;
    Ok(())
}
