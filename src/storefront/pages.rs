mod brands;
mod gone;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::model::{Choosing, Department, Looker, ShownPrice, Subcategory, TaxNote, Terms, Tile, choosing, tile_page, tiles};
use crate::{
    base::{Conn, Error, Money, Page, PageRequest, Problems, ProductId, Result, VariantId},
    catalog::{self, Brand, Category, CategoryTree, Choice, Product, ProductImage, Scope, Sort, Specification, Variant},
    inventory::{Availability, Stock},
    media::Picture,
    pricing,
    search::{self, SearchQuery},
    settings::{self, Store},
    web::{App, Shell, html},
};

/// Products on one page of a list.
const PAGE: i64 = 24;

pub fn routes(config: &mut web::ServiceConfig) {
    brands::routes(config);
    config
        .route("/", web::get().to(home))
        .route("/categories/{slug}", web::get().to(category))
        .route("/products/{slug}", web::get().to(product))
        .route("/search", web::get().to(results));
}

#[derive(Template)]
#[template(path = "storefront/home.html")]
struct HomePage {
    shell: Shell,
    store: Store,
    departments: Vec<Department>,
    picked: Vec<Tile>,
    tax_note: TaxNote,
}

async fn home(shell: Shell, app: App) -> Result<HttpResponse> {
    let looker = Looker::of(&shell);
    let (store, departments, picked, tax_note) = app
        .db
        .read(move |conn| {
            let (store, terms) = (settings::store(conn)?, looker.terms(conn)?);
            let featured = catalog::cards(conn, Scope::Featured, Sort::Newest, PageRequest::new(None, 10))?;
            let picked = tiles(conn, &terms, featured.items)?;
            Ok((store, departments(conn)?, picked, terms.tax_note()))
        })
        .await?;
    html(&HomePage { shell, store, departments, picked, tax_note })
}

fn departments(conn: &mut Conn) -> Result<Vec<Department>> {
    let mut departments = vec![];
    for CategoryTree { category, .. } in catalog::category_menu(conn)? {
        let first = catalog::cards(conn, Scope::Category(category.id), Sort::Dearest, PageRequest::new(None, 1))?;
        let own = category.media_id.map(|_| catalog::category_media(conn, category.id)).transpose()?.flatten();
        let own = own.map(|media| Picture { media, alt: String::new() });
        let picture = own.or_else(|| first.items.into_iter().next().and_then(|card| card.picture));
        departments.push(Department { category, picture });
    }
    Ok(departments)
}

#[derive(Deserialize)]
struct ListQuery {
    sort: Option<String>,
    page: Option<i64>,
}

impl ListQuery {
    fn sort(&self) -> Sort {
        self.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or(Sort::Newest)
    }
}

/// What is written with empty lines between.
fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").flat_map(|part| part.split("\r\n\r\n")).map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[derive(Template)]
#[template(path = "storefront/category.html")]
struct CategoryPage {
    shell: Shell,
    category: Category,
    picture: Option<Picture>,
    /// The way to it, the department first, without itself.
    above: Vec<Category>,
    /// What stands right in it.
    below: Vec<Subcategory>,
    /// What stands beside it, where nothing stands in it.
    siblings: Vec<Category>,
    sort: Sort,
    page: Page<Tile>,
    tax_note: TaxNote,
}

impl CategoryPage {
    fn sorts(&self) -> &'static [Sort] {
        Sort::ALL
    }

    fn paragraphs(&self) -> Vec<&str> {
        paragraphs(&self.category.description)
    }

    /// Whether each of what stands in it can be shown with a picture.
    fn is_pictured(&self) -> bool {
        !self.below.is_empty() && self.below.iter().all(|below| below.picture.is_some())
    }

    fn page_base(&self) -> String {
        format!("{}?sort={}&", self.category.url(), self.sort)
    }
}

async fn category(shell: Shell, slug: web::Path<String>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let sort = query.sort();
    let (looker, request) = (Looker::of(&shell), PageRequest::new(query.page, PAGE));
    let page = app
        .db
        .read(move |conn| {
            let category = catalog::category_by_slug(conn, &slug)?.ok_or(Error::NotFound)?;
            let terms = looker.terms(conn)?;
            let cards = catalog::cards(conn, Scope::Category(category.id), sort, request)?;
            let below = Subcategory::of(conn, &category)?;
            let mut above = catalog::way_to_category(conn, category.id)?;
            above.pop();
            Ok(CategoryPage {
                shell,
                picture: catalog::category_media(conn, category.id)?.map(|media| Picture { media, alt: String::new() }),
                siblings: if below.is_empty() { siblings(conn, &category)? } else { vec![] },
                above,
                below,
                category,
                sort,
                page: tile_page(conn, &terms, cards)?,
                tax_note: terms.tax_note(),
            })
        })
        .await?;
    html(&page)
}

