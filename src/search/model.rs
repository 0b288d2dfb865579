use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    base::{CategoryId, CollectionId, Page, ProductId, SynonymId, TextList},
    schema::search_synonyms,
    search::rules::Marks,
};

/// A product as the index holds it. Only what may be shown becomes one.
#[derive(Clone, Debug)]
pub struct Goods {
    pub id: ProductId,
    pub title: String,
    /// All else that it is found by and that slips are mended to: maker, kind, tags, categories, options, attributes.
    pub words: Vec<String>,
    /// Plain text.
    pub description: String,
    /// SKUs and barcodes.
    pub codes: Vec<String>,
    /// Names of facets, each with a value: what one product has several of stands here several times.
    pub facets: Vec<(String, String)>,
    /// The lowest that everybody is asked today, in minor units of the shop's currency; `None`: not sold in it.
    pub price: Option<i64>,
}

/// A category, a collection or a page as the index holds it.
#[derive(Clone, Debug)]
pub struct Place {
    pub kind: PlaceKind,
    pub id: i64,
    pub slug: String,
    pub title: String,
    /// Plain text.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    Category,
    Page,
    Collection,
}

impl Place {
    /// One number for what has a kind and an id.
    pub fn key(&self) -> i64 {
        key_of(self.kind, self.id)
    }

    pub fn url(&self) -> String {
        match self.kind {
            PlaceKind::Category => format!("/categories/{}", self.slug),
            PlaceKind::Page => format!("/pages/{}", self.slug),
            PlaceKind::Collection => format!("/collections/{}", self.slug),
        }
    }
}

const KINDS: [PlaceKind; 3] = [PlaceKind::Category, PlaceKind::Page, PlaceKind::Collection];

pub fn key_of(kind: PlaceKind, id: i64) -> i64 {
    id * 4 + (0..).zip(KINDS).find(|(_, known)| *known == kind).map_or(0, |(at, _)| at)
}

/// The way back.
pub fn of_key(key: i64) -> (PlaceKind, i64) {
    (usize::try_from(key % 4).ok().and_then(|at| KINDS.get(at).copied()).unwrap_or(PlaceKind::Page), key / 4)
}

/// The facet that says in which collections a product is. Lists are read by it; nobody narrows by it.
pub const COLLECTION: &str = "collection";

/// The facet of reviews. A product has a value for each number of stars that its mean reaches, so that one value means `and up`.
pub const RATING: &str = "rating";

/// Among which goods, where nobody searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// It, or one below it.
    Category(CategoryId),
    Collection(CollectionId),
}

/// Something that changed, for servers to look at again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    Product(ProductId),
    Place(PlaceKind, i64),
    /// Synonyms.
    Words,
    /// Too much to tell.
    All,
}

/// Words that mean the same, as staff say.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = search_synonyms)]
pub struct SynonymRow {
    pub id: SynonymId,
    pub words: TextList,
    pub one_way: bool,
}

impl SynonymRow {
    pub fn listed(&self) -> String {
        self.words.join(", ")
    }
}

/// The same, cut into words.
#[derive(Clone, Debug)]
pub struct Synonym {
    pub words: Vec<Vec<String>>,
    pub one_way: bool,
}

impl Synonym {
    /// What somebody may look for.
    pub fn asked(&self) -> impl Iterator<Item = &Vec<String>> {
        self.words.iter().take(if self.one_way { 1 } else { usize::MAX })
    }

    /// What is found then.
    pub fn meant(&self) -> impl Iterator<Item = &Vec<String>> {
        self.words.iter()
    }
}

/// Products that stand first when this is searched for.
#[derive(Clone, Debug)]
pub struct Pinned {
    pub query: String,
    /// In their order, with SKU and title.
    pub products: Vec<(ProductId, String, String)>,
}

/// How often something was searched for.
#[derive(Clone, Debug)]
pub struct Searched {
    pub text: String,
    pub searches: i64,
    pub fruitless: i64,
    pub last: NaiveDate,
}

/// What a list's filters are made of.
#[derive(Clone, Debug)]
pub struct Facet {
    /// In addresses.
    pub name: String,
    pub label: String,
    /// The most frequent first; those that are chosen are always among them.
    pub values: Vec<FacetValue>,
    /// Less frequent values, for whoever wants to see all.
    pub more: Vec<FacetValue>,
    /// Only its name is shown until somebody wants to see more.
    pub is_folded: bool,
}

impl Facet {
    pub fn is_chosen(&self) -> bool {
        self.values.iter().any(|value| value.chosen)
    }
}

#[derive(Clone, Debug)]
pub struct FacetValue {
    /// In addresses.
    pub value: String,
    pub label: String,
    /// Products that have it, with all filters but this facet's own.
    pub count: u32,
    pub chosen: bool,
}

/// How the words were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    #[default]
    AsTyped,
    /// Nobody sells what was typed; this is shown instead.
    Mended(String),
    /// Little was found; this may have been meant.
    Doubted(String),
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// No more than a list's pages hold; `total` may be more.
    pub page: Page<ProductId>,
    pub total: i64,
    /// Without filters.
    pub unfiltered: i64,
    pub facets: Vec<Facet>,
    pub places: Vec<Place>,
    pub reading: Reading,
    /// Nothing has all of the words, so these have some.
    pub loosened: bool,
    pub marks: Marks,
    /// `false`: the index is still being built, and filters can't be answered.
    pub indexed: bool,
}
