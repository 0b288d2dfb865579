use super::{
    model::{Area, Person, RateChange, TaxRate, ZoneChange},
    rules::{Rates, TaxBook, plain, territory},
    store,
};
use crate::{
    base::{Conn, Result, TaxZoneId},
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
    let zones = store::rated_zones(conn, areas)?;
    Ok(TaxBook::new(store::settings(conn)?, home, zones))
}

/// What the first checkout asks: one rate for each class.
pub fn rates_for(conn: &mut Conn, country: &str, region: &str) -> Result<Rates> {
    let place = Place { country: country.to_owned(), region: region.to_owned(), postcode: String::new() };
    let regime = book(conn, Some(&place))?.regime(Some(&place), &Person::default(), chrono::Utc::now());
    let rate = |(class, label, rate): (&str, &str, _)| TaxRate {
        tax_class: class.to_owned(),
        country: country.to_owned(),
        region: region.to_owned(),
        label: label.to_owned(),
        rate,
    };
    Ok(Rates(regime.rates().into_iter().map(rate).collect()))
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
