use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::model::{Department, Looker, Shown, ShownPrice, TaxNote, Terms, Tile, place_of, tile_page, tiles};
use crate::{
    base::{Conn, Error, Money, Page, PageRequest, Problems, Result, VariantId},
    catalog::{self, Category, CategoryTree, Choice, Product, ProductImage, Scope, Sort, Status, Variant},
    inventory::{self, Availability, Stock},
    pricing::{self, PriceBook},
    search::{self, SearchQuery},
    settings::{self, Store},
    web::{App, Ask, Shell, html},
};

/// Products on one page of a list.
const PAGE: i64 = 24;

pub fn routes(config: &mut web::ServiceConfig) {
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

async fn home(ask: Ask, app: App) -> Result<HttpResponse> {
    ask.page("/", async |shell| {
        let looker = Looker::of(&shell);
        let (store, departments, picked, tax_note, shown) = app
            .db
            .read(move |conn| {
                let (store, terms) = (settings::store(conn)?, looker.terms(conn)?);
                let featured = catalog::cards(conn, Scope::Featured, Sort::Newest, PageRequest::new(None, 10))?;
                let mut shown = Shown::default();
                shown.picked();
                let picked = tiles(conn, &terms, featured.items, &mut shown)?;
                Ok((store, departments(conn, &mut shown)?, picked, terms.tax_note(), shown))
            })
            .await?;
        Ok(shown.of(HomePage { shell, store, departments, picked, tax_note }))
    })
    .await
}

fn departments(conn: &mut Conn, shown: &mut Shown) -> Result<Vec<Department>> {
    let mut departments = vec![];
    for CategoryTree { category, .. } in catalog::category_tree(conn)? {
        let first = catalog::cards(conn, Scope::Category(category.id), Sort::Dearest, PageRequest::new(None, 1))?;
        shown.shelf(category.id, Sort::Dearest);
        let card = first.items.into_iter().next();
        card.iter().for_each(|card| shown.product(card.id));
        departments.push(Department { category, picture: card.and_then(|card| card.picture) });
    }
    Ok(departments)
}

#[derive(Deserialize)]
struct ListQuery {
    sort: Option<String>,
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "storefront/category.html")]
struct CategoryPage {
    shell: Shell,
    category: Category,
    /// The department it is in; `None` for a department itself.
    above: Option<Category>,
    /// What is in the same department.
    siblings: Vec<Category>,
    sort: Sort,
    page: Page<Tile>,
    tax_note: TaxNote,
}

impl CategoryPage {
    fn sorts(&self) -> &'static [Sort] {
        Sort::ALL
    }

    fn page_base(&self) -> String {
        format!("{}?sort={}&", self.category.url(), self.sort)
    }
}

async fn category(ask: Ask, slug: web::Path<String>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let sort = query.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or(Sort::Newest);
    let request = PageRequest::new(query.page, PAGE);
    let slug = slug.into_inner();
    ask.page(&list_url(&slug, query.sort.as_ref().map(|_| sort), query.page), async |shell| {
        let looker = Looker::of(&shell);
        let (category, tree, page, tax_note, shown) = app
            .db
            .read(move |conn| {
                let category = catalog::category_by_slug(conn, &slug)?.ok_or(Error::NotFound)?;
                let terms = looker.terms(conn)?;
                let cards = catalog::cards(conn, Scope::Category(category.id), sort, request)?;
                let mut shown = Shown::default();
                shown.category(category.id);
                shown.shelf(category.id, sort);
                Ok((category, catalog::category_tree(conn)?, tile_page(conn, &terms, cards, &mut shown)?, terms.tax_note(), shown))
            })
            .await?;
        let place = place_of(&tree, &category);
        let above = place.filter(|_| category.parent_id.is_some()).map(|place| place.category.clone());
        let siblings = place.map(|place| place.children.clone()).unwrap_or_default();
        Ok(shown.of(CategoryPage { shell, category, above, siblings, sort, page, tax_note }))
    })
    .await
}

