use super::{
    model::{Offer, Rate},
    rules, store,
};
use crate::base::{Conn, Result, ShippingMethodId, ShippingZoneId, TextList};

/// The ways to bring so many grams to a country, in the merchant's order.
pub fn offers(conn: &mut Conn, country: &str, weight_grams: i64) -> Result<Vec<Offer>> {
    let zones = store::zones(conn)?;
    let Some(zone) = rules::zone_of(&zones, country) else { return Ok(vec![]) };
    let (methods, rates) = (store::methods(conn)?, store::rates_in(conn, zone.id)?);
    Ok(rules::offers_of(methods, &rates, weight_grams))
}

pub struct NewZone<'a> {
    pub name: &'a str,
    /// ISO 3166-1 alpha-2.
    pub countries: &'a [&'a str],
    pub rest_of_world: bool,
}

pub fn add_zone(conn: &mut Conn, zone: &NewZone<'_>) -> Result<ShippingZoneId> {
    let countries = zone.countries.iter().map(|code| (*code).to_owned()).collect::<TextList>();
    store::insert_zone(conn, zone.name, countries, zone.rest_of_world)
}

pub struct NewMethod<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub position: i32,
    /// Zone, weight in grams up to which the price holds, price in minor units.
    pub rates: &'a [(ShippingZoneId, i32, i64)],
}

pub fn add_method(conn: &mut Conn, method: &NewMethod<'_>) -> Result<ShippingMethodId> {
    let method_id = store::insert_method(conn, method.name, method.description, method.position)?;
    let rates = method.rates.iter().map(|&(zone_id, max_weight_grams, price)| Rate { method_id, zone_id, max_weight_grams, price });
    store::insert_rates(conn, &rates.collect::<Vec<_>>())?;
    Ok(method_id)
}
