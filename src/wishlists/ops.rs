use std::collections::HashMap;

use super::{
    model::{Item, Put, Shared, Wished, Wishlist},
    store,
};
use crate::{
    base::{
        AccountId, CartId, Conn, Error, Keys, Page, PageRequest, ProductId, Result, VariantId, WishlistId, WishlistItemId, db_now,
        sha256_hex,
    },
    cart::{self, Whose},
    catalog::{self, Card, Priced, Product, VariantForSale},
    inventory,
    quote::{ShownPrice, Terms},
};

/// What the list is called that is made by putting something on it.
const FIRST: &str = "Wishlist";

/// Makes a list; the first one is that on which things are put by default.
///
/// # Errors
/// `Invalid` on `name` when there is one of this name, or there are too many.
pub fn make(conn: &mut Conn, account: AccountId, name: &str) -> Result<Wishlist> {
    store::hold(conn, account)?;
    let is_first = store::default_of(conn, account)?.is_none();
    store::insert(conn, account, name, is_first)
}

/// # Errors
/// `Invalid` on `name` when there is another of this name; `NotFound` for another's.
pub fn edit(conn: &mut Conn, account: AccountId, id: WishlistId, name: &str, is_default: bool) -> Result<()> {
    store::hold(conn, account)?;
    let list = store::find(conn, id, account)?;
    store::rename(conn, list.id, name)?;
    // Another becomes it by being said to be; none stops being it.
    if is_default && !list.is_default { store::set_default(conn, list.id, account) } else { Ok(()) }
}

/// # Errors
/// `NotFound` for another's.
pub fn delete(conn: &mut Conn, account: AccountId, id: WishlistId) -> Result<()> {
    store::hold(conn, account)?;
    let list = store::find(conn, id, account)?;
    store::delete(conn, list.id)?;
    match store::oldest(conn, account)? {
        Some(oldest) if list.is_default => store::set_default(conn, oldest, account),
        _ => Ok(()),
    }
}

/// Puts a product on a list. `list`: `None` for the default one, which is made when there is none.
///
/// # Errors
/// `Invalid` on `list` when it is full; `NotFound` for what the shop does not show, or another's list.
pub fn put(conn: &mut Conn, account: AccountId, list: Option<WishlistId>, product: ProductId, variant: Option<VariantId>) -> Result<Put> {
    let (product, variant) = choice(conn, product, variant)?;
    let list = match list {
        Some(id) => store::find(conn, id, account)?,
        None => first(conn, account)?,
    };
    let chosen = variant.as_ref().map(|variant| variant.variant.id);
    let is_new = store::put(conn, list.id, product.id, chosen)?;
    let back = back_to(&product, variant.as_ref());
    Ok(Put { list, title: product.title, is_new, back })
}

/// The product, and what was chosen of it where there is something to choose.
///
/// # Errors
/// `NotFound` for what the shop does not show, and for a variant of another product.
pub fn choice(conn: &mut Conn, product: ProductId, variant: Option<VariantId>) -> Result<(Product, Option<VariantForSale>)> {
    let (product, now) = (catalog::product(conn, product)?, db_now(conn)?);
    if !product.is_shown(now) {
        return Err(Error::NotFound);
    }
    let Some(variant) = variant.filter(|_| !product.option_names.is_empty()) else { return Ok((product, None)) };
    let item = catalog::for_sale(conn, &[variant])?.pop().filter(|item| item.variant.product_id == product.id).ok_or(Error::NotFound)?;
    Ok((product, Some(item)))
}

fn back_to(product: &Product, chosen: Option<&VariantForSale>) -> String {
    let values = chosen.iter().flat_map(|item| item.variant.option_values.iter().enumerate());
    let pairs: Vec<_> = values.map(|(at, value)| (format!("o{}", at + 1), value)).collect();
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    if query.is_empty() { product.url() } else { format!("{}?{query}", product.url()) }
}

fn first(conn: &mut Conn, account: AccountId) -> Result<Wishlist> {
    if let Some(list) = store::default_of(conn, account)? {
        return Ok(list);
    }
    store::hold(conn, account)?;
    match store::default_of(conn, account)? {
        Some(list) => Ok(list),
        None => store::insert(conn, account, FIRST, true),
    }
}

/// A page of a list, each thing as it is today on these terms.
pub fn look(conn: &mut Conn, list: WishlistId, terms: &Terms, page: PageRequest) -> Result<Page<Wished>> {
    let (items, rest) = store::items(conn, list, page)?.split();
    let of_products: Vec<ProductId> = items.iter().filter(|item| item.variant_id.is_none()).map(|item| item.product_id).collect();
    let of_variants: Vec<VariantId> = items.iter().filter_map(|item| item.variant_id).collect();
    let cards: HashMap<_, _> = catalog::cards_in_order(conn, &of_products)?.into_iter().map(|card| (card.id, card)).collect();
    let variants: HashMap<_, _> = catalog::for_sale(conn, &of_variants)?.into_iter().map(|item| (item.variant.id, item)).collect();
    let (available, stock) = (inventory::available(conn, &of_products)?, inventory::stock_of(conn, &of_variants)?);
    let own: Vec<Priced> = variants.values().map(|item| Priced::from(&item.variant)).collect();
    let book = terms.book(conn, &own.iter().chain(cards.values().flat_map(|card| &card.priced)).collect::<Vec<_>>())?;
    let wished = items.into_iter().map(|item| match item.variant_id {
        Some(id) => {
            let sold = variants.get(&id);
            let price = sold.filter(|sold| sold.is_sold).and_then(|sold| terms.unit(&book, id, &sold.variant.tax_class));
            of_variant(item, id, sold, price, stock.get(&id).is_some_and(|stock| stock.covers(1)))
        }
        None => {
            let card = cards.get(&item.product_id);
            let price = card.and_then(|card| terms.lowest(&book, &card.priced));
            let in_stock = available.contains(&item.product_id);
            of_product(item, card, price, in_stock)
        }
    });
    Ok(rest.with(wished.collect()))
}

