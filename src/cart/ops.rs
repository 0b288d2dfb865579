mod again;
mod draft;

pub use again::put_again;
pub use draft::draft;

use std::collections::HashMap;

use super::{
    model::{CartView, Terms},
    rules::{self, MOST},
    store::{self, LineRow, Owner},
};
use crate::{
    accounts,
    base::{AccountId, CartId, Conn, Currency, Error, Moment, Result, VariantId},
    catalog,
    inventory::{self, Stock},
    limits::Knock,
    pricing, promotions,
    quote::{self, Basket, Facts, Request, RequestLine},
    settings,
};

/// Codes that one cart takes.
const MOST_COUPONS: usize = 5;

/// What is known of a visitor whose cart is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    pub session: Option<CartId>,
    pub account: Option<AccountId>,
    /// Code of the currency that was chosen.
    pub currency: Option<&'a str>,
}

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

/// The same at the prices of the currency that the visitor chose.
pub fn current_in(conn: &mut Conn, session: Option<CartId>, account: Option<AccountId>, choice: Option<&str>) -> Result<Option<CartId>> {
    let cart = current(conn, session, account)?;
    if let Some(cart) = cart {
        choose_currency(conn, cart, choice)?;
    }
    Ok(cart)
}

fn choose_currency(conn: &mut Conn, cart: CartId, choice: Option<&str>) -> Result<()> {
    let chosen = pricing::currency_of(conn, choice)?;
    let own = settings::store(conn)?.currency;
    set_currency(conn, cart, Some(chosen).filter(|chosen| *chosen != own))
}

/// Adds units to the visitor's cart, which is made when there is none.
///
/// # Errors
/// `Invalid` on `quantity` when there are not so many, or the variant is not sold.
pub fn add(conn: &mut Conn, visitor: Whose<'_>, variant: VariantId, quantity: i32) -> Result<CartId> {
    let cart = open(conn, visitor)?;
    let wanted = store::quantity(conn, cart, variant)?.saturating_add(quantity);
    put(conn, cart, variant, wanted)?;
    Ok(cart)
}

/// The visitor's cart, which is made when there is none, at the prices of the currency that they chose.
fn open(conn: &mut Conn, visitor: Whose<'_>) -> Result<CartId> {
    let Whose { session, account, currency } = visitor;
    let cart = match current(conn, session, account)? {
        Some(cart) => cart,
        None => store::create(conn, account)?,
    };
    // An order may just be placed from it.
    let cart = if store::lock_open(conn, cart)? { cart } else { store::create(conn, account)? };
    choose_currency(conn, cart, currency)?;
    Ok(cart)
}

/// Changes how many; 0 takes the line out.
///
/// # Errors
/// As for `add`.
pub fn set_quantity(conn: &mut Conn, cart: CartId, variant: VariantId, quantity: i32) -> Result<()> {
    inventory::let_go(conn, cart)?;
    if quantity == 0 { store::remove(conn, cart, variant) } else { put(conn, cart, variant, quantity) }
}

pub fn remove(conn: &mut Conn, cart: CartId, variant: VariantId) -> Result<()> {
    inventory::let_go(conn, cart)?;
    store::remove(conn, cart, variant)
}

fn put(conn: &mut Conn, cart: CartId, variant: VariantId, quantity: i32) -> Result<()> {
    let refuse = |message: String| Err(Error::invalid("quantity", message));
    let item = catalog::for_sale(conn, &[variant])?.pop().filter(|item| item.is_sold);
    let Some(item) = item else { return refuse("This is not sold any more.".to_owned()) };
    if quantity > MOST {
        return refuse(format!("The cart takes {MOST} of a kind at most. Ask us about larger quantities."));
    }
    let stock = inventory::stock_for(conn, Some(cart), &[variant])?.get(&variant).cloned();
    if let Some(stock) = stock
        && let Some(words) = rules::refusal(&item.title, &stock, quantity)
    {
        return refuse(words);
    }
    let request = request(conn, cart, &Terms::default(), vec![RequestLine { variant, quantity, agreed: None }])?;
    match quote::quote(conn, &request)?.lines.first() {
        Some(line) => store::put(conn, cart, variant, quantity, line.entered),
        None => refuse(format!("{} is not sold in {}.", item.title, request.currency.code())),
    }
}

/// The cart at today's prices and stock, on these terms.
///
/// # Errors
/// `NotFound` when there is no such cart.
pub fn view(conn: &mut Conn, cart: CartId, terms: &Terms) -> Result<CartView> {
    let moment = Moment::of(conn)?;
    views(conn, &moment, &[(cart, terms)])?.pop().ok_or(Error::NotFound)
}

