use super::{
    model::{Area, RateChange, TaxClass, TaxSettings, ZoneChange},
    rules::{TaxBook, plain, territory},
    store,
};
use crate::{
    base::{Conn, Result, TaxRateId, TaxZoneId},
    settings::{self, Place},
};

/// What tax is decided by at a place and at the shop's own; `None`: at the shop's own only, while no address is known.
pub fn book(conn: &mut Conn, place: Option<&Place>) -> Result<TaxBook> {
    let home = settings::store(conn)?.place();
    let mut areas = vec![];
    for place in place.into_iter().chain([&home]) {
        for country in [place.country.as_str(), territory(&place.country)] {
            let place = Place { country: country.to_owned(), region: place.region.clone(), postcode: plain(&place.postcode) };
            for found in store::areas_at(conn, &place)? {
                if !areas.contains(&found) {
                    areas.push(found);
                }
            }
        }
    }
    let zones = store::rated_zones(conn, &areas)?;
    Ok(TaxBook::new(store::settings(conn)?, home, zones))
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
