//! What is asked of a list: words, filters, order and page, and the one address that says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{text_enum, typed};

text_enum! {
    /// How a list is sorted.
    pub enum Order {
        /// What fits best, then the newest.
        Relevance = "relevance",
        Newest = "newest",
        Cheapest = "cheapest",
        Dearest = "dearest",
        Title = "title",
        /// As the list itself is kept, whatever that is.
        Chosen = "chosen",
    }
}

impl Order {
    pub fn label(self) -> &'static str {
        match self {
            Self::Relevance => "Best match first",
            Self::Newest => "Newest first",
            Self::Cheapest => "Price, lowest first",
            Self::Dearest => "Price, highest first",
            Self::Title => "Name, A to Z",
            Self::Chosen => "As we sort them",
        }
    }
}

/// Values of one facet, and facets, that one list may be narrowed by.
const MOST_VALUES: usize = 30;
const MOST_FACETS: usize = 20;

/// Lists go no deeper: nobody reads so far, and each page costs as much as all before it.
pub const MOST_PAGES: i64 = 100;

/// What is asked of a list. Two wishes that mean the same are equal and have the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// As typed, tidied; empty on a category's page.
    pub text: String,
    /// Look for the words as they are typed.
    pub exact: bool,
    /// Chosen values of each facet, by the facet's name in addresses.
    pub chosen: BTreeMap<String, BTreeSet<String>>,
    pub order: Order,
    pub page: i64,
    /// The order that goes without saying.
    usual: Order,
}

impl Wish {
    /// Understands an address's parameters. What is unknown or empty is left out.
    pub fn parse(pairs: &[(String, String)], usual: Order) -> Self {
        let mut wish = Self { text: String::new(), exact: false, chosen: BTreeMap::new(), order: usual, page: 1, usual };
        let (mut least, mut most) = (None, None);
        for (name, value) in pairs {
            match name.as_str() {
                "q" => wish.text = tidy(value, 100),
                "exact" => wish.exact = value == "yes",
                "sort" => {
                    let fits = |order: &Order| !matches!(order, Order::Relevance | Order::Chosen) || *order == usual;
                    wish.order = value.parse().ok().filter(fits).unwrap_or(usual)
                }
                "page" => wish.page = value.parse().unwrap_or(1).clamp(1, MOST_PAGES),
                "min" => least = typed_amount(value),
                "max" => most = typed_amount(value),
                name if is_facet(name) => wish.choose(name, &tidy(value, 120)),
                _ => {}
            }
        }
        if least.is_some() || most.is_some() {
            wish.choose("price", &format!("{}-{}", least.unwrap_or_else(|| "0".to_owned()), most.unwrap_or_default()));
        }
        wish.exact &= !wish.text.is_empty();
        wish
    }

    fn choose(&mut self, name: &str, value: &str) {
        if name == "rating" && !matches!(value, "1" | "2" | "3" | "4") {
            return;
        }
        let value = match range(value) {
            _ if name != "price" => value.to_owned(),
            Some((from, to)) => format!("{from}-{}", to.unwrap_or_default()),
            None => return,
        };
        if value.is_empty() {
            return;
        }
        if self.chosen.len() < MOST_FACETS || self.chosen.contains_key(name) {
            let values = self.chosen.entry(name.to_owned()).or_default();
            if values.len() < MOST_VALUES {
                values.insert(value);
            }
        }
    }

    /// The parameters in the one order that they have in addresses.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let chosen = self.chosen.iter().flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())));
        let mut pairs: Vec<_> = chosen.collect();
        let mut say = |name: &str, value: String| pairs.push((name.to_owned(), value));
        if !self.text.is_empty() {
            say("q", self.text.clone());
        }
        if self.exact {
            say("exact", "yes".to_owned());
        }
        if self.order != self.usual {
            say("sort", self.order.to_string());
        }
        if self.page > 1 {
            say("page", self.page.to_string());
        }
        pairs.sort();
        pairs
    }

    pub fn url(&self, path: &str) -> String {
        let query = serde_urlencoded::to_string(self.pairs()).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The address up to where `page=…` is added.
    pub fn page_base(&self, path: &str) -> String {
        let url = Self { page: 1, ..self.clone() }.url(path);
        format!("{url}{}", if url.contains('?') { '&' } else { '?' })
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.chosen.get(name).is_some_and(|values| values.contains(value))
    }

    pub fn is_narrowed(&self) -> bool {
        !self.chosen.is_empty()
    }

    /// The same with this value chosen or, where it is already, not any more.
    #[must_use]
    pub fn turned(&self, name: &str, value: &str) -> Self {
        let mut wish = Self { page: 1, ..self.clone() };
        if wish.has(name, value) {
            if let Some(values) = wish.chosen.get_mut(name) {
                values.remove(value);
            }
            wish.chosen.retain(|_, values| !values.is_empty());
        } else {
            wish.choose(name, value);
        }
        wish
    }

    /// The same without filters.
    #[must_use]
    pub fn widened(&self) -> Self {
        Self { page: 1, chosen: BTreeMap::new(), ..self.clone() }
    }

    /// The same of a list in which nothing was searched for.
    #[must_use]
    pub fn wordless(self) -> Self {
        Self { text: String::new(), exact: false, ..self }
    }

    /// The same in another order.
    #[must_use]
    pub fn sorted_by(&self, order: Order) -> Self {
        Self { order, ..self.clone() }
    }

    /// How such a list can be sorted, the order that goes without saying first.
    pub fn orders(&self) -> Vec<Order> {
        let others = [Order::Newest, Order::Cheapest, Order::Dearest, Order::Title];
        std::iter::once(self.usual).chain(others.into_iter().filter(|order| *order != self.usual)).collect()
    }

    /// The same words as they are, or others in their place.
    #[must_use]
    pub fn saying(&self, text: &str, exact: bool) -> Self {
        Self { text: tidy(text, 100), exact, page: 1, ..self.clone() }
    }

    /// The chosen prices, each from a least to a most amount as typed.
    pub fn prices(&self) -> Vec<(String, Option<String>)> {
        self.chosen.get("price").into_iter().flatten().filter_map(|text| range(text)).collect()
    }
}

