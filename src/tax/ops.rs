use super::{
    model::{Area, RateChange, RatedZone, TaxClass, TaxSettings, ZoneChange},
    rules::{TaxBook, territory},
    store,
};
use crate::{
    base::{Conn, Edition, Moment, Result, TaxRateId, TaxZoneId},
    settings::{self, Place},
};

/// What tax is decided by at a place and at the shop's own; `None`: at the shop's own only, while no address is known.
pub fn book(conn: &mut Conn, place: Option<&Place>) -> Result<TaxBook> {
    let edition = Moment::of(conn)?.edition;
    book_under(conn, edition, place)
}

/// The same under this edition of the shop's rules, from memory where it is known.
pub fn book_under(conn: &mut Conn, edition: Edition, place: Option<&Place>) -> Result<TaxBook> {
    let home = settings::store_under(conn, edition)?.place();
    let rules = store::rules_under(conn, edition)?;
    let places =
        || place.into_iter().chain([&home]).flat_map(|place| [place.country.as_str(), territory(&place.country)].map(|at| (at, place)));
    let here: Vec<Place> = places().map(|(country, place)| Place { country: country.to_owned(), ..place.clone() }).collect();
    let zones = rules.zones.iter().filter_map(|zone| {
        let areas: Vec<Area> = zone.areas.iter().filter(|area| here.iter().any(|place| area.holds(place))).cloned().collect();
        (!areas.is_empty()).then(|| RatedZone { zone: zone.zone.clone(), areas, rates: zone.rates.clone() })
    });
    Ok(TaxBook::new(rules.settings.clone(), home, zones.collect()))
}

/// A zone with its places and rates at once, for a shop that is furnished.
///
/// # Errors
/// `Invalid` when the name is taken, a place is another zone's already or two rates hold on the same day.
pub fn add_zone(conn: &mut Conn, zone: &ZoneChange, areas: &[Area], rates: &[RateChange]) -> Result<TaxZoneId> {
    let id = store::insert_zone(conn, zone)?;
    store::replace_areas(conn, id, areas)?;
    for rate in rates {
        store::insert_rate(conn, id, rate)?;
    }
    Ok(id)
}

/// # Errors
/// `Invalid` on `delivery_class` when there is no such class.
pub fn save_settings(conn: &mut Conn, settings: &TaxSettings) -> Result<()> {
    store::update_settings(conn, settings)
}

/// Makes a zone, or changes it when `id` is given; its rates stay.
///
/// # Errors
/// As for [`add_zone`].
pub fn save_zone(conn: &mut Conn, id: Option<TaxZoneId>, zone: &ZoneChange, areas: &[Area]) -> Result<TaxZoneId> {
    let Some(id) = id else { return add_zone(conn, zone, areas, &[]) };
    store::update_zone(conn, id, zone)?;
    store::replace_areas(conn, id, areas)?;
    Ok(id)
}

pub fn delete_zone(conn: &mut Conn, id: TaxZoneId) -> Result<()> {
    store::delete_zone(conn, id)
}

/// # Errors
/// `Invalid` when another rate of the class and order holds on some of its days.
pub fn add_rate(conn: &mut Conn, zone: TaxZoneId, rate: &RateChange) -> Result<TaxRateId> {
    store::insert_rate(conn, zone, rate)
}

/// # Errors
/// As for [`add_rate`].
pub fn change_rate(conn: &mut Conn, id: TaxRateId, rate: &RateChange) -> Result<()> {
    store::update_rate(conn, id, rate)
}

pub fn delete_rate(conn: &mut Conn, id: TaxRateId) -> Result<()> {
    store::delete_rate(conn, id)
}

/// Makes a class, or renames the one with `code`.
///
/// # Errors
/// `Invalid` when name or code are taken.
pub fn save_class(conn: &mut Conn, code: Option<&str>, class: &TaxClass) -> Result<()> {
    match code {
        Some(code) => store::update_class(conn, code, class),
        None => store::insert_class(conn, class),
    }
}

/// # Errors
/// `Conflict` while something is of this class.
pub fn delete_class(conn: &mut Conn, code: &str) -> Result<()> {
    store::delete_class(conn, code)
}
