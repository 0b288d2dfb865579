//! The demo's price lists: a sale that runs, prices for the trade, and a part of the goods in euro.

use chrono::{Days, NaiveTime, Utc};
use rust_decimal::Decimal;

use crate::{
    accounts,
    base::{Conn, Currency, Error, GroupId, Result},
    catalog,
    pricing::{self, PriceKind, PriceListChange, Reduction},
};

/// Days that the sale lasts from the day on which the demo is filled.
const SALE_DAYS: u64 = 21;

/// Makes the lists, unless there are any.
pub fn demo(conn: &mut Conn) -> Result<()> {
    if pricing::has_lists(conn)? {
        return Ok(());
    }
    let autumn = PriceListChange { kind: PriceKind::Sale, ends_at: sale_end(), ..list("Autumn sale", "GBP", None)? };
    let sale = [off("raking-sweeping", 20, 1), off("watering", 20, 1)];
    make(conn, &autumn, &sale)?;
    let known = accounts::groups(conn)?.into_iter().find(|group| group.name == "Trade");
    let trade = known.map_or_else(|| accounts::save_group(conn, None, "Trade"), |group| Ok(group.id))?;
    let by_the_box = [off("fixings", 5, 1), off("fixings", 10, 10), off("fixings", 15, 50), off("hinges", 10, 10)];
    make(conn, &list("Trade prices", "GBP", Some(trade))?, &by_the_box)?;
    pricing::set_rate(conn, Currency::parse("EUR").map_err(Error::internal)?, Some(Decimal::new(117, 2)))?;
    let euro = |category| Demo { rate: Decimal::new(117, 2), ..off(category, 0, 1) };
    make(conn, &list("Euro", "EUR", None)?, &[euro("hand-tools"), euro("hinges")])
}

/// Midnight after the last day.
fn sale_end() -> Option<chrono::DateTime<Utc>> {
    let last = Utc::now().date_naive().checked_add_days(Days::new(SALE_DAYS))?;
    Some(last.and_time(NaiveTime::MIN).and_utc())
}

fn list(name: &str, currency: &str, group_id: Option<GroupId>) -> Result<PriceListChange> {
    Ok(PriceListChange {
        name: name.to_owned(),
        kind: PriceKind::Regular,
        currency: Currency::parse(currency).map_err(Error::internal)?,
        group_id,
        starts_at: None,
        ends_at: None,
        replaces_base: false,
        active: true,
    })
}

/// So many percent off what stands in a category, from a quantity on.
struct Demo {
    category: &'static str,
    percent: i64,
    rate: Decimal,
    from: i32,
}

fn off(category: &'static str, percent: i64, from: i32) -> Demo {
    Demo { category, percent, rate: Decimal::ONE, from }
}

fn make(conn: &mut Conn, list: &PriceListChange, prices: &[Demo]) -> Result<()> {
    let id = pricing::save_list(conn, None, list)?;
    for Demo { category, percent, rate, from } in prices {
        // A merchant may have renamed a department while the demo was being filled.
        let Some(category) = catalog::category_by_slug(conn, category)? else { continue };
        let reduction = Reduction { category: Some(category.id), percent: Decimal::from(*percent), rate: *rate, min_quantity: *from };
        pricing::reduce(conn, id, &reduction)?;
    }
    Ok(())
}
