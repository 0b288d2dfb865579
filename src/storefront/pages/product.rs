//! A product's page. How it is made when nothing is kept of it, and what that costs, stands in docs/bench.md.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::gone;
use crate::{
    base::{Conn, Error, Money, Problems, Result, VariantId},
    catalog::{
        self, BrandName, BundlePart, Card, Category, Choice, Priced, Product, ProductImage, Rating, Said, Sheet, Specification, Variant,
    },
    inventory::{self, Availability, Look, Stock},
    reviews::{self, Review},
    settings::{self, Store},
    storefront::model::{Choosing, Looker, Shown, ShownPrice, TaxNote, Tile, choosing, things, tile},
    web::{App, Ask, Described, Shell, html},
};

#[derive(Deserialize)]
pub struct ProductQuery {
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
    store: Arc<Store>,
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
    brand: Option<BrandName>,
    specification: Vec<Specification>,
    /// `None`: nobody has reviewed it.
    rating: Option<Rating>,
    /// The newest of what buyers say.
    reviews: Vec<Review>,
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

/// Reviews on the product's own page; the others stand on theirs.
const REVIEWS: i64 = 5;

pub async fn show(ask: Ask, slug: web::Path<String>, query: web::Query<ProductQuery>, app: App) -> Result<HttpResponse> {
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
    let mut shown = Shown::begin();
    let sheet = catalog::sheet(conn, slug)?.filter(|sheet| sheet.is_shown).ok_or(Error::NotFound)?;
    let terms = Looker::of(&shell).terms_at(conn, sheet.moment)?;
    let store = settings::store_under(conn, sheet.moment.edition)?;
    tag(&sheet, &mut shown);
    let cards = catalog::cards_in_order(conn, &sheet.beside.all())?;
    let look = look(conn, &sheet, &cards)?;
    let Choosing { choice, chosen } = choosing(conn, &sheet, &look, &[asked.o1, asked.o2, asked.o3])?.ok_or(Error::NotFound)?;
    let own = own_prices(conn, &sheet, chosen.as_ref().map(|(variant, _)| variant))?;
    let book = terms.book(conn, &own.iter().chain(cards.iter().flat_map(|card| &card.priced)).collect::<Vec<_>>())?;
    shown.prices(&book);
    let price = match &chosen {
        Some((variant, _)) => terms.unit(&book, variant.id, &variant.tax_class),
        None => terms.lowest(&book, &own).map(|(price, _)| price),
    };
    let breaks = chosen.as_ref().map(|(variant, _)| terms.breaks(&book, variant.id, &variant.tax_class)).unwrap_or_default();
    let [accessories, together, related] = sections(&sheet, cards, |card| tile(card, &terms, &book, &look.available));
    // Most products have none, and cost no question for them.
    let reviews = sheet.rating.map(|_| reviews::newest(conn, sheet.product.id, REVIEWS)).transpose()?.unwrap_or_default();
    let described = described(&shell, &sheet, chosen.as_ref(), price.as_ref(), &reviews);
    let bundle = chosen.as_ref().map(|(variant, _)| variant).filter(|variant| variant.is_bundle).map(|variant| variant.id);
    let Sheet { product, images, crumbs, brand, said, rating, .. } = sheet;
    let page = ProductPage {
        parts: bundle.map(|bundle| catalog::bundle_parts(conn, &[bundle])).transpose()?.unwrap_or_default(),
        described,
        image: asked.image.filter(|at| *at < images.len()).unwrap_or(0),
        images,
        crumbs,
        brand,
        specification: said.into_iter().map(Said::in_words).collect(),
        rating,
        reviews,
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

/// What of the sheet can change, and until when by the clock it does not.
fn tag(sheet: &Sheet, shown: &mut Shown) {
    shown.product(sheet.product.id);
    shown.said_of(sheet.product.id);
    // Also those that are not sold just now, and may be again.
    sheet.beside.all().into_iter().for_each(|id| shown.product(id));
    sheet.crumbs.iter().for_each(|category| shown.category(category.id));
    sheet.product.brand_id.into_iter().for_each(|id| shown.brand(id));
    shown.turns(sheet.product.on_sale_until, sheet.moment.now);
}

/// The stock of the product's own variants, where all are at hand, and whether those beside it can be had.
fn look(conn: &mut Conn, sheet: &Sheet, cards: &[Card]) -> Result<Look> {
    let variants: Vec<_> = sheet.variants.iter().filter(|_| sheet.is_whole).map(|variant| variant.id).collect();
    let products: Vec<_> = cards.iter().map(|card| card.id).collect();
    if variants.is_empty() && products.is_empty() { Ok(Look::default()) } else { inventory::look(conn, &variants, &products) }
}

/// What is asked for the chosen variant, or for all while none is chosen.
fn own_prices(conn: &mut Conn, sheet: &Sheet, chosen: Option<&Variant>) -> Result<Vec<Priced>> {
    match chosen {
        Some(variant) => Ok(vec![Priced::from(variant)]),
        None if sheet.is_whole => Ok(sheet.priced()),
        None => catalog::priced_of(conn, sheet.product.id),
    }
}

/// Accessories, what is bought with it, and related products, each in its order.
fn sections(sheet: &Sheet, cards: Vec<Card>, tile: impl Fn(Card) -> Tile) -> [Vec<Tile>; 3] {
    let mut sections = [vec![], vec![], vec![]];
    let of = [&sheet.beside.accessories, &sheet.beside.together, &sheet.beside.related];
    for card in cards {
        if let Some(at) = of.iter().position(|ids| ids.contains(&card.id)) {
            sections[at].push(tile(card));
        }
    }
    sections
}

fn described(shell: &Shell, sheet: &Sheet, chosen: Option<&(Variant, Stock)>, price: Option<&ShownPrice>, reviews: &[Review]) -> Described {
    let Sheet { product, images, crumbs, rating, .. } = sheet;
    let summary = summary(product);
    Described::new(shell, &product.title, &summary, &product.url())
        .of_kind("product")
        .pictured(images.first().map(|image| shell.absolute(&image.picture().url(1200))))
        .with(things::rated(things::product(shell, product, &summary, images, chosen, price), rating.as_ref(), reviews))
        .with(things::breadcrumbs(shell, crumbs, (&product.title, &product.url())))
}
