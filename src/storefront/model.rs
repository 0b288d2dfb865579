use std::collections::HashMap;

use crate::{
    accounts,
    base::{AccountId, Conn, Currency, GroupId, Money, Page, ProductId, Result, VariantId},
    catalog::{self, Card, Category, CategoryTree},
    inventory,
    media::Picture,
    pricing::{self, PriceBook, UnitPrice},
    web::Shell,
};

/// Whoever looks at prices, as the page's shell knows them.
pub struct Looker {
    currency: String,
    account: Option<AccountId>,
}

impl Looker {
    pub fn of(shell: &Shell) -> Self {
        Self { currency: shell.currency.clone(), account: shell.account.as_ref().map(|account| account.id) }
    }

    /// What the prices that are shown to them depend on.
    pub fn terms(&self, conn: &mut Conn) -> Result<Terms> {
        let currency = pricing::currency_of(conn, Some(&self.currency))?;
        Ok(Terms { currency, group: accounts::buyer(conn, self.account)?.group })
    }
}

/// In which currency and for which group prices are shown.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub currency: Currency,
    pub group: Option<GroupId>,
}

impl Terms {
    pub fn money(self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// The price of one unit now.
    pub fn unit(self, book: &PriceBook, variant: VariantId) -> Option<UnitPrice> {
        book.unit(variant, 1, self.group, book.at)
    }

    /// The lowest of these variants' prices, and whether another is higher.
    pub fn lowest(self, book: &PriceBook, variants: impl Iterator<Item = VariantId>) -> Option<(UnitPrice, bool)> {
        let units: Vec<_> = variants.filter_map(|variant| self.unit(book, variant)).collect();
        let highest = units.iter().map(|unit| unit.amount).max()?;
        let lowest = units.into_iter().min_by_key(|unit| unit.amount)?;
        let is_from = highest > lowest.amount;
        Some((lowest, is_from))
    }
}

/// A price as a page shows it.
#[derive(Clone, Debug)]
pub struct ShownPrice {
    pub amount: Money,
    pub former: Option<Money>,
    /// The lowest of the 30 days before the reduction, which the law wants beside it (directive 98/6/EC, art. 6a).
    pub lowest_30: Option<Money>,
    /// Why it is what it is, where that is worth telling.
    pub why: Option<String>,
}

impl ShownPrice {
    pub fn new(terms: Terms, unit: UnitPrice) -> Self {
        Self {
            amount: terms.money(unit.amount),
            former: unit.compare_at.map(|minor| terms.money(minor)),
            lowest_30: unit.lowest_30.map(|minor| terms.money(minor)),
            why: unit.reason.text(),
        }
    }
}

/// A product in a list, with what the shopper wants to know at a glance.
#[derive(Clone, Debug)]
pub struct Tile {
    pub url: String,
    pub title: String,
    pub picture: Option<Picture>,
    /// `None`: not sold in the currency that was chosen.
    pub price: Option<ShownPrice>,
    /// Its variants have different prices, and `price` is the lowest.
    pub is_from: bool,
    pub in_stock: bool,
}

/// The tiles of these cards, with their stock and what they cost now.
pub fn tiles(conn: &mut Conn, terms: Terms, cards: Vec<Card>) -> Result<Vec<Tile>> {
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let available = inventory::available(conn, &ids)?;
    let variants = catalog::variant_ids_of(conn, &ids)?;
    let book = pricing::book(conn, terms.currency, &variants.iter().map(|(_, variant)| *variant).collect::<Vec<_>>())?;
    let tile = |card: Card| {
        let of_card = variants.iter().filter(|(product, _)| *product == card.id).map(|(_, variant)| *variant);
        let lowest = terms.lowest(&book, of_card);
        tile(terms, card, lowest, &available)
    };
    Ok(cards.into_iter().map(tile).collect())
}

/// The same for a page of them.
pub fn tile_page(conn: &mut Conn, terms: Terms, page: Page<Card>) -> Result<Page<Tile>> {
    let (cards, rest) = page.split();
    Ok(rest.with(tiles(conn, terms, cards)?))
}

fn tile(terms: Terms, card: Card, lowest: Option<(UnitPrice, bool)>, available: &HashMap<ProductId, bool>) -> Tile {
    let is_from = lowest.as_ref().is_some_and(|(_, is_from)| *is_from);
    Tile {
        url: format!("/products/{}", card.slug),
        price: lowest.map(|(unit, _)| ShownPrice::new(terms, unit)),
        is_from,
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
