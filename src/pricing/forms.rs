use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{NewPrice, PriceKind, PriceList, PriceListChange, Reduction};
use crate::base::{
    CategoryId, Currency, GroupId, Money, Problems,
    meanwhile::{self, Fields},
    typed,
};

/// Units in a cart's line at most, and so the highest quantity that can have a price of its own.
const MOST_UNITS: i32 = 999;

/// A list as the owner typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PriceListForm {
    pub name: String,
    pub kind: String,
    pub currency: String,
    pub group: String,
    pub starts_at: String,
    pub ends_at: String,
    pub replaces_base: Option<String>,
    pub active: Option<String>,
    /// What it showed when it was opened.
    pub was: String,
}

impl PriceListForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![
            ("name", self.name.as_str()),
            ("kind", self.kind.as_str()),
            ("currency", self.currency.as_str()),
            ("group", self.group.as_str()),
            ("starts_at", self.starts_at.as_str()),
            ("ends_at", self.ends_at.as_str()),
            ("replaces_base", meanwhile::ticked(&self.replaces_base)),
            ("active", meanwhile::ticked(&self.active)),
        ]
    }

    pub fn parse(&self) -> Result<PriceListChange, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter a name, such as Winter sale"));
        let kind = problems.take("kind", self.kind.parse::<PriceKind>().map_err(|_| "Choose what kind of prices these are"));
        let currency = problems.take("currency", Currency::parse(&self.currency));
        let group = if self.group.is_empty() { Ok(None) } else { self.group.parse().map(Some) };
        let group_id = problems.take("group", group.map_err(|_| "Choose a group from the list"));
        let starts_at = problems.take("starts_at", moment(&self.starts_at, Bound::Start));
        let ends_at = problems.take("ends_at", moment(&self.ends_at, Bound::End));
        let (replaces_base, active) = (self.replaces_base.is_some(), self.active.is_some());
        let change = || {
            Some(PriceListChange {
                name: name?,
                kind: kind?,
                currency: currency?,
                group_id: group_id?,
                starts_at: starts_at?,
                ends_at: ends_at?,
                replaces_base,
                active,
            })
        };
        change().ok_or(problems)
    }

    pub fn is_for(&self, group: &GroupId) -> bool {
        self.group == group.to_string()
    }
}

impl From<PriceList> for PriceListForm {
    fn from(list: PriceList) -> Self {
        let plain = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default();
        let ticked = |yes: bool| yes.then(|| "on".to_owned());
        let form = Self {
            name: list.name,
            kind: list.kind.as_str().to_owned(),
            currency: list.currency.code().to_owned(),
            group: list.group_id.map(|group| group.to_string()).unwrap_or_default(),
            starts_at: plain(list.starts_at),
            ends_at: plain(list.ends_at),
            replaces_base: ticked(list.replaces_base),
            active: ticked(list.active),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}

#[derive(Clone, Copy)]
enum Bound {
    Start,
    End,
}

/// What a browser's date field sends, or what people type in its place. A mere day begins at midnight as a start and ends at
/// midnight as an end.
fn moment(text: &str, bound: Bound) -> Result<Option<DateTime<Utc>>, &'static str> {
    const MEND: &str = "Enter a day and a time, such as 2026-11-27 09:00";
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let exact = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || {
        let midnight = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN);
        match bound {
            Bound::Start => Some(midnight),
            Bound::End => midnight.checked_add_signed(Duration::days(1)),
        }
    };
    let found = exact.or_else(day).ok_or(MEND)?.and_utc();
    let reasonable = |at: &DateTime<Utc>| (2000..=2999).contains(&chrono::Datelike::year(at));
    Some(found).filter(reasonable).ok_or(MEND).map(Some)
}

/// A price of a list as the owner typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PriceForm {
    pub sku: String,
    pub from: String,
    pub amount: String,
    pub compare_at: String,
}

impl PriceForm {
    pub fn parse(&self, currency: Currency) -> Result<NewPrice, Problems> {
        let mut problems = Problems::default();
        let sku = problems.take("sku", typed::required(&self.sku, 64, "Enter the SKU of a variant"));
        let from = problems.take("from", quantity(&self.from));
        let amount = problems.take("amount", Money::parse(&self.amount, currency));
        let former = if self.compare_at.trim().is_empty() { Ok(None) } else { Money::parse(&self.compare_at, currency).map(Some) };
        let compare_at = problems.take("compare_at", former);
        let price =
            || Some(NewPrice { sku: sku?, min_quantity: from?, amount: amount?.minor, compare_at: compare_at?.map(|money| money.minor) });
        price().ok_or(problems)
    }
}

/// An empty field stands for one unit.
fn quantity(text: &str) -> Result<i32, String> {
    if text.trim().is_empty() { Ok(1) } else { typed::whole(text, 1..=MOST_UNITS) }
}

/// So much off the base prices of a category or of everything.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ReductionForm {
    pub category: String,
    pub percent: String,
    pub rate: String,
    pub from: String,
}

