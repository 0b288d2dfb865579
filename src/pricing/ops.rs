use rust_decimal::Decimal;

use super::{
    model::{BasePrice, NewPrice, PriceBook, PriceList, PriceListChange, ReducedPrice, Reduction, ReductionPlan},
    rules,
    store::{self, books, lists, prices},
};
use crate::{
    base::{Conn, Currency, Edition, Error, Moment, Money, PriceListId, Result, VariantId},
    catalog::{self, Priced, Variant},
    settings,
};

/// The prices of these variants in one currency, base prices included, with what is needed to say the lowest of the last days.
pub fn book(conn: &mut Conn, currency: Currency, variants: &[VariantId]) -> Result<PriceBook> {
    let moment = Moment::of(conn)?;
    let is_own = settings::store_under(conn, moment.edition)?.currency == currency;
    let base = if is_own { books::base_prices(conn, variants)? } else { vec![] };
    books::load(conn, &moment, currency, variants, base)
}

/// The same of variants that have been read already, at this moment.
pub fn book_at(conn: &mut Conn, moment: &Moment, currency: Currency, variants: &[&Variant]) -> Result<PriceBook> {
    let base_of = |variant: &&Variant| (variant.id, BasePrice { amount: variant.price, compare_at: variant.compare_at });
    book_with(conn, moment, currency, variants.iter().map(base_of).collect())
}

/// The same of what cards and sheets tell of variants.
pub fn book_of(conn: &mut Conn, moment: &Moment, currency: Currency, variants: &[&Priced]) -> Result<PriceBook> {
    let base_of = |variant: &&Priced| (variant.id, BasePrice { amount: variant.price, compare_at: variant.compare_at });
    book_with(conn, moment, currency, variants.iter().map(base_of).collect())
}

fn book_with(conn: &mut Conn, moment: &Moment, currency: Currency, base: Vec<(VariantId, BasePrice)>) -> Result<PriceBook> {
    let is_own = settings::store_under(conn, moment.edition)?.currency == currency;
    let ids: Vec<VariantId> = base.iter().map(|(id, _)| *id).collect();
    books::load(conn, moment, currency, &ids, if is_own { base } else { vec![] })
}

/// What one can pay in: the shop's own currency first, then those in which a list for everybody applies now.
pub fn currencies(conn: &mut Conn) -> Result<Vec<Currency>> {
    let own = settings::store(conn)?.currency;
    let others = store::open_currencies(conn)?.into_iter().filter(|currency| *currency != own);
    Ok([own].into_iter().chain(others).collect())
}

/// The currency that a visitor chose, where it is still offered; else the shop's own.
pub fn currency_of(conn: &mut Conn, choice: Option<&str>) -> Result<Currency> {
    let own = settings::store(conn)?.currency;
    offered(conn, own, choice)
}

/// The same under this edition of the shop's rules.
pub fn currency_under(conn: &mut Conn, edition: Edition, choice: Option<&str>) -> Result<Currency> {
    let own = settings::store_under(conn, edition)?.currency;
    offered(conn, own, choice)
}

fn offered(conn: &mut Conn, own: Currency, choice: Option<&str>) -> Result<Currency> {
    let Some(chosen) = choice.and_then(|code| Currency::parse(code).ok()).filter(|chosen| *chosen != own) else { return Ok(own) };
    Ok(if store::open_currencies(conn)?.contains(&chosen) { chosen } else { own })
}

/// Creates the list, or changes it when `id` is given.
///
/// # Errors
/// `Invalid` when the name is taken, the end is not after the start, the group is gone, or the currency would change under
/// prices.
pub fn save_list(conn: &mut Conn, id: Option<PriceListId>, change: &PriceListChange) -> Result<PriceListId> {
    match id {
        Some(id) => lists::update(conn, id, change).map(|()| id),
        None => lists::insert(conn, change),
    }
}

/// Deletes the list with its prices. What was asked by it stays in the history.
pub fn delete_list(conn: &mut Conn, id: PriceListId) -> Result<()> {
    lists::delete(conn, id)
}

/// Gives a variant a price in the list, in place of the one it has for this quantity.
///
/// # Errors
/// `Invalid` on `sku` when there is no such variant, or on `compare_at` when it is not above the price.
pub fn put_price(conn: &mut Conn, list: PriceListId, price: &NewPrice) -> Result<()> {
    let unknown = || Error::invalid("sku", "No variant has this SKU. Look it up under Products");
    let variant = catalog::variant_by_sku(conn, &price.sku)?.ok_or_else(unknown)?;
    prices::put(conn, list, variant.id, price)
}

pub fn remove_price(conn: &mut Conn, list: PriceListId, variant: VariantId, min_quantity: i32) -> Result<()> {
    prices::remove(conn, list, variant, min_quantity)
}

/// What a reduction would make of today's base prices; nothing is changed.
///
/// # Errors
/// `Invalid` when an amount gets out of range.
pub fn plan_reduction(conn: &mut Conn, list: &PriceList, reduction: &Reduction) -> Result<ReductionPlan> {
    let own = settings::store(conn)?.currency;
    let planned = prices::in_category(conn, reduction.category)?.into_iter().map(|(variant, title, sku, base)| {
        let amount = rules::reduced(Money::new(base, own), reduction.percent, reduction.rate, list.currency);
        let amount = amount.filter(|amount| *amount <= prices::MOST);
        let amount = amount.ok_or_else(|| Error::invalid("rate", format!("The price of {sku} would be too high. Enter a smaller rate")))?;
        Ok(ReducedPrice { variant, title, sku, base, amount })
    });
    let planned = planned.collect::<Result<Vec<_>>>()?;
    let variants: Vec<_> = planned.iter().map(|price| price.variant).collect();
    let replaced = prices::count_of(conn, list.id, reduction.min_quantity, &variants)?;
    Ok(ReductionPlan { prices: planned, replaced })
}

/// Writes a reduction's prices into the list, worked out anew, and says how many.
///
/// # Errors
/// As for [`plan_reduction`].
pub fn reduce(conn: &mut Conn, list: PriceListId, reduction: &Reduction) -> Result<usize> {
    let list = lists::find(conn, list)?;
    let plan = plan_reduction(conn, &list, reduction)?;
    prices::put_all(conn, list.id, reduction.min_quantity, &plan.prices)?;
    Ok(plan.prices.len())
}

/// How many minor units of this currency are one minor unit of the shop's own, under this edition of the shop's rules; 1 for the
/// shop's own. `None`: the owner has not said.
pub fn rate_under(conn: &mut Conn, edition: Edition, currency: Currency) -> Result<Option<Decimal>> {
    let own = settings::store_under(conn, edition)?.currency;
    if own == currency {
        return Ok(Some(Decimal::ONE));
    }
    let rate = store::currencies::rate(conn, currency)?;
    Ok(rate.and_then(|rate| rules::of_minor_units(rate, own, currency)))
}

/// Delivery and fees are turned into this currency at that rate; `None`: not at all.
pub fn set_rate(conn: &mut Conn, currency: Currency, rate: Option<Decimal>) -> Result<()> {
    store::currencies::set_rate(conn, currency, rate)
}