/// Facets' names: the few that every shop has, options (`o.Colour`) and attributes (`a.material`).
fn is_facet(name: &str) -> bool {
    let named = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.len() <= 80);
    matches!(name, "brand" | "category" | "price" | "rating" | "stock" | "sale") || named("o.") || named("a.")
}

fn tidy(text: &str, most: usize) -> String {
    let plain: String = typed::composed(text).chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An amount as people type it: a currency's sign may stand before it, and a comma for the point.
fn typed_amount(text: &str) -> Option<String> {
    amount(&text.trim().trim_start_matches(|c: char| !c.is_ascii_digit()).replace(',', "."))
}

/// A plain amount such as `12` or `12.50`, of nothing but digits and a point.
fn amount(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| !text.is_empty() && text.len() <= most && text.bytes().all(|c| c.is_ascii_digit());
    if !digits(whole, 8) || !digits(part, 3) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(if part.trim_end_matches('0').is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
}

/// `10-20`, or `500-` without an end.
fn range(text: &str) -> Option<(String, Option<String>)> {
    let (from, to) = text.split_once('-')?;
    let end = if to.is_empty() { None } else { Some(amount(to)?) };
    Some((amount(from)?, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wish(query: &str) -> Wish {
        Wish::parse(&serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap(), Order::Relevance)
    }

    #[test]
    fn an_address_says_a_wish_in_one_way() {
        let url = wish("sort=relevance&q=+claw++hammer&page=1&brand=Z&brand=A&brand=&utm=x&o.Colour=Red&stock=yes&a.=1").url("/search");
        assert_eq!(url, "/search?brand=A&brand=Z&o.Colour=Red&q=claw+hammer&stock=yes");
        assert_eq!(wish("").url("/search"), "/search");
        assert_eq!(wish("q=Mu%CC%88ller").url("/search"), wish("q=M%C3%BCller").url("/search"), "however it was typed");
        assert_eq!(wish("q=a&exact=yes&sort=cheapest&page=3").url("/search"), "/search?exact=yes&page=3&q=a&sort=cheapest");
    }

    #[test]
    fn prices_are_ranges_typed_or_chosen() {
        assert_eq!(wish("min=£5&max=12.50").url("/s"), "/s?price=5-12.50");
        assert_eq!(wish("max=7").prices(), [("0".to_owned(), Some("7".to_owned()))]);
        assert_eq!(wish("price=500-").prices(), [("500".to_owned(), None)]);
        for odd in ["price=x", "price=1--2", "min=&max=", "price=9999999999-", "price=-", "min=-"] {
            assert!(wish(odd).prices().is_empty(), "{odd}");
        }
    }

    #[test]
    fn a_value_is_taken_on_and_off_and_the_list_begins_again() {
        let red = wish("q=saw&page=4").turned("o.Colour", "Red");
        assert_eq!(red.url("/search"), "/search?o.Colour=Red&q=saw");
        assert_eq!(red.turned("o.Colour", "Red").url("/search"), "/search?q=saw");
        assert_eq!(red.turned("o.Colour", "Blue").widened().url("/search"), "/search?q=saw");
        assert_eq!(red.page_base("/search"), "/search?o.Colour=Red&q=saw&");
    }

    #[test]
    fn a_category_has_no_best_match() {
        let pairs = [("sort".to_owned(), "relevance".to_owned())];
        assert_eq!(Wish::parse(&pairs, Order::Newest).order, Order::Newest);
    }

    proptest! {
        #[test]
        fn a_wish_read_from_its_own_address_is_the_same(pairs in proptest::collection::vec(("(q|brand|o\\.[A-Z]{1,3}|price|min|max|page|sort|exact|stock)", "\\PC{0,12}"), 0..8)) {
            let first = Wish::parse(&pairs, Order::Relevance);
            let second = wish(first.url("/s").split_once('?').map_or("", |(_, query)| query));
            prop_assert_eq!(&first, &second);
            prop_assert_eq!(first.url("/s"), second.url("/s"));
        }
    }
}
