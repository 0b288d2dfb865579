mod brands;
mod collections;
mod feeds;
mod gone;
mod lists;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use self::collections::Pictured;
use super::model::{Choosing, Department, Looker, Shown, ShownPrice, TaxNote, Terms, Tile, choosing, things, tiles};
use crate::{
    base::{Conn, Error, Money, PageRequest, Problems, ProductId, Result, VariantId, db_now},
    catalog::{
        self, Beside, Brand, BundlePart, Category, CategoryTree, Choice, Product, ProductImage, Scope, Sort, Specification, Variant,
    },
    inventory::{Availability, Stock},
    media::Picture,
    pricing,
    settings::{self, Store},
    web::{App, Ask, Described, Shell, html},
};

pub fn routes(config: &mut web::ServiceConfig) {
    brands::routes(config);
    collections::routes(config);
    feeds::routes(config);
    config
        .route("/", web::get().to(home))
        .route("/categories/{slug}", web::get().to(lists::category))
        .route("/products/{slug}", web::get().to(product))
        .route("/search", web::get().to(lists::results))
        .route("/search/suggestions", web::get().to(lists::suggestions));
}

/// Collections on the home page.
const COLLECTIONS: i64 = 4;

#[derive(Template)]
#[template(path = "storefront/home.html")]
struct HomePage {
    shell: Shell,
    described: Described,
    store: Store,
    departments: Vec<Department>,
    collections: Vec<Pictured>,
    picked: Vec<Tile>,
    tax_note: TaxNote,
}

async fn home(ask: Ask, app: App) -> Result<HttpResponse> {
    ask.page("/", async |shell| {
        let looker = Looker::of(&shell);
        let (page, shown) = app
            .db
            .read(move |conn| {
                let (store, terms) = (settings::store(conn)?, looker.terms(conn)?);
                let featured = catalog::cards(conn, Scope::Featured, Sort::Newest, PageRequest::new(None, 10))?;
                let mut shown = Shown::default();
                shown.shelf(conn, Scope::Featured, Sort::Newest)?;
                let picked = tiles(conn, &terms, featured.items, &mut shown)?;
                let collections = collections::pictured(conn, PageRequest::new(None, COLLECTIONS), &mut shown)?.items;
                let described = Described::default();
                let (departments, tax_note) = (departments(conn, &mut shown)?, terms.tax_note());
                Ok((HomePage { shell, described, store, departments, collections, picked, tax_note }, shown))
            })
            .await?;
        let HomePage { shell, store, picked, .. } = &page;
        let described = Described::new(shell, &store.name, &store.tagline, "/")
            .pictured(picked.first().and_then(|tile| Some(shell.absolute(&tile.picture.as_ref()?.url(1200)))))
            .with(things::organization(shell, store))
            .with(things::website(shell));
        Ok(shown.of(HomePage { described, ..page }))
    })
    .await
}

