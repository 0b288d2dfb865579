mod choosing;
mod prices;
mod shown;
pub mod things;

use std::collections::HashMap;

use crate::{
    base::{Conn, Page, ProductId, Result},
    catalog::{self, Card, Category},
    inventory,
    media::Picture,
    pricing,
};

pub use choosing::{Choosing, choosing};
pub use prices::{Looker, ShownPrice, TaxNote, Terms};
pub use shown::Shown;

/// A product in a list, with what the shopper wants to know at a glance.
#[derive(Clone, Debug)]
pub struct Tile {
    pub url: String,
    pub title: String,
    /// The title in pieces, of which those that are `true` fit what was looked for; empty where nothing was.
    pub pieces: Vec<(String, bool)>,
    pub picture: Option<Picture>,
    /// `None`: not sold in the currency that was chosen.
    pub price: Option<ShownPrice>,
    /// Its variants have different prices, and `price` is the lowest.
    pub is_from: bool,
    pub in_stock: bool,
}

/// The tiles of these cards, with their stock and what they cost now.
pub fn tiles(conn: &mut Conn, terms: &Terms, cards: Vec<Card>, shown: &mut Shown) -> Result<Vec<Tile>> {
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let available = inventory::available(conn, &ids)?;
    let variants = catalog::priced_of(conn, &ids)?;
    let book = pricing::book(conn, terms.currency, &variants.iter().map(|(_, variant, _)| *variant).collect::<Vec<_>>())?;
    shown.prices(&book);
    ids.iter().for_each(|id| shown.product(*id));
    let tile = |card: Card| {
        let of_card = variants.iter().filter(|(product, ..)| *product == card.id).map(|(_, variant, class)| (*variant, class.as_str()));
        let lowest = terms.lowest(&book, of_card);
        tile(card, lowest, &available)
    };
    Ok(cards.into_iter().map(tile).collect())
}

/// The same for a page of them.
pub fn tile_page(conn: &mut Conn, terms: &Terms, page: Page<Card>, shown: &mut Shown) -> Result<Page<Tile>> {
    let (cards, rest) = page.split();
    Ok(rest.with(tiles(conn, terms, cards, shown)?))
}

fn tile(card: Card, lowest: Option<(ShownPrice, bool)>, available: &HashMap<ProductId, bool>) -> Tile {
    let is_from = lowest.as_ref().is_some_and(|(_, is_from)| *is_from);
    Tile {
        url: format!("/products/{}", card.slug),
        price: lowest.map(|(price, _)| price),
        is_from,
        in_stock: available.get(&card.id).copied().unwrap_or(false),
        title: card.title,
        pieces: vec![],
        picture: card.picture,
    }
}

/// A department on the home page, with the picture of one of its products.
pub struct Department {
    pub category: Category,
    pub picture: Option<Picture>,
}

/// A category in the one that is shown, with its picture or that of one of its products.
pub struct Subcategory {
    pub category: Category,
    pub picture: Option<Picture>,
}

impl Subcategory {
    pub fn of(conn: &mut Conn, category: &Category) -> Result<Vec<Self>> {
        let below = catalog::category_children(conn, category.id)?;
        let with = |(category, media): (Category, Option<_>)| Self { picture: media.map(|media| Picture::of(media, "")), category };
        Ok(below.into_iter().map(with).collect())
    }
}
