//! Lists that are narrowed and sorted: what was searched for, and what stands in a category.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    web,
};
use askama::Template;

use crate::{
    base::{Conn, Error, Page, PageRequest, ProductId, Result},
    catalog::{self, Category, CategoryTree, Scope, Sort},
    media::Picture,
    search::{self, Facet, Found, Order, Place, Reading, SearchIndex, Wish, Within},
    storefront::model::{Looker, Shown, Subcategory, TaxNote, Terms, Tile, things, tile_page, tiles},
    web::{App, Ask, Described, Fresh, Shell, html},
};

/// Products on one page of a list.
pub const PAGE: i64 = 24;

/// Products among the suggestions.
const SUGGESTIONS: i64 = 8;

pub type Pairs = web::Query<Vec<(String, String)>>;

/// A chosen value, and where it leads when it is taken off.
pub struct Chip {
    pub facet: String,
    pub value: String,
    pub url: String,
}

/// A list with its filters.
pub struct Listing {
    pub wish: Wish,
    pub path: String,
    pub page: Page<Tile>,
    pub facets: Vec<Facet>,
    /// All that there are; pages end earlier.
    pub total: i64,
    /// Without filters.
    pub unfiltered: i64,
    /// Filters can be answered.
    pub indexed: bool,
}

impl Listing {
    pub fn url_of(&self, wish: &Wish) -> String {
        wish.url(&self.path)
    }

    pub fn page_base(&self) -> String {
        self.wish.page_base(&self.path)
    }

    pub fn turned(&self, name: &str, value: &str) -> String {
        self.wish.turned(name, value).url(&self.path)
    }

    pub fn widened(&self) -> String {
        self.wish.widened().url(&self.path)
    }

    /// Whether there is anything to narrow by.
    pub fn has_filters(&self) -> bool {
        !self.facets.is_empty()
    }

    pub fn chips(&self) -> Vec<Chip> {
        let of = |(name, values): (&String, &std::collections::BTreeSet<String>)| {
            let facet = self.facets.iter().find(|facet| facet.name == *name);
            let label = |value: &String| {
                facet
                    .and_then(|facet| facet.values.iter().find(|known| known.value == *value))
                    .map_or(value.clone(), |known| known.label.clone())
            };
            let title = facet.map_or_else(|| name.get(2..).unwrap_or_default().to_owned(), |facet| facet.label.clone());
            let chip = |value: &String| Chip { facet: title.clone(), value: label(value), url: self.turned(name, value) };
            values.iter().map(chip).collect::<Vec<_>>()
        };
        self.wish.chosen.iter().flat_map(of).collect()
    }

    /// What the form of filters keeps as it is. Categories are links.
    pub fn beside_filters(&self) -> Vec<(String, String)> {
        let kept = |name: &str| matches!(name, "q" | "exact" | "sort" | "category") || self.facet(name).is_none();
        self.wish.pairs().into_iter().filter(|(name, _)| name != "page" && kept(name)).collect()
    }

    pub fn beside_sort(&self) -> Vec<(String, String)> {
        self.wish.pairs().into_iter().filter(|(name, _)| name != "page" && name != "sort").collect()
    }

    fn facet(&self, name: &str) -> Option<&Facet> {
        self.facets.iter().find(|facet| facet.name == name)
    }

    pub fn sorts(&self) -> Vec<Order> {
        self.wish.orders()
    }
}

/// Where the wish has an address of its own that is not the one that was asked.
pub fn elsewhere(asked: &[(String, String)], wish: &Wish, path: &str) -> Option<HttpResponse> {
    (wish.pairs() != asked).then(|| {
        HttpResponse::MovedPermanently().insert_header((LOCATION, wish.url(path))).insert_header((CACHE_CONTROL, "no-cache")).finish()
    })
}

#[derive(Template)]
#[template(path = "storefront/category.html")]
struct CategoryPage {
    shell: Shell,
    described: Described,
    category: Category,
    picture: Option<Picture>,
    /// The way to it, the department first, without itself.
    above: Vec<Category>,
    /// What stands right in it.
    below: Vec<Subcategory>,
    /// What stands beside it, where nothing stands in it.
    siblings: Vec<Category>,
    list: Listing,
    tax_note: TaxNote,
}

