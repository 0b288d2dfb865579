use rust_decimal::Decimal;

use crate::{
    base::{Conn, Error, Result},
    tax::{self, Area, RateChange, ZoneChange},
};

/// Rates of a zone: class, label, percent, order.
type Rates = &'static [(&'static str, &'static str, &'static str, i32)];

/// Where the demo's shop is registered. From everywhere else its parcels are exports.
const TAXES: [(&str, &[&str], Rates); 7] = [
    ("United Kingdom", &["GB"], &[("standard", "VAT 20%", "20", 1), ("reduced", "VAT 5%", "5", 1), ("zero", "VAT 0%", "0", 1)]),
    ("Germany", &["DE"], &[("standard", "MwSt 19%", "19", 1), ("reduced", "MwSt 7%", "7", 1)]),
    ("France", &["FR"], &[("standard", "TVA 20%", "20", 1), ("reduced", "TVA 5.5%", "5.5", 1)]),
    ("Ireland", &["IE"], &[("standard", "VAT 23%", "23", 1), ("reduced", "VAT 13.5%", "13.5", 1), ("zero", "VAT 0%", "0", 1)]),
    ("Netherlands", &["NL"], &[("standard", "btw 21%", "21", 1), ("reduced", "btw 9%", "9", 1)]),
    ("California", &["US-CA"], &[("standard", "California sales tax 7.25%", "7.25", 1)]),
    (
        "Los Angeles County",
        &["US-CA 90001-90899"],
        &[("standard", "California sales tax 7.25%", "7.25", 1), ("standard", "Los Angeles County tax 2.5%", "2.5", 2)],
    ),
];

/// The demo's taxes: an ironmonger in England that sells to Europe and America.
pub fn demo(conn: &mut Conn) -> Result<()> {
    for (name, areas, rates) in TAXES {
        let areas = areas.iter().map(|area| Area::parse(area)).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        let rates = rates.iter().map(tax_rate).collect::<Result<Vec<_>>>()?;
        // The states of the USA show prices without tax; the others have it within.
        let basis = areas.iter().any(|area| area.country == "US").then_some(tax::Basis::Net);
        tax::add_zone(conn, &ZoneChange { name: name.to_owned(), basis, outside: false }, &areas, &rates)?;
    }
    Ok(())
}

fn tax_rate((class, label, percent, priority): &(&str, &str, &str, i32)) -> Result<RateChange> {
    let rate = percent.parse::<Decimal>().map_err(|error| Error::Internal(error.into()))?;
    let (tax_class, label) = ((*class).to_owned(), (*label).to_owned());
    Ok(RateChange { tax_class, label, rate, priority: *priority, compound: false, starts_on: None, ends_on: None })
}
