use std::collections::HashMap;

use super::{
    model::{CartView, Line},
    rules::{self, MOST},
    store::{self, LineRow},
};
use crate::{
    base::{AccountId, CartId, Conn, Error, Result, VariantId},
    catalog::{self, VariantForSale},
    inventory::{self, Stock},
    settings::{self, Store},
};

/// The visitor's open cart, if any. A guest's cart is poured into the account's, or becomes it.
pub fn current(conn: &mut Conn, session: Option<CartId>, account: Option<AccountId>) -> Result<Option<CartId>> {
    let found = session.map(|id| store::find_open(conn, id)).transpose()?.flatten();
    // A cart of an account is not to be had by its id alone: an old cookie must not bring it back.
    let guest = found.filter(|cart| cart.account_id.is_none()).map(|cart| cart.id);
    let Some(account) = account else { return Ok(guest) };
    let own = store::find_of_account(conn, account)?.map(|cart| cart.id);
    // Two requests after a sign-in may both be here: the second waits, finds the guest's cart gone, and takes the account's.
    let guest = guest.map(|id| store::lock_guest(conn, id)).transpose()?.flatten();
    match (guest, own) {
        (Some(guest), Some(own)) => store::pour(conn, guest, own).map(|()| Some(own)),
        (Some(guest), None) => store::give_to(conn, guest, account).map(|()| Some(guest)),
        (None, own) => Ok(own),
    }
}

/// Adds units to the visitor's cart, which is made when there is none.
///
/// # Errors
/// `Invalid` on `quantity` when there are not so many, or the variant is not sold.
pub fn add(conn: &mut Conn, session: Option<CartId>, account: Option<AccountId>, variant: VariantId, quantity: i32) -> Result<CartId> {
    let cart = match current(conn, session, account)? {
        Some(cart) => cart,
        None => store::create(conn, account)?,
    };
    // An order may just be placed from it.
    let cart = if store::lock_open(conn, cart)? { cart } else { store::create(conn, account)? };
    let wanted = store::quantity(conn, cart, variant)?.saturating_add(quantity);
    put(conn, cart, variant, wanted)?;
    Ok(cart)
}

/// Changes how many; 0 takes the line out.
///
/// # Errors
/// As for `add`.
pub fn set_quantity(conn: &mut Conn, cart: CartId, variant: VariantId, quantity: i32) -> Result<()> {
    if quantity == 0 { store::remove(conn, cart, variant) } else { put(conn, cart, variant, quantity) }
}

pub fn remove(conn: &mut Conn, cart: CartId, variant: VariantId) -> Result<()> {
    store::remove(conn, cart, variant)
}

fn put(conn: &mut Conn, cart: CartId, variant: VariantId, quantity: i32) -> Result<()> {
    let refuse = |message: String| Err(Error::invalid("quantity", message));
    let item = catalog::for_sale(conn, &[variant])?.pop().filter(|item| item.is_sold);
    let Some(item) = item else { return refuse("This is not sold any more.".to_owned()) };
    if quantity > MOST {
        return refuse(format!("The cart takes {MOST} of a kind at most. Ask us about larger quantities."));
    }
    let stock = inventory::stock_of(conn, &[variant])?.get(&variant).copied();
    match stock.and_then(|stock| stock.available()) {
        Some(left) if left <= 0 => refuse(format!("{} is sold out.", item.title)),
        Some(left) if left < quantity => refuse(format!("Only {left} of {} are left, so your cart can't hold {quantity}.", item.title)),
        _ => store::put(conn, cart, variant, quantity, item.variant.price),
    }
}

/// The cart at today's prices and stock.
pub fn view(conn: &mut Conn, cart: CartId) -> Result<CartView> {
    let store = settings::store(conn)?;
    let rows = store::lines(conn, cart)?;
    let ids: Vec<_> = rows.iter().map(|row| row.variant_id).collect();
    let items: HashMap<_, _> = catalog::for_sale(conn, &ids)?.into_iter().map(|item| (item.variant.id, item)).collect();
    let stock = inventory::stock_of(conn, &ids)?;
    let of_row = |row: &LineRow| {
        let item = items.get(&row.variant_id)?.clone();
        let stock = stock.get(&row.variant_id).copied().unwrap_or(Stock::none(row.variant_id));
        Some(line(&store, item, stock, *row))
    };
    let lines: Vec<Line> = rows.iter().filter_map(of_row).collect();
    let total = store.money(lines.iter().map(|line| line.total.minor).sum());
    Ok(CartView { id: cart, lines, total })
}

fn line(store: &Store, item: VariantForSale, stock: Stock, row: LineRow) -> Line {
    let unit_price = store.money(item.variant.price);
    let notice = rules::notice(item.is_sold, stock, row.quantity, store.money(row.seen_price), unit_price);
    Line { quantity: row.quantity, total: store.money(unit_price.minor * i64::from(row.quantity)), unit_price, notice, item }
}

/// The shopper has seen today's prices and goes on with them.
pub fn accept_prices(conn: &mut Conn, cart: CartId) -> Result<()> {
    store::see_prices(conn, cart)
}

/// An order was placed from it: it is not changed any more.
pub fn close(conn: &mut Conn, cart: CartId) -> Result<()> {
    store::mark_ordered(conn, cart)
}

/// Puts what is in another cart into the visitor's own, which is made when there is none, and tells which that is. Of what is in
/// both the larger quantity stays, so that doing it twice changes nothing. The cart's page tells what is not to be had any more.
pub fn restore(conn: &mut Conn, from: CartId, session: Option<CartId>, account: Option<AccountId>) -> Result<CartId> {
    let mut own = current(conn, session, account)?;
    if let Some(cart) = own
        && !store::lock_open(conn, cart)?
    {
        own = None;
    }
    let cart = own.map_or_else(|| store::create(conn, account), Ok)?;
    for line in store::lines(conn, from)? {
        if store::quantity(conn, cart, line.variant_id)? < line.quantity {
            store::put(conn, cart, line.variant_id, line.quantity, line.seen_price)?;
        }
    }
    Ok(cart)
}