fn departments(conn: &mut Conn, shown: &mut Shown) -> Result<Vec<Department>> {
    let mut departments = vec![];
    for CategoryTree { category, .. } in catalog::category_menu(conn)? {
        let first = catalog::cards(conn, Scope::Category(category.id), Sort::Dearest, PageRequest::new(None, 1))?;
        shown.shelf(conn, Scope::Category(category.id), Sort::Dearest)?;
        let own = category.media_id.map(|_| catalog::category_media(conn, category.id)).transpose()?.flatten();
        let own = own.map(|media| Picture::of(media, ""));
        let card = first.items.into_iter().next();
        card.iter().for_each(|card| shown.product(card.id));
        departments.push(Department { picture: own.or_else(|| card.and_then(|card| card.picture)), category });
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

    /// The address as our own links write it.
    fn url(&self, list: &str) -> String {
        let asked = [self.sort.as_ref().map(|_| format!("sort={}", self.sort())), self.page.map(|page| format!("page={page}"))];
        let query = asked.into_iter().flatten().collect::<Vec<_>>().join("&");
        if query.is_empty() { list.to_owned() } else { format!("{list}?{query}") }
    }
}

/// What is written with empty lines between.
fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").flat_map(|part| part.split("\r\n\r\n")).map(str::trim).filter(|part| !part.is_empty()).collect()
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

impl ProductQuery {
    /// The address of a choice as our own links write it.
    fn url(&self, slug: &str) -> Result<String> {
        let options = [("o1", &self.o1), ("o2", &self.o2), ("o3", &self.o3), ("image", &self.image.map(|at| at.to_string()))];
        let chosen: Vec<_> = options.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
        let query = serde_urlencoded::to_string(chosen).map_err(|error| Error::Internal(error.into()))?;
        Ok(if query.is_empty() { format!("/products/{slug}") } else { format!("/products/{slug}?{query}") })
    }
}

#[derive(Template)]
#[template(path = "storefront/product.html")]
struct ProductPage {
    shell: Shell,
    described: Described,
    store: Store,
    product: Product,
    images: Vec<ProductImage>,
    /// Index of the picture that is shown large.
    image: usize,
    choice: Choice,
    /// The chosen variant and its stock; `None` when that combination is not made.
    chosen: Option<(Variant, Stock)>,
    /// What the chosen variant is made of, where it is a bundle.
    parts: Vec<BundlePart>,
    /// Department and category, the nearest last.
    crumbs: Vec<Category>,
    brand: Option<Brand>,
    specification: Vec<Specification>,
    /// What one needs with it, what is bought with it, and others of its sort.
    accessories: Vec<Tile>,
    together: Vec<Tile>,
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

    /// What is chosen is a file.
    fn is_download(&self) -> bool {
        self.chosen.as_ref().is_some_and(|(variant, _)| variant.is_digital)
    }

    fn weight(&self) -> Option<String> {
        let (variant, _) = self.chosen.as_ref().filter(|(variant, _)| !variant.is_digital && !self.product.is_gift_card)?;
        let of_parts = self.parts.iter().map(|part| part.weight_grams.saturating_mul(part.quantity)).fold(0, i32::saturating_add);
        let grams = Some(if variant.weight_grams > 0 { variant.weight_grams } else { of_parts }).filter(|grams| *grams > 0)?;
        Some(if grams < 1000 { format!("{grams} g") } else { format!("{} kg", f64::from(grams) / 1000.0) })
    }

    /// Field and value of what is chosen of the other options than the one at `at`, counted from 1.
    fn other_choices(&self, at: &usize) -> Vec<(String, String)> {
        let others = (1..).zip(&self.choice.options).filter(|(other, _)| other != at);
        let chosen = others.filter_map(|(other, option)| Some((other, option.values.iter().find(|value| value.is_chosen())?)));
        chosen.map(|(other, value): (usize, _)| (format!("o{other}"), value.text.clone())).collect()
    }

    /// Other products in sections of their own: what names each, its title, and what stands in it.
    fn beside(&self) -> impl Iterator<Item = (&'static str, &'static str, &Vec<Tile>)> {
        let all = [
            ("accessories", "Goes with it", &self.accessories),
            ("together", "Often bought together", &self.together),
            ("related", "You may also like", &self.related),
        ];
        all.into_iter().filter(|(.., tiles)| !tiles.is_empty())
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
}

/// The first words of a description, for search engines.
fn summary(product: &Product) -> String {
    catalog::plain_text(&product.description).split_whitespace().take(28).collect::<Vec<_>>().join(" ")
}

async fn product(ask: Ask, slug: web::Path<String>, query: web::Query<ProductQuery>, app: App) -> Result<HttpResponse> {
    let slug = slug.into_inner();
    if query.quantity.is_some() {
        return refused(ask.shell().await?, slug, query.into_inner(), &app).await;
    }
    let url = query.url(&slug)?;
    let (asked, of) = (query.into_inner(), slug.clone());
    let page = ask.page(&url, async |shell| {
        let (page, shown) = app.db.read(move |conn| load(conn, shell, &of, asked)).await?;
        Ok(shown.of(page))
    });
    match page.await {
        Err(Error::NotFound) => gone(ask.shell().await?, slug, &app).await,
        other => other,
    }
}

/// The page again on which something was not to be had in the quantity that was typed.
async fn refused(mut shell: Shell, slug: String, query: ProductQuery, app: &App) -> Result<HttpResponse> {
    let problems = shell.take_problem("quantity");
    let quantity = query.quantity.clone().unwrap_or_default();
    let (page, _) = app.db.read(move |conn| load(conn, shell, &slug, query)).await?;
    html(&ProductPage { problems, quantity, ..page })
}

/// What is said of a product that is not sold.
async fn gone(shell: Shell, slug: String, app: &App) -> Result<HttpResponse> {
    let looker = Looker::of(&shell);
    let gone = app.db.read(move |conn| {
        let (product, _) = catalog::product_in_shop(conn, &slug)?.ok_or(Error::NotFound)?;
        gone::load(conn, shell, &looker, product)
    });
    gone.await?.respond()
}

/// # Errors
/// `NotFound` while it is not shown, or nothing of it is sold.
fn load(conn: &mut Conn, shell: Shell, slug: &str, asked: ProductQuery) -> Result<(ProductPage, Shown)> {
    let (product, is_shown) = catalog::product_in_shop(conn, slug)?.ok_or(Error::NotFound)?;
    if !is_shown {
        return Err(Error::NotFound);
    }
    let (store, terms) = (settings::store(conn)?, Looker::of(&shell).terms(conn)?);
    let Choosing { choice, chosen } = choosing(conn, &product, &[asked.o1, asked.o2, asked.o3])?.ok_or(Error::NotFound)?;
    let mut shown = Shown::default();
    shown.product(product.id);
    shown.turns(product.on_sale_until, db_now(conn)?);
    let (price, breaks) = prices(conn, &terms, product.id, chosen.as_ref().map(|(variant, _)| variant), &mut shown)?;
    let [accessories, together, related] = beside(conn, &terms, product.id, &mut shown)?;
    let images = catalog::images_of(conn, product.id)?;
    let crumbs = crumbs(conn, &product)?;
    crumbs.iter().for_each(|category| shown.category(category.id));
    let summary = summary(&product);
    let described = Described::new(&shell, &product.title, &summary, &product.url())
        .of_kind("product")
        .pictured(images.first().map(|image| shell.absolute(&image.picture().url(1200))))
        .with(things::product(&shell, &product, &summary, &images, chosen.as_ref(), price.as_ref()))
        .with(things::breadcrumbs(&shell, &crumbs, (&product.title, &product.url())));
    let bundle = chosen.as_ref().map(|(variant, _)| variant).filter(|variant| variant.is_bundle).map(|variant| variant.id);
    let parts = match bundle {
        Some(bundle) => catalog::bundle_parts(conn, &[bundle])?,
        None => vec![],
    };
    let page = ProductPage {
        parts,
        described,
        image: asked.image.filter(|at| *at < images.len()).unwrap_or(0),
        images,
        crumbs,
        brand: product.brand_id.map(|brand| catalog::brand(conn, brand)).transpose()?,
        specification: catalog::specification(conn, &product)?,
        accessories,
        together,
        related,
        tax_note: terms.tax_note(),
        shell,
        quantity: "1".to_owned(),
        problems: Problems::default(),
        store,
        product,
        choice,
        chosen,
        price,
        breaks,
    };
    Ok((page, shown))
}

/// Accessories, what is bought with it, and related products: read all at once.
fn beside(conn: &mut Conn, terms: &Terms, product: ProductId, shown: &mut Shown) -> Result<[Vec<Tile>; 3]> {
    let Beside { accessories, mut together, related } = catalog::beside(conn, product)?;
    together.truncate(TOGETHER);
    let ids = [accessories.as_slice(), &together, &related].concat();
    if ids.is_empty() {
        return Ok([vec![], vec![], vec![]]);
    }
    // Also those that are not sold just now, and may be again.
    ids.iter().for_each(|id| shown.product(*id));
    let cards = catalog::cards_in_order(conn, &ids)?;
    let order: Vec<ProductId> = cards.iter().map(|card| card.id).collect();
    let mut tiles: Vec<_> = order.into_iter().zip(tiles(conn, terms, cards, shown)?).collect();
    let mut section = |of: &[ProductId]| {
        let (these, others) = std::mem::take(&mut tiles).into_iter().partition(|(id, _)| of.contains(id));
        tiles = others;
        let these: Vec<(ProductId, Tile)> = these;
        these.into_iter().map(|(_, tile)| tile).collect::<Vec<_>>()
    };
    Ok([section(&accessories), section(&together), section(&related)])
}

/// Products that are often bought with one, on its page.
const TOGETHER: usize = 4;

/// What one unit costs, and from a quantity on.
type Prices = (Option<ShownPrice>, Vec<(i32, Money)>);

/// The price of the chosen variant with what more of it cost, or the lowest of all while none is chosen.
fn prices(conn: &mut Conn, terms: &Terms, product: ProductId, chosen: Option<&Variant>, shown: &mut Shown) -> Result<Prices> {
    if let Some(Variant { id, tax_class, .. }) = chosen {
        let book = pricing::book(conn, terms.currency, &[*id])?;
        shown.prices(&book);
        return Ok((terms.unit(&book, *id, tax_class), terms.breaks(&book, *id, tax_class)));
    }
    let all = catalog::priced_of(conn, &[product])?;
    let book = pricing::book(conn, terms.currency, &all.iter().map(|(_, variant, _)| *variant).collect::<Vec<_>>())?;
    shown.prices(&book);
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
