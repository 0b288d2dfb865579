use chrono::{DateTime, Utc};

use crate::{
    base::{AccountId, CartId, Conn, CreditId, Error, Result, ShippingMethodId, failpoint},
    cart::{self, CartView, Terms},
    checkout::{
        forms::Contact,
        model::{Bill, Checkout, Till},
        rules, store,
    },
    credit::{self, Credit},
    inventory::{self, Shortage},
    limits::Knock,
    settings::Address,
    tax::{self, VatNumber, VatStanding},
};

/// Gift cards that pay for one order at most.
const MOST_CARDS: usize = 5;

pub fn find(conn: &mut Conn, cart: CartId) -> Result<Option<Checkout>> {
    store::find(conn, cart)
}

/// Whether the VAT number may stand: asked at the register where the shop's setting says so. A register that does not answer
/// turns nobody away.
///
/// # Errors
/// `Invalid` on `vat_number` when the register knows it not.
pub async fn check_registered(till: &Till, vat_number: &str, country: &str) -> Result<VatStanding> {
    let Ok(number) = VatNumber::parse(vat_number, country) else { return Ok(VatStanding::Unchecked) };
    if !till.db.read(move |conn| Ok(tax::book(conn, None)?.settings().checks_online)).await? {
        return Ok(VatStanding::Unchecked);
    }
    match till.vat.standing(&number).await {
        VatStanding::Invalid => {
            Err(Error::invalid("vat_number", "The register knows no business with this VAT number. Check it, or leave it empty"))
        }
        standing => Ok(standing),
    }
}

/// Keeps contact and address. A delivery method that does not go there any more is forgotten.
///
/// # Errors
/// `Invalid` on `country` when nothing goes there at all.
pub fn save_contact(conn: &mut Conn, cart: CartId, contact: &Contact) -> Result<()> {
    let terms = Terms { place: Some(contact.address.place()), vat_number: contact.vat_number.clone(), ..Terms::default() };
    let quote = cart::view(conn, cart, &terms)?.quote;
    if quote.offers.is_empty() {
        let words = quote.refusal.unwrap_or_else(|| "We can't deliver what is in your cart to this country".to_owned());
        return Err(Error::invalid("country", words));
    }
    store::put_contact(conn, cart, contact)?;
    store::set_reminder_consent(conn, cart, contact.wants_reminder)?;
    if !contact.bills_elsewhere {
        store::set_billing(conn, cart, None)?;
    }
    let chosen = store::find(conn, cart)?.and_then(|checkout| checkout.shipping_method);
    let is_offered = |chosen| quote.offers.iter().any(|offer| offer.method.id == Some(chosen));
    if chosen.is_some_and(|chosen| !is_offered(chosen)) {
        store::set_method(conn, cart, None)?;
    }
    Ok(())
}

pub fn save_billing(conn: &mut Conn, cart: CartId, address: &Address) -> Result<()> {
    store::set_billing(conn, cart, Some(address))
}

/// # Errors
/// `Invalid` on `method` when it is not offered.
pub fn save_method(conn: &mut Conn, checkout: &Checkout, method: Option<ShippingMethodId>) -> Result<()> {
    let offers = cart::view(conn, checkout.cart, &checkout.terms())?.quote.offers;
    match offers.iter().find(|offer| offer.method.id == method) {
        Some(offer) => store::set_method(conn, checkout.cart, offer.method.id),
        None => Err(Error::invalid("method", "Choose how we should deliver")),
    }
}

/// What the order would cost now, and how it is paid. `None`: its delivery method is not offered any more.
pub fn bill(conn: &mut Conn, checkout: &Checkout, account: Option<AccountId>) -> Result<Option<Bill>> {
    let cart = cart::view(conn, checkout.cart, &checkout.terms())?;
    if cart.quote.delivery.is_none() {
        return Ok(None);
    }
    let (credits, store_credit) = credits(conn, checkout, &cart, account)?;
    let uses = rules::spread(cart.quote.total(), &credits);
    Ok(Some(Bill { credits: uses, store_credit, cart }))
}

/// What pays before any gateway: gift cards in the order in which they were shown, then store credit. And the store credit
/// there is, whether it is used or not.
fn credits(conn: &mut Conn, checkout: &Checkout, cart: &CartView, account: Option<AccountId>) -> Result<(Vec<Credit>, Option<Credit>)> {
    if checkout.gift_cards.is_empty() && account.is_none() {
        return Ok((vec![], None));
    }
    let (currency, now) = (cart.quote.currency, crate::base::db_now(conn)?);
    let usable = |credit: &Credit| credit.is_usable(now) && credit.currency == currency;
    let mut credits: Vec<Credit> = credit::find_all(conn, &checkout.gift_cards)?.into_iter().filter(usable).collect();
    credits.sort_by_key(|credit| checkout.gift_cards.iter().position(|id| *id == credit.id));
    let own = account.map(|account| credit::store_credit_of(conn, account, currency)).transpose()?.flatten().filter(usable);
    if checkout.use_store_credit {
        credits.extend(own.clone());
    }
    Ok((credits, own))
}

/// Shows a gift card's code. `knock`: the try as it was counted, against guessing.
///
/// # Errors
/// `Invalid` on `code`, inside.
pub fn put_credit(conn: &mut Conn, checkout: &Checkout, code: &str, knock: &Knock) -> Result<Result<()>> {
    let card = match credit::find_card(conn, code, knock)? {
        Ok(card) => card,
        Err(words) => return Ok(Err(Error::invalid("code", words))),
    };
    let mut cards = checkout.gift_cards.clone();
    if !cards.contains(&card.id) {
        if cards.len() >= MOST_CARDS {
            return Ok(Err(Error::invalid("code", format!("An order takes {MOST_CARDS} gift cards at most. Remove one first"))));
        }
        cards.push(card.id);
        store::set_gift_cards(conn, checkout.cart, &cards)?;
    }
    Ok(Ok(()))
}

pub fn remove_credit(conn: &mut Conn, checkout: &Checkout, card: CreditId) -> Result<()> {
    let kept: Vec<_> = checkout.gift_cards.iter().copied().filter(|id| *id != card).collect();
    store::set_gift_cards(conn, checkout.cart, &kept)
}

pub fn use_store_credit(conn: &mut Conn, checkout: &Checkout, used: bool) -> Result<()> {
    store::set_use_store_credit(conn, checkout.cart, used)
}

/// Sets everything in the cart aside for the shopper who is about to pay, for as long as the shop's setting says. Again: from
/// now on anew.
pub fn hold(conn: &mut Conn, cart: &CartView) -> Result<std::result::Result<DateTime<Utc>, Vec<Shortage>>> {
    let minutes = inventory::hold_minutes(conn)?;
    let held = inventory::reserve(conn, cart.id, &cart.items(), minutes)?;
    failpoint!("hold.reserved");
    Ok(held)
}