impl CategoryPage {
    fn paragraphs(&self) -> Vec<&str> {
        super::paragraphs(&self.category.description)
    }

    /// Whether each of what stands in it can be shown with a picture.
    fn is_pictured(&self) -> bool {
        !self.below.is_empty() && self.below.iter().all(|below| below.picture.is_some())
    }

    fn named(&self) -> impl Iterator<Item = &Category> {
        self.above.iter().chain(self.below.iter().map(|below| &below.category)).chain(&self.siblings)
    }
}

pub async fn category(ask: Ask, slug: web::Path<String>, query: Pairs, app: App, index: web::Data<SearchIndex>) -> Result<HttpResponse> {
    let wish = Wish::parse(&query, Order::Newest).wordless();
    let path = format!("/categories/{slug}");
    if let Some(moved) = elsewhere(&query, &wish, &path) {
        return Ok(moved);
    }
    ask.page(&wish.url(&path), async |shell| {
        let page = app.db.read(move |conn| {
            let category = catalog::category_by_slug(conn, &slug)?.ok_or(Error::NotFound)?;
            category_page(conn, shell, &index, category, wish)
        });
        page.await
    })
    .await
}

fn category_page(conn: &mut Conn, shell: Shell, index: &SearchIndex, category: Category, wish: Wish) -> Result<Fresh<CategoryPage>> {
    let mut shown = Shown::begin();
    let terms = Looker::of(&shell).terms(conn)?;
    shown.category(category.id);
    shown.counted(conn, Scope::Category(category.id), index, terms.moment.now)?;
    let below = Subcategory::of(conn, &category)?;
    let mut above = catalog::way_to_category(conn, category.id)?;
    above.pop();
    let picture = catalog::category_media(conn, category.id)?.map(|media| Picture::of(media, ""));
    // Sorted otherwise it is the same list.
    let path = if wish.page > 1 { format!("{}?page={}", category.url(), wish.page) } else { category.url() };
    let described = Described::new(&shell, &category.name, &category.description, &path)
        .pictured(picture.as_ref().map(|picture| shell.absolute(&picture.url(1200))))
        .with(things::breadcrumbs(&shell, &above, (&category.name, &category.url())));
    let page = CategoryPage {
        shell,
        described,
        picture,
        siblings: if below.is_empty() { siblings(conn, &category)? } else { vec![] },
        above,
        below,
        list: {
            let listed = Listed {
                scope: Scope::Category(category.id),
                within: Within::Category(category.id),
                path: category.url(),
                order: wish.order,
                by_hand: vec![],
            };
            browsed(conn, index, listed, wish, &terms, &mut shown)?
        },
        category,
        tax_note: terms.tax_note(),
    };
    page.named().for_each(|category| shown.category(category.id));
    Ok(shown.of(page))
}

fn siblings(conn: &mut Conn, category: &Category) -> Result<Vec<Category>> {
    let Some(parent) = category.parent_id else { return Ok(vec![]) };
    Ok(catalog::category_children(conn, parent)?.into_iter().map(|(category, _)| category).collect())
}

/// What a list is of, and how it is sorted where the wish leaves that to the list.
pub struct Listed {
    pub scope: Scope,
    pub within: Within,
    pub path: String,
    pub order: Order,
    /// What stands first, where staff have put it in order.
    pub by_hand: Vec<ProductId>,
}

/// By the index, or without filters by PostgreSQL while there is none.
pub fn browsed(conn: &mut Conn, index: &SearchIndex, listed: Listed, wish: Wish, terms: &Terms, shown: &mut Shown) -> Result<Listing> {
    let Listed { scope, within, path, order, by_hand } = listed;
    let sorted = wish.sorted_by(if wish.order == Order::Chosen { order } else { wish.order });
    let pinned = if sorted.order == Order::Chosen { by_hand } else { vec![] };
    if let Some(found) = search::browse(conn, index, within, &sorted, PAGE, pinned)? {
        return listing(conn, found, wish, path, terms, shown);
    }
    let sort = sorted.order.as_str().parse().unwrap_or(Sort::Newest);
    let cards = catalog::cards(conn, scope, sort, PageRequest::new(Some(wish.page), PAGE))?;
    let page = tile_page(conn, terms, cards, shown)?;
    Ok(Listing { total: page.total, unfiltered: page.total, wish, path, page, facets: vec![], indexed: false })
}