fn of_variant(item: Item, id: VariantId, sold: Option<&VariantForSale>, price: Option<ShownPrice>, in_stock: bool) -> Wished {
    let is_sold = sold.is_some_and(|sold| sold.is_sold);
    let to_buy = Some(id).filter(|_| is_sold && in_stock && price.is_some());
    Wished { picture: sold.and_then(|sold| sold.picture.clone()), price, is_from: false, is_sold, in_stock, to_buy, item }
}

fn of_product(item: Item, card: Option<&Card>, price: Option<(ShownPrice, bool)>, in_stock: bool) -> Wished {
    let is_from = price.as_ref().is_some_and(|(_, is_from)| *is_from);
    // Where there is nothing to choose there is one variant.
    let sole = card.filter(|_| !item.is_open()).and_then(|card| card.priced.first()).map(|priced| priced.id);
    Wished {
        picture: card.and_then(|card| card.picture.clone()),
        to_buy: sole.filter(|_| in_stock && price.is_some()),
        price: price.map(|(price, _)| price),
        is_from,
        is_sold: card.is_some(),
        in_stock,
        item,
    }
}

/// Changes what is noted beside a thing, and on which of their lists it is.
///
/// # Errors
/// `Invalid` on `list` when the other list is full, or has it already; `NotFound` for what is not theirs.
pub fn note(conn: &mut Conn, account: AccountId, id: WishlistId, item: WishlistItemId, note: &str, to: Option<WishlistId>) -> Result<()> {
    let list = store::find(conn, id, account)?;
    let item = store::lock_item(conn, list.id, item)?;
    store::set_note(conn, item.id, note)?;
    match to.filter(|to| *to != list.id) {
        Some(to) => {
            let to = store::find(conn, to, account)?;
            store::move_to(conn, item.id, to.id)
        }
        None => Ok(()),
    }
}

/// # Errors
/// `NotFound` for what is not theirs, or gone already.
pub fn remove(conn: &mut Conn, account: AccountId, id: WishlistId, item: WishlistItemId) -> Result<()> {
    let list = store::find(conn, id, account)?;
    if store::remove(conn, list.id, item)? { Ok(()) } else { Err(Error::NotFound) }
}

/// Moves one unit from the list to the owner's cart.
///
/// # Errors
/// `Invalid` on `quantity` when it can't be had, or has to be chosen first; then it stays on the list. `NotFound` for what is not
/// theirs, or moved already.
pub fn to_cart(conn: &mut Conn, account: AccountId, id: WishlistId, item: WishlistItemId, whose: Whose<'_>) -> Result<CartId> {
    let list = store::find(conn, id, account)?;
    let item = store::lock_item(conn, list.id, item)?;
    let variant = match item.variant_id {
        Some(variant) => variant,
        None if item.is_open() => return Err(Error::invalid("quantity", format!("Choose which {} on its page first.", item.title))),
        None => {
            let gone = || Error::invalid("quantity", format!("{} is not sold any more.", item.title));
            catalog::priced_of(conn, item.product_id)?.first().ok_or_else(gone)?.id
        }
    };
    let cart = cart::add(conn, whose, variant, 1)?;
    store::remove(conn, list.id, item.id)?;
    Ok(cart)
}

/// Opens the list to whoever has its link. One that is open keeps its link.
///
/// # Errors
/// `NotFound` for another's.
pub fn share(conn: &mut Conn, keys: &Keys, account: AccountId, id: WishlistId, shows_owner: bool) -> Result<()> {
    store::hold(conn, account)?;
    let list = store::find(conn, id, account)?;
    if token(keys, &list).is_some() {
        return store::set_shows_owner(conn, list.id, shows_owner);
    }
    let at = db_now(conn)?;
    let hash = sha256_hex(token_at(keys, list.id, at.timestamp_micros()).as_bytes());
    store::set_sharing(conn, list.id, Some((hash.as_str(), at)), shows_owner)
}

/// Ends the link: whoever follows it finds nothing, also once the list is shared anew.
///
/// # Errors
/// `NotFound` for another's.
pub fn end_sharing(conn: &mut Conn, account: AccountId, id: WishlistId) -> Result<()> {
    store::hold(conn, account)?;
    let list = store::find(conn, id, account)?;
    store::set_sharing(conn, list.id, None, false)
}

/// The token of the list's link, made anew from the shop's key, so that the database holds no link. `None`: it is not shared, or
/// the key that made it was replaced.
pub fn token(keys: &Keys, list: &Wishlist) -> Option<String> {
    let (at, hash) = (list.shared_at?, list.share_token_hash.as_deref()?);
    Some(token_at(keys, list.id, at.timestamp_micros())).filter(|token| sha256_hex(token.as_bytes()) == hash)
}

fn token_at(keys: &Keys, id: WishlistId, micros: i64) -> String {
    keys.sign("wishlist link", format!("{id} {micros}").as_bytes())
}

/// The list to which a link leads.
///
/// # Errors
/// `NotFound` when the link was never made, or has ended.
pub fn shared(conn: &mut Conn, token: &str) -> Result<Shared> {
    store::by_token(conn, &sha256_hex(token.as_bytes()))
}
