mod prices;

use prices::{Prices, by_id};

use super::{
    mails,
    model::{Alert, Kind, NewAlert, Thing, Waiting},
    store,
};
use crate::{
    accounts,
    base::{AccountId, AlertId, Conn, Currency, Error, Result, VariantId, random_token, sha256_hex},
    catalog, inventory, settings,
};

/// Alerts that are looked at in one transaction.
const BATCH: i64 = 200;

/// The thing as this customer finds it today.
///
/// # Errors
/// `NotFound` when it is not sold.
pub fn thing(conn: &mut Conn, account: AccountId, variant: VariantId, currency: Currency) -> Result<Thing> {
    let item = catalog::for_sale(conn, &[variant])?.pop().filter(|item| item.is_sold).ok_or(Error::NotFound)?;
    let price = Prices::load(conn, &[account], &[currency], &[&item])?.of(account, currency, &item);
    let can_be_had = inventory::stock_of(conn, &[variant])?.get(&variant).is_some_and(|stock| stock.covers(1));
    Ok(Thing { item, price, can_be_had })
}

/// Notes what somebody waits for.
///
/// # Errors
/// `Invalid` while the account's address is not confirmed, or when it waits for as many things as it may.
pub fn ask(conn: &mut Conn, new: &NewAlert) -> Result<()> {
    if !accounts::is_confirmed(conn, new.account)? {
        return Err(Error::invalid("", "Confirm your e-mail address first, so that we know that our mails reach you"));
    }
    store::put(conn, new)
}

/// What the account waits for, the newest first. What is not sold any more stays, since it may be again.
pub fn waiting(conn: &mut Conn, account: AccountId) -> Result<Vec<Waiting>> {
    let alerts = store::open_of(conn, account)?;
    with_things(conn, alerts)
}

/// Each alert with its thing as it is now for whoever waits.
fn with_things(conn: &mut Conn, alerts: Vec<Alert>) -> Result<Vec<Waiting>> {
    if alerts.is_empty() {
        return Ok(vec![]);
    }
    let mut variants: Vec<VariantId> = alerts.iter().map(|alert| alert.variant_id).collect();
    variants.sort_unstable();
    variants.dedup();
    let items = by_id(catalog::for_sale(conn, &variants)?);
    let stock = inventory::stock_of(conn, &variants)?;
    let accounts: Vec<AccountId> = alerts.iter().map(|alert| alert.account_id).collect();
    let own = settings::store(conn)?.currency;
    let currencies: Vec<Currency> = alerts.iter().map(|alert| alert.currency().unwrap_or(own)).collect();
    let prices = Prices::load(conn, &accounts, &currencies, &items.values().collect::<Vec<_>>())?;
    let with_thing = |alert: Alert| {
        let item = items.get(&alert.variant_id)?.clone();
        let price = prices.of(alert.account_id, alert.currency().unwrap_or(own), &item);
        let can_be_had = stock.get(&alert.variant_id).is_some_and(|stock| stock.covers(1));
        Some(Waiting { thing: Thing { item, price, can_be_had }, alert })
    };
    Ok(alerts.into_iter().filter_map(with_thing).collect())
}

/// Tells those of the next alerts after `after` whose time has come: marked and mailed in one transaction, so that each is told once
/// however many workers look. Gives the last that was looked at; `None`: there are no more. `site`: the shop's address without a slash
/// at its end.
pub fn tell_next(conn: &mut Conn, site: &str, after: AlertId) -> Result<Option<AlertId>> {
    let alerts = store::lock_next(conn, after, BATCH)?;
    let Some(last) = alerts.last().map(|alert| alert.id) else { return Ok(None) };
    let come: Vec<Waiting> = with_things(conn, alerts)?.into_iter().filter(Waiting::has_come).collect();
    for waiting in &come {
        let Some(account) = accounts::find(conn, waiting.alert.account_id)? else { continue };
        let token = random_token(40);
        store::set_told(conn, waiting.alert.id, &sha256_hex(token.as_bytes()))?;
        match waiting.alert.kind {
            Kind::Stock => mails::back_in_stock(conn, site, &account, &waiting.thing, &token)?,
            Kind::Price => mails::price_fell(conn, site, &account, waiting, &token)?,
        }
    }
    Ok(Some(last))
}

/// Whether a mail had this link.
pub fn is_link(conn: &mut Conn, token: &str) -> Result<bool> {
    Ok(store::account_of(conn, &sha256_hex(token.as_bytes()))?.is_some())
}

/// Ends all that the account waits for whose mail had this link. A link that no mail had ends nothing.
pub fn end_by_link(conn: &mut Conn, token: &str) -> Result<()> {
    if let Some(account) = store::account_of(conn, &sha256_hex(token.as_bytes()))? {
        store::end_all(conn, account)?;
    }
    Ok(())
}
