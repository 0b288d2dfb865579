use super::{
    model::PriceBook,
    store::{self, books},
};
use crate::{
    base::{Conn, Currency, Result, VariantId},
    settings,
};

/// The prices of these variants in one currency, base prices included, with what is needed to say the lowest of the last days.
pub fn book(conn: &mut Conn, currency: Currency, variants: &[VariantId]) -> Result<PriceBook> {
    books::load(conn, currency, variants)
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
    let Some(chosen) = choice.and_then(|code| Currency::parse(code).ok()).filter(|chosen| *chosen != own) else { return Ok(own) };
    Ok(if store::open_currencies(conn)?.contains(&chosen) { chosen } else { own })
}
