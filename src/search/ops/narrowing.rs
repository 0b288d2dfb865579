//! Filters: what a wish's mean here, and which are offered beside what was found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::nothing;
use crate::{
    base::{CategoryId, Conn, Currency, Money, PageRequest, ProductId, Result},
    search::{
        index::{Asked, Outcome, Scope},
        model::{COLLECTION, Facet, FacetValue, Found, RATING},
        rules::{MOST_PAGES, Wish},
        store::{goods, places},
    },
    settings,
};

/// Values of a facet that are shown at once, and behind "more".
const SHOWN: usize = 8;
const BEHIND: usize = 60;

/// Options and attributes that are shown as facets: those that most products have.
const MOST_FACETS: usize = 8;

/// Of these so many are shown with their values, the rest folded: a list of filters that is longer than the list of goods helps nobody.
const OPEN_FACETS: usize = 3;

/// What a wish's filters mean here: categories by their ids, prices in minor units.
pub struct Narrowing {
    chosen: BTreeMap<String, Vec<String>>,
    prices: Vec<(i64, i64)>,
    /// Chosen categories.
    categories: Vec<(i64, String, String)>,
    currency: Currency,
    /// Facets are asked for.
    counting: bool,
}

impl Narrowing {
    pub fn of(conn: &mut Conn, wish: &Wish, counting: bool) -> Result<Self> {
        let currency = settings::store(conn)?.currency;
        let slugs: Vec<String> = wish.chosen.get("category").into_iter().flatten().cloned().collect();
        let categories = if slugs.is_empty() { vec![] } else { places::category_names(conn, &[], &slugs)? };
        let values = |name: &String, values: &BTreeSet<String>| match name.as_str() {
            "category" => categories.iter().map(|(id, ..)| id.to_string()).collect(),
            _ => values.iter().cloned().collect(),
        };
        let chosen = wish.chosen.iter().filter(|(name, _)| *name != "price").map(|(name, of)| (name.clone(), values(name, of))).collect();
        let minor = |text: &str| Money::parse(text, currency).ok().map(|money| money.minor);
        let range = |(from, to): (String, Option<String>)| Some((minor(&from)?, to.map_or(Some(i64::MAX), |to| minor(&to))?));
        let prices = wish.prices().into_iter().filter_map(range).collect();
        Ok(Self { chosen, prices, categories, currency, counting })
    }

    pub fn asked(&self, scope: Scope, wish: &Wish, size: i64, pinned: Vec<ProductId>) -> Asked {
        let most = usize::try_from(wish.page * size).unwrap_or(usize::MAX);
        Asked { scope, chosen: self.chosen.clone(), prices: self.prices.clone(), order: wish.order, most, counting: self.counting, pinned }
    }

    pub fn found(&self, conn: &mut Conn, wish: &Wish, size: i64, outcome: Outcome, within: Option<CategoryId>) -> Result<Found> {
        let request = PageRequest::new(Some(wish.page), size);
        let offset = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let ids: Vec<ProductId> = outcome.first.into_iter().skip(offset).collect();
        let total = i64::try_from(outcome.total).unwrap_or(i64::MAX);
        let facets = self.facets(conn, wish, outcome.facets, within)?;
        let page = request.of(ids, total.min(MOST_PAGES * size));
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