fn siblings(conn: &mut Conn, category: &Category) -> Result<Vec<Category>> {
    let Some(parent) = category.parent_id else { return Ok(vec![]) };
    Ok(catalog::category_children(conn, parent)?.into_iter().map(|(category, _)| category).collect())
}

#[derive(Deserialize)]
struct ProductQuery {
    o1: Option<String>,
    o2: Option<String>,
    o3: Option<String>,
    image: Option<usize>,
    /// Comes back with a refusal of the cart.
    quantity: Option<String>,
}

#[derive(Template)]
#[template(path = "storefront/product.html")]
struct ProductPage {
    shell: Shell,
    store: Store,
    product: Product,
    images: Vec<ProductImage>,
    /// Index of the picture that is shown large.
    image: usize,
    choice: Choice,
    /// The chosen variant and its stock; `None` when that combination is not made.
    chosen: Option<(Variant, Stock)>,
    /// Department and category, the nearest last.
    crumbs: Vec<Category>,
    brand: Option<Brand>,
    specification: Vec<Specification>,
    related: Vec<Tile>,
    /// The chosen variant's, or the lowest of all. `None`: not sold in the currency that was chosen.
    price: Option<ShownPrice>,
    /// What one unit costs from a quantity on.
    breaks: Vec<(i32, Money)>,
    tax_note: TaxNote,
    /// What stands in the field.
    quantity: String,
    problems: Problems,
}

impl ProductPage {
    fn is_cut(&self) -> bool {
        self.price.as_ref().is_some_and(|price| price.former.is_some())
    }

    fn variant_id(&self) -> Option<VariantId> {
        self.chosen.as_ref().map(|(variant, _)| variant.id)
    }

    fn can_buy(&self) -> bool {
        self.price.is_some() && self.chosen.as_ref().is_some_and(|(_, stock)| stock.covers(1))
    }

    /// In words; `None` when the combination is not made.
    fn availability(&self) -> Option<Availability> {
        self.chosen.as_ref().map(|(_, stock)| stock.availability())
    }

    fn is_low(&self) -> bool {
        matches!(self.availability(), Some(Availability::Low(_) | Availability::Backorder { .. } | Availability::PreOrder { .. }))
    }

    /// Most that one order can have, where the shop has set that.
    fn most_per_order(&self) -> Option<i32> {
        self.chosen.as_ref()?.1.most_per_order
    }

    fn weight(&self) -> Option<String> {
        let grams =
            self.chosen.as_ref().map(|(variant, _)| variant.weight_grams).filter(|grams| *grams > 0 && !self.product.is_gift_card)?;
        Some(if grams < 1000 { format!("{grams} g") } else { format!("{} kg", f64::from(grams) / 1000.0) })
    }

    /// Field and value of what is chosen of the other options than the one at `at`, counted from 1.
    fn other_choices(&self, at: &usize) -> Vec<(String, String)> {
        let others = (1..).zip(&self.choice.options).filter(|(other, _)| other != at);
        let chosen = others.filter_map(|(other, option)| Some((other, option.values.iter().find(|value| value.is_chosen())?)));
        chosen.map(|(other, value): (usize, _)| (format!("o{other}"), value.text.clone())).collect()
    }

    fn main_image(&self) -> Option<&ProductImage> {
        self.images.get(self.image)
    }

    /// The address of the same page with another picture shown large.
    fn image_url(&self, at: &usize) -> String {
        let chosen = self.chosen.as_ref().map(|(variant, _)| variant.option_values.to_vec()).unwrap_or_default();
        let mut pairs: Vec<_> = chosen.into_iter().enumerate().map(|(at, value)| (format!("o{}", at + 1), value)).collect();
        pairs.push(("image".to_owned(), at.to_string()));
        format!("/products/{}?{}#pictures", self.product.slug, serde_urlencoded::to_string(pairs).unwrap_or_default())
    }

    /// The first words of the description, for search engines.
    fn summary(&self) -> String {
        let mut in_tag = false;
        let text: String = self
            .product
            .description
            .chars()
            .filter(|c| {
                let shown = !in_tag && *c != '<';
                in_tag = if *c == '<' { true } else { in_tag && *c != '>' };
                shown
            })
            .collect();
        text.split_whitespace().take(28).collect::<Vec<_>>().join(" ")
    }
}

