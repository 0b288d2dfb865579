mod lists;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::model::{Department, Looker, ShownPrice, TaxNote, Terms, Tile, place_of, tiles};
use crate::{
    base::{Conn, Error, Money, PageRequest, Problems, Result, VariantId},
    catalog::{self, Category, CategoryTree, Choice, Product, ProductImage, Scope, Sort, Status, Variant},
    inventory::{self, Availability, Stock},
    pricing::{self, PriceBook},
    settings::{self, Store},
    web::{App, Shell, html},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/categories/{slug}", web::get().to(lists::category))
        .route("/products/{slug}", web::get().to(product))
        .route("/search", web::get().to(lists::results))
        .route("/search/suggestions", web::get().to(lists::suggestions));
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
    for CategoryTree { category, .. } in catalog::category_tree(conn)? {
        let first = catalog::cards(conn, Scope::Category(category.id), Sort::Dearest, PageRequest::new(None, 1))?;
        let picture = first.items.into_iter().next().and_then(|card| card.picture);
        departments.push(Department { category, picture });
    }
    Ok(departments)
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

async fn product(mut shell: Shell, slug: web::Path<String>, query: web::Query<ProductQuery>, app: App) -> Result<HttpResponse> {
    let ProductQuery { o1, o2, o3, image, quantity } = query.into_inner();
    let problems = if quantity.is_some() { shell.take_problem("quantity") } else { Problems::default() };
    let quantity = quantity.unwrap_or_else(|| "1".to_owned());
    let (asked, looker) = ([o1, o2, o3], Looker::of(&shell));
    let parts = app.db.read(move |conn| load(conn, &looker, &slug, &asked)).await?;
    let Parts { store, product, images, choice, chosen, crumbs, related, price, breaks, tax_note } = parts;
    let image = image.filter(|at| *at < images.len()).unwrap_or(0);
    html(&ProductPage {
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
        quantity,
        problems,
    })
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
    Ok(Parts {
        images: catalog::images_of(conn, product.id)?,
        crumbs: crumbs(conn, &product)?,
        related: tiles(conn, &terms, cards)?,
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
