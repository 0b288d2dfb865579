use super::{
    model::{MethodSettings, Offer, Parcel, ShippingBook, Step, Surcharge, Tariff, ZoneSettings},
    rules, store,
};
use crate::{
    base::{Conn, Result, ShippingMethodId, ShippingZoneId},
    settings::{self, Place},
};

/// All that is to be known of delivery to a place.
pub fn book(conn: &mut Conn, place: &Place) -> Result<ShippingBook> {
    let methods = store::methods(conn)?.into_iter().filter(|method| method.settings.active).collect();
    let asked = Place { postcode: rules::normal_postcode(&place.postcode), ..place.clone() };
    Ok(ShippingBook {
        currency: settings::store(conn)?.currency,
        methods,
        zones: store::zones(conn)?,
        tariffs: store::tariffs(conn)?,
        steps: store::steps(conn)?,
        surcharges: store::surcharges(conn)?,
        categories: store::surcharged_categories(conn)?,
        carrier_prices: store::carrier_prices(conn, &asked)?,
    })
}

/// The ways to bring so many grams to a country, for who knows nothing else of parcel and place.
pub fn offers(conn: &mut Conn, country: &str, weight_grams: i64) -> Result<Vec<Offer>> {
    let place = Place { country: country.to_owned(), ..Place::default() };
    let parcel = Parcel { weight_grams, items: 1, needs_delivery: true, ..Parcel::default() };
    Ok(book(conn, &place)?.offers(&place, &parcel))
}

pub fn add_zone(conn: &mut Conn, zone: &ZoneSettings) -> Result<ShippingZoneId> {
    store::insert_zone(conn, zone)
}

pub fn add_method(conn: &mut Conn, method: &MethodSettings) -> Result<ShippingMethodId> {
    store::insert_method(conn, method)
}

/// Sets what a method costs in a zone, its table included.
pub fn save_tariff(conn: &mut Conn, tariff: &Tariff, steps: &[Step]) -> Result<()> {
    store::put_tariff(conn, tariff)?;
    store::replace_steps(conn, tariff, steps)
}

/// Sets what a method costs more for goods of some categories.
pub fn save_surcharges(conn: &mut Conn, method: ShippingMethodId, surcharges: &[Surcharge]) -> Result<()> {
    store::replace_surcharges(conn, method, surcharges)
}