fn listing(conn: &mut Conn, found: Found, wish: Wish, path: String, terms: &Terms, shown: &mut Shown) -> Result<Listing> {
    let Found { page, total, unfiltered, facets, marks, indexed, .. } = found;
    let (ids, rest) = page.split();
    let cards = catalog::cards_in_order(conn, &ids)?;
    let mut items = tiles(conn, terms, cards, shown)?;
    if !wish.text.is_empty() {
        for tile in &mut items {
            tile.pieces = search::marked(&marks, &tile.title);
        }
    }
    Ok(Listing { wish, path, page: rest.with(items), facets, total, unfiltered, indexed })
}

#[derive(Template)]
#[template(path = "storefront/results.html")]
struct ResultsPage {
    shell: Shell,
    list: Listing,
    reading: Reading,
    loosened: bool,
    places: Vec<Place>,
    departments: Vec<CategoryTree>,
    tax_note: TaxNote,
}

impl ResultsPage {
    fn said(&self) -> &str {
        &self.list.wish.text
    }

    /// The same search for other words.
    fn saying(&self, text: &str) -> String {
        self.list.url_of(&self.list.wish.saying(text, false))
    }

    /// The same search for the words as they were typed.
    fn exactly(&self) -> String {
        self.list.url_of(&self.list.wish.saying(&self.list.wish.text, true))
    }
}

pub async fn results(shell: Shell, query: Pairs, app: App, index: web::Data<SearchIndex>) -> Result<HttpResponse> {
    let wish = Wish::parse(&query, Order::Relevance);
    if let Some(moved) = elsewhere(&query, &wish, "/search") {
        return Ok(moved);
    }
    let looker = Looker::of(&shell);
    let page = app.db.read(move |conn| {
        let (terms, departments) = (looker.terms(conn)?, catalog::category_menu(conn)?);
        let found = search::find(conn, &index, &wish, PAGE)?;
        if wish.page == 1 && !wish.is_narrowed() && !wish.text.is_empty() {
            search::note(&index, &wish.text, found.total);
        }
        let (reading, loosened, places) = (found.reading.clone(), found.loosened, found.places.clone());
        let list = listing(conn, found, wish, "/search".to_owned(), &terms, &mut Shown::begin())?;
        Ok(ResultsPage { shell, list, reading, loosened, places, departments, tax_note: terms.tax_note() })
    });
    html(&page.await?)
}

#[derive(Template)]
#[template(path = "storefront/suggestions.html")]
struct SuggestionsPage {
    shell: Shell,
    text: String,
    list: Listing,
    reading: Reading,
    places: Vec<Place>,
}

impl SuggestionsPage {
    fn results_url(&self) -> String {
        self.list.wish.url("/search")
    }

    fn saying(&self, text: &str) -> String {
        self.list.wish.saying(text, false).url("/search")
    }
}

/// A short list for what is typed so far.
pub async fn suggestions(shell: Shell, query: Pairs, app: App, index: web::Data<SearchIndex>) -> Result<HttpResponse> {
    let wish = Wish::parse(&query, Order::Relevance).widened();
    let (looker, text) = (Looker::of(&shell), wish.text.clone());
    let page = app.db.read(move |conn| {
        let terms = looker.terms(conn)?;
        let found = search::suggest(conn, &index, &wish, SUGGESTIONS)?;
        let (reading, places) = (found.reading.clone(), found.places.clone());
        let list = listing(conn, found, wish, "/search/suggestions".to_owned(), &terms, &mut Shown::begin())?;
        Ok(SuggestionsPage { shell, text, list, reading, places })
    });
    html(&page.await?)
}
