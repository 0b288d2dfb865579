mod choosing;
mod shown;
pub mod things;

use std::collections::HashSet;

use crate::{
    base::{Conn, Page, ProductId, Result},
    catalog::{self, Card, Category, Rating},
    inventory,
    media::Picture,
    pricing::PriceBook,
};

pub use crate::quote::{Looker, ShownPrice, TaxNote, Terms};
pub use choosing::{Choosing, choosing};
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
    /// `None`: nobody has reviewed it.
    pub rating: Option<Rating>,
}

/// The tiles of these cards, with their stock and what they cost now.
pub fn tiles(conn: &mut Conn, terms: &Terms, cards: Vec<Card>, shown: &mut Shown) -> Result<Vec<Tile>> {
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let available = inventory::available(conn, &ids)?;
    let book = terms.book(conn, &cards.iter().flat_map(|card| &card.priced).collect::<Vec<_>>())?;
    shown.prices(&book);
    ids.iter().for_each(|id| shown.product(*id));
    Ok(cards.into_iter().map(|card| tile(card, terms, &book, &available)).collect())
}

/// The same for a page of them.
pub fn tile_page(conn: &mut Conn, terms: &Terms, page: Page<Card>, shown: &mut Shown) -> Result<Page<Tile>> {
    let (cards, rest) = page.split();
    Ok(rest.with(tiles(conn, terms, cards, shown)?))
}

/// One of them, where stock and prices have been read.
pub fn tile(card: Card, terms: &Terms, book: &PriceBook, available: &HashSet<ProductId>) -> Tile {
    let lowest = terms.lowest(book, &card.priced);
    Tile {
        url: format!("/products/{}", card.slug),
        is_from: lowest.as_ref().is_some_and(|(_, is_from)| *is_from),
        price: lowest.map(|(price, _)| price),
        in_stock: available.contains(&card.id),
        title: card.title,
        pieces: vec![],
        picture: card.picture,
        rating: card.rating,
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