/// The address of a list as our own links write it.
fn list_url(slug: &str, sort: Option<Sort>, page: Option<i64>) -> String {
    let asked = [sort.map(|sort| format!("sort={sort}")), page.map(|page| format!("page={page}"))];
    let query = asked.into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { format!("/categories/{slug}") } else { format!("/categories/{slug}?{query}") }
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

async fn product(ask: Ask, slug: web::Path<String>, query: web::Query<ProductQuery>, app: App) -> Result<HttpResponse> {
    let slug = slug.into_inner();
    if query.quantity.is_some() {
        return refused(ask.shell().await?, slug, query.into_inner(), &app).await;
    }
    let url = product_url(&slug, &query)?;
    let page = async |shell: Shell| {
        let (page, shown) = product_page(shell, slug, query.into_inner(), &app).await?;
        Ok(shown.of(page))
    };
    ask.page(&url, page).await
}

/// The page again on which something was not to be had in the quantity that was typed.
async fn refused(mut shell: Shell, slug: String, query: ProductQuery, app: &App) -> Result<HttpResponse> {
    let problems = shell.take_problem("quantity");
    let quantity = query.quantity.clone().unwrap_or_default();
    let (page, _) = product_page(shell, slug, query, app).await?;
    html(&ProductPage { problems, quantity, ..page })
}

/// The address of a choice as our own links write it.
fn product_url(slug: &str, query: &ProductQuery) -> Result<String> {
    let options =
        [("o1", query.o1.clone()), ("o2", query.o2.clone()), ("o3", query.o3.clone()), ("image", query.image.map(|at| at.to_string()))];
    let chosen: Vec<_> = options.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let query = serde_urlencoded::to_string(chosen).map_err(|error| Error::Internal(error.into()))?;
    Ok(if query.is_empty() { format!("/products/{slug}") } else { format!("/products/{slug}?{query}") })
}

async fn product_page(shell: Shell, slug: String, query: ProductQuery, app: &App) -> Result<(ProductPage, Shown)> {
    let ProductQuery { o1, o2, o3, image, .. } = query;
    let (asked, looker) = ([o1, o2, o3], Looker::of(&shell));
    let parts = app.db.read(move |conn| load(conn, &looker, &slug, &asked)).await?;
    let Parts { store, product, images, choice, chosen, crumbs, related, price, breaks, tax_note, shown } = parts;
    let image = image.filter(|at| *at < images.len()).unwrap_or(0);
    let page = ProductPage {
        shell,
        store,
        product,
        images,
        image,
        choice,
        chosen,
        crumbs,
        related,
        price,
        breaks,
        tax_note,
        quantity: "1".to_owned(),
        problems: Problems::default(),
    };
    Ok((page, shown))
}

struct Parts {
    store: Store,
    product: Product,
    images: Vec<ProductImage>,
    choice: Choice,
    chosen: Option<(Variant, Stock)>,
    crumbs: Vec<Category>,
    related: Vec<Tile>,
    price: Option<ShownPrice>,
    breaks: Vec<(i32, Money)>,
    tax_note: TaxNote,
    shown: Shown,
}

fn load(conn: &mut Conn, looker: &Looker, slug: &str, asked: &[Option<String>]) -> Result<Parts> {
    let product = catalog::product_by_slug(conn, slug)?.filter(|product| product.status == Status::Active).ok_or(Error::NotFound)?;
    let (store, terms) = (settings::store(conn)?, looker.terms(conn)?);
    let variants: Vec<_> = catalog::variants_of(conn, product.id)?.into_iter().filter(|variant| variant.archived_at.is_none()).collect();
    if variants.is_empty() {
        return Err(Error::NotFound);
    }
    let ids: Vec<_> = variants.iter().map(|variant| variant.id).collect();
    let (stock, book) = (inventory::stock_of(conn, &ids)?, pricing::book(conn, terms.currency, &ids)?);
    let of = |variant: &Variant| stock.get(&variant.id).copied().unwrap_or(Stock::none(variant.id));
    let made: Vec<(&[String], bool)> = variants.iter().map(|variant| (&*variant.option_values, of(variant).covers(1))).collect();
    let choice = catalog::choose(&product.option_names, &made, asked);
    let chosen = choice.variant.and_then(|at| variants.get(at)).map(|variant| (variant.clone(), of(variant)));
    let (price, breaks) = prices(&terms, &book, chosen.as_ref().map(|(variant, _)| variant), &variants);
    let related = catalog::related_ids(conn, product.id)?;
    let cards = catalog::cards_in_order(conn, &related)?;
    let crumbs = crumbs(conn, &product)?;
    let mut shown = Shown::default();
    shown.product(product.id);
    shown.prices(&book);
    // Also those that are not sold just now, and may be again.
    related.iter().for_each(|id| shown.product(*id));
    crumbs.iter().for_each(|category| shown.category(category.id));
    Ok(Parts {
        images: catalog::images_of(conn, product.id)?,
        related: tiles(conn, &terms, cards, &mut shown)?,
        crumbs,
        shown,
        store,
        product,
        choice,
        chosen,
        price,
        breaks,
        tax_note: terms.tax_note(),
    })
}

/// The price of the chosen variant with what more of it cost, or the lowest of all while none is chosen.
fn prices(terms: &Terms, book: &PriceBook, chosen: Option<&Variant>, all: &[Variant]) -> (Option<ShownPrice>, Vec<(i32, Money)>) {
    match chosen {
        Some(Variant { id, tax_class, .. }) => (terms.unit(book, *id, tax_class), terms.breaks(book, *id, tax_class)),
        None => (terms.lowest(book, all.iter().map(|variant| (variant.id, variant.tax_class.as_str()))).map(|(price, _)| price), vec![]),
    }
}

/// The way from the department to the product's first category.
fn crumbs(conn: &mut Conn, product: &Product) -> Result<Vec<Category>> {
    let Some(category) = catalog::categories_of(conn, product.id)?.into_iter().next() else { return Ok(vec![]) };
    let tree = catalog::category_tree(conn)?;
    let above = place_of(&tree, &category).map(|place| place.category.clone()).filter(|above| above.id != category.id);
    Ok(above.into_iter().chain([category]).collect())
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
            let (terms, departments) = (looker.terms(conn)?, catalog::category_tree(conn)?);
            let found = if asked.is_empty() { request.of(vec![], 0) } else { search::find(conn, &asked, request)? };
            let (ids, rest) = found.split();
            let cards = catalog::cards_in_order(conn, &ids)?;
            Ok((rest.with(tiles(conn, &terms, cards, &mut Shown::default())?), departments, terms.tax_note()))
        })
        .await?;
    html(&ResultsPage { shell, query, page, departments, tax_note })
}
