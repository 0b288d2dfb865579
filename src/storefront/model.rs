use std::collections::HashMap;

use crate::{
    base::{Conn, Money, Page, ProductId, Result},
    catalog::{Card, Category, CategoryTree},
    inventory,
    media::Picture,
    settings::Store,
};

/// A product in a list, with what the shopper wants to know at a glance.
#[derive(Clone, Debug)]
pub struct Tile {
    pub url: String,
    pub title: String,
    pub picture: Option<Picture>,
    pub price: Money,
    /// Its variants have different prices, and `price` is the lowest.
    pub is_from: bool,
    pub former_price: Option<Money>,
    pub in_stock: bool,
}

/// The tiles of these cards, with their stock.
pub fn tiles(conn: &mut Conn, store: &Store, cards: Vec<Card>) -> Result<Vec<Tile>> {
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let available = inventory::available(conn, &ids)?;
    Ok(cards.into_iter().map(|card| tile(store, card, &available)).collect())
}

/// The same for a page of them.
pub fn tile_page(conn: &mut Conn, store: &Store, page: Page<Card>) -> Result<Page<Tile>> {
    let (cards, rest) = page.split();
    Ok(rest.with(tiles(conn, store, cards)?))
}

fn tile(store: &Store, card: Card, available: &HashMap<ProductId, bool>) -> Tile {
    Tile {
        url: format!("/products/{}", card.slug),
        price: store.money(card.lowest),
        is_from: card.highest > card.lowest,
        former_price: card.compare_at.map(|minor| store.money(minor)),
        in_stock: available.get(&card.id).copied().unwrap_or(false),
        title: card.title,
        picture: card.picture,
    }
}

/// A department on the home page, with the picture of one of its products.
pub struct Department {
    pub category: Category,
    pub picture: Option<Picture>,
}

/// Where a category stands: its department and its neighbours.
pub fn place_of<'a>(tree: &'a [CategoryTree], category: &Category) -> Option<&'a CategoryTree> {
    let top = category.parent_id.unwrap_or(category.id);
    tree.iter().find(|branch| branch.category.id == top)
}