/// The same of several carts, in their order.
pub fn views(conn: &mut Conn, moment: &Moment, wanted: &[(CartId, &Terms)]) -> Result<Vec<CartView>> {
    let carts: Vec<CartId> = wanted.iter().map(|(cart, _)| *cart).collect();
    let mut found = store::contents(conn, &carts)?;
    let contents = carts.iter().map(|cart| found.remove(cart).ok_or(Error::NotFound)).collect::<Result<Vec<_>>>()?;
    let (owners, rows): (Vec<Owner>, Vec<Vec<LineRow>>) = contents.into_iter().unzip();
    let asked = wanted.iter().zip(owners).zip(&rows).map(|(((_, terms), owner), rows)| {
        (owner, *terms, rows.iter().map(|row| RequestLine { variant: row.variant_id, quantity: row.quantity, agreed: None }).collect())
    });
    let requests = requests(conn, asked.collect())?;
    let priced = quote::facts_all(conn, moment, &requests)?;
    let held: Vec<_> = carts.iter().zip(&rows).flat_map(|(cart, rows)| rows.iter().map(|row| (*cart, row.variant_id))).collect();
    let stocks = inventory::stock_for_each(conn, &held)?;
    let views = carts.into_iter().zip(&rows).zip(&priced);
    Ok(views.map(|((cart, rows), (basket, facts))| shown(cart, rows, basket, facts, &stocks)).collect())
}

fn shown(cart: CartId, rows: &[LineRow], basket: &Basket, facts: &Facts, stocks: &HashMap<(CartId, VariantId), Stock>) -> CartView {
    let quote = quote::price(basket, facts);
    let lines = basket.lines.iter().zip(rows.iter().filter(|row| basket.has(row.variant_id))).map(|(asked, row)| {
        let stock = stocks.get(&(cart, row.variant_id)).copied().unwrap_or(Stock::none(row.variant_id));
        rules::line(&quote, asked, &stock, row.seen_price)
    });
    let gifts = quote.lines.iter().filter(|line| line.is_gift).map(|line| rules::shown(&quote, line, None));
    CartView { id: cart, lines: lines.chain(gifts).collect(), coupons: quote.coupons.clone(), quote }
}

/// One cart's request for these lines.
fn request(conn: &mut Conn, cart: CartId, terms: &Terms, lines: Vec<RequestLine>) -> Result<Request> {
    let owner = store::owner(conn, cart)?;
    requests(conn, vec![(owner, terms, lines)])?.pop().ok_or(Error::NotFound)
}

fn requests(conn: &mut Conn, asked: Vec<(Owner, &Terms, Vec<RequestLine>)>) -> Result<Vec<Request>> {
    let accounts: Vec<AccountId> = asked.iter().filter_map(|(owner, ..)| owner.account).collect();
    let buyers = accounts::buyers(conn, &accounts)?;
    let request = |(Owner { account, coupons, currency }, terms, lines): (Owner, &Terms, Vec<RequestLine>)| Request {
        lines,
        place: terms.place.clone(),
        buyer: account.and_then(|account| buyers.get(&account)).cloned().unwrap_or_default(),
        email: terms.email.clone(),
        vat_number: terms.vat_number.clone(),
        coupons: coupons.0,
        method: terms.method,
        currency,
        fees: terms.fees.clone(),
    };
    Ok(asked.into_iter().map(request).collect())
}

/// The shopper has seen today's prices and goes on with them.
pub fn accept_prices(conn: &mut Conn, cart: CartId) -> Result<()> {
    let quote = view(conn, cart, &Terms::default())?.quote;
    // A gift may be of the same kind as what is bought, and must not pass for its price.
    let seen: Vec<_> = quote.lines.iter().filter(|line| !line.is_gift).map(|line| (line.item.variant.id, line.entered)).collect();
    store::see_prices(conn, cart, &seen)
}

/// Takes a coupon's code in. `knock`: the try as it was counted, against guessing.
///
/// # Errors
/// `Invalid` on `coupon` with generic words for whatever is no code of ours.
pub fn add_coupon(conn: &mut Conn, cart: CartId, code: &str, knock: &Knock) -> Result<Result<()>> {
    let code = match promotions::check_code(conn, code, knock)? {
        Ok(code) => code.0,
        Err(words) => return Ok(Err(Error::invalid("coupon", words))),
    };
    let mut coupons = store::owner(conn, cart)?.coupons.0;
    if coupons.len() >= MOST_COUPONS && !coupons.contains(&code) {
        return Ok(Err(Error::invalid("coupon", format!("A cart takes {MOST_COUPONS} codes at most. Remove one first."))));
    }
    if !coupons.contains(&code) {
        coupons.push(code);
        store::set_coupons(conn, cart, coupons)?;
    }
    Ok(Ok(()))
}

pub fn remove_coupon(conn: &mut Conn, cart: CartId, code: &str) -> Result<()> {
    let kept = store::owner(conn, cart)?.coupons.0.into_iter().filter(|known| known != code).collect();
    store::set_coupons(conn, cart, kept)
}

/// Prices are in this currency from now on; `None`: the shop's own. Those that the shopper saw before mean nothing any more.
fn set_currency(conn: &mut Conn, cart: CartId, currency: Option<Currency>) -> Result<()> {
    if store::set_currency(conn, cart, currency)? { accept_prices(conn, cart) } else { Ok(()) }
}

/// Orders were placed from these: they are not changed any more.
pub fn close_all(conn: &mut Conn, carts: &[CartId]) -> Result<()> {
    store::mark_ordered(conn, carts)
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