async fn product(mut shell: Shell, slug: web::Path<String>, query: web::Query<ProductQuery>, app: App) -> Result<HttpResponse> {
    let ProductQuery { o1, o2, o3, image, quantity } = query.into_inner();
    let problems = if quantity.is_some() { shell.take_problem("quantity") } else { Problems::default() };
    let quantity = quantity.unwrap_or_else(|| "1".to_owned());
    let (asked, looker) = ([o1, o2, o3], Looker::of(&shell));
    let page = app
        .db
        .read(move |conn| {
            let (product, is_shown) = catalog::product_in_shop(conn, &slug)?.ok_or(Error::NotFound)?;
            if !is_shown {
                return Ok(Found::Gone(gone::load(conn, shell, &looker, product)?));
            }
            let page = load(conn, Asked { shell, looker, options: asked, image, quantity, problems }, product)?;
            Ok(Found::Shown(Box::new(page)))
        })
        .await?;
    match page {
        Found::Shown(page) => html(&*page),
        Found::Gone(page) => page.respond(),
    }
}

enum Found {
    Shown(Box<ProductPage>),
    Gone(gone::Gone),
}

/// Who asks, and for what.
struct Asked {
    shell: Shell,
    looker: Looker,
    options: [Option<String>; 3],
    image: Option<usize>,
    quantity: String,
    problems: Problems,
}

fn load(conn: &mut Conn, asked: Asked, product: Product) -> Result<ProductPage> {
    let (store, terms) = (settings::store(conn)?, asked.looker.terms(conn)?);
    let Choosing { choice, chosen } = choosing(conn, &product, &asked.options)?.ok_or(Error::NotFound)?;
    let (price, breaks) = prices(conn, &terms, product.id, chosen.as_ref().map(|(variant, _)| variant))?;
    let related = catalog::related_ids(conn, product.id)?;
    let cards = catalog::cards_in_order(conn, &related)?;
    let images = catalog::images_of(conn, product.id)?;
    Ok(ProductPage {
        image: asked.image.filter(|at| *at < images.len()).unwrap_or(0),
        images,
        crumbs: crumbs(conn, &product)?,
        brand: product.brand_id.map(|brand| catalog::brand(conn, brand)).transpose()?,
        specification: catalog::specification(conn, &product)?,
        related: tiles(conn, &terms, cards)?,
        tax_note: terms.tax_note(),
        shell: asked.shell,
        quantity: asked.quantity,
        problems: asked.problems,
        store,
        product,
        choice,
        chosen,
        price,
        breaks,
    })
}

/// What one unit costs, and from a quantity on.
type Prices = (Option<ShownPrice>, Vec<(i32, Money)>);

/// The price of the chosen variant with what more of it cost, or the lowest of all while none is chosen.
fn prices(conn: &mut Conn, terms: &Terms, product: ProductId, chosen: Option<&Variant>) -> Result<Prices> {
    if let Some(Variant { id, tax_class, .. }) = chosen {
        let book = pricing::book(conn, terms.currency, &[*id])?;
        return Ok((terms.unit(&book, *id, tax_class), terms.breaks(&book, *id, tax_class)));
    }
    let all = catalog::priced_of(conn, &[product])?;
    let book = pricing::book(conn, terms.currency, &all.iter().map(|(_, variant, _)| *variant).collect::<Vec<_>>())?;
    let lowest = terms.lowest(&book, all.iter().map(|(_, variant, class)| (*variant, class.as_str())));
    Ok((lowest.map(|(price, _)| price), vec![]))
}

/// The way from the department to the product's first category.
fn crumbs(conn: &mut Conn, product: &Product) -> Result<Vec<Category>> {
    match catalog::categories_of(conn, product.id)?.into_iter().next() {
        Some(category) => catalog::way_to_category(conn, category.id),
        None => Ok(vec![]),
    }
}

#[derive(Deserialize)]
struct ResultsQuery {
    #[serde(default)]
    q: String,
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "storefront/results.html")]
struct ResultsPage {
    shell: Shell,
    query: SearchQuery,
    page: Page<Tile>,
    departments: Vec<CategoryTree>,
    tax_note: TaxNote,
}

impl ResultsPage {
    fn page_base(&self) -> String {
        format!("/search?{}&", serde_urlencoded::to_string([("q", self.query.as_str())]).unwrap_or_default())
    }
}

async fn results(shell: Shell, query: web::Query<ResultsQuery>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, PAGE);
    let query = SearchQuery::parse(&query.q);
    let (asked, looker) = (query.clone(), Looker::of(&shell));
    let (page, departments, tax_note) = app
        .db
        .read(move |conn| {
            let (terms, departments) = (looker.terms(conn)?, catalog::category_menu(conn)?);
            let found = if asked.is_empty() { request.of(vec![], 0) } else { search::find(conn, &asked, request)? };
            let (ids, rest) = found.split();
            let cards = catalog::cards_in_order(conn, &ids)?;
            Ok((rest.with(tiles(conn, &terms, cards)?), departments, terms.tax_note()))
        })
        .await?;
    html(&ResultsPage { shell, query, page, departments, tax_note })
}