impl ReductionForm {
    /// `needs_rate`: the list is in another currency than the base prices.
    pub fn parse(&self, needs_rate: bool) -> Result<Reduction, Problems> {
        let mut problems = Problems::default();
        let category = if self.category.is_empty() { Ok(None) } else { self.category.parse().map(|id| Some(CategoryId(id))) };
        let category = problems.take("category", category.map_err(|_| "Choose a category from the list"));
        let percent = problems.take("percent", percent(&self.percent));
        let rate = if needs_rate { rate(&self.rate) } else { Ok(Decimal::ONE) };
        let rate = problems.take("rate", rate);
        let from = problems.take("from", quantity(&self.from));
        let reduction = || Some(Reduction { category: category?, percent: percent?, rate: rate?, min_quantity: from? });
        reduction().ok_or(problems)
    }

    pub fn is_in(&self, category: &CategoryId) -> bool {
        self.category == category.to_string()
    }
}

fn percent(text: &str) -> Result<Decimal, &'static str> {
    let number = text.trim().trim_end_matches('%').trim().parse::<Decimal>().ok();
    let fits = |percent: &Decimal| *percent >= Decimal::ZERO && *percent < Decimal::ONE_HUNDRED && percent.normalize().scale() <= 2;
    number.filter(fits).ok_or("Enter a percentage from 0 to 99.99")
}

fn rate(text: &str) -> Result<Decimal, &'static str> {
    let fits = |rate: &Decimal| *rate > Decimal::ZERO && *rate <= Decimal::from(1_000_000) && rate.normalize().scale() <= 8;
    text.trim().parse().ok().filter(fits).ok_or("Enter how much of this currency one unit of the shop’s is worth, such as 1.17")
}

/// An exchange rate as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RateForm {
    pub currency: String,
    pub rate: String,
}

impl RateForm {
    /// `None`: no rate.
    pub fn parse(&self) -> Result<(Currency, Option<Decimal>), Problems> {
        let currency = Currency::parse(&self.currency).map_err(|message| Problems::of("rate", message))?;
        let typed = self.rate.trim();
        if typed.is_empty() {
            return Ok((currency, None));
        }
        let rate =
            typed.parse().ok().filter(|rate: &Decimal| *rate > Decimal::ZERO && *rate < Decimal::from(1_000_000) && rate.scale() <= 8);
        rate.map(|rate| (currency, Some(rate))).ok_or_else(|| Problems::of("rate", "Enter a number above zero, such as 1.17"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(starts_at: &str, ends_at: &str) -> Result<PriceListChange, Problems> {
        let (name, kind, currency) = ("Sale".to_owned(), "sale".to_owned(), "gbp".to_owned());
        PriceListForm { name, kind, currency, starts_at: starts_at.into(), ends_at: ends_at.into(), ..Default::default() }.parse()
    }

    #[test]
    fn a_mere_day_is_taken_whole() {
        let parsed = list("2026-11-27", "2026-11-30").unwrap();
        assert_eq!(parsed.starts_at.unwrap().to_rfc3339(), "2026-11-27T00:00:00+00:00");
        assert_eq!(parsed.ends_at.unwrap().to_rfc3339(), "2026-12-01T00:00:00+00:00");
        let exact = list("2026-11-27T09:30", "2026-11-30 18:00").unwrap();
        assert_eq!(exact.starts_at.unwrap().to_rfc3339(), "2026-11-27T09:30:00+00:00");
        assert_eq!(exact.ends_at.unwrap().to_rfc3339(), "2026-11-30T18:00:00+00:00");
        assert_eq!(list("", "").unwrap().starts_at, None);
    }

    #[test]
    fn what_is_no_day_is_refused_beside_its_field() {
        for text in ["tomorrow", "27/11/2026", "2026-13-01", "0001-01-01", "+262142-12-31"] {
            assert!(list(text, "").unwrap_err().on("starts_at").is_some(), "{text}");
            assert!(list("", text).unwrap_err().on("ends_at").is_some(), "{text}");
        }
    }

    #[test]
    fn a_price_is_for_one_unit_unless_a_quantity_is_said() {
        let form = PriceForm { sku: "HP-1".into(), amount: "1.80".into(), ..Default::default() };
        let gbp = Currency::parse("GBP").unwrap();
        assert_eq!(form.parse(gbp).unwrap(), NewPrice { sku: "HP-1".into(), min_quantity: 1, amount: 180, compare_at: None });
        assert!(PriceForm { from: "0".into(), ..form.clone() }.parse(gbp).unwrap_err().on("from").is_some());
        assert!(PriceForm { amount: "cheap".into(), ..form }.parse(gbp).unwrap_err().on("amount").is_some());
    }

    #[test]
    fn a_reduction_needs_a_rate_between_currencies_only() {
        let form = |percent: &str, rate: &str| ReductionForm { percent: percent.into(), rate: rate.into(), ..Default::default() };
        assert_eq!(form("12.5 %", "").parse(false).unwrap().percent, Decimal::new(125, 1));
        assert!(form("10", "").parse(true).unwrap_err().on("rate").is_some());
        assert!(form("10", "0").parse(true).unwrap_err().on("rate").is_some());
        for percent in ["", "-1", "100", "5.125", "ten"] {
            assert!(form(percent, "").parse(false).unwrap_err().on("percent").is_some(), "{percent}");
        }
    }
}
