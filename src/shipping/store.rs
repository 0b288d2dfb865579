use diesel::prelude::*;

use super::model::{Method, Rate, Zone};
use crate::{
    base::{Conn, Result, ShippingMethodId, ShippingZoneId, TextList},
    schema::{shipping_methods, shipping_rates, shipping_zones},
};

pub fn zones(conn: &mut Conn) -> Result<Vec<Zone>> {
    Ok(shipping_zones::table.order(shipping_zones::id).limit(300).select(Zone::as_select()).load(conn)?)
}

pub fn methods(conn: &mut Conn) -> Result<Vec<Method>> {
    let order = (shipping_methods::position, shipping_methods::id);
    Ok(shipping_methods::table.order(order).limit(100).select(Method::as_select()).load(conn)?)
}

pub fn rates_in(conn: &mut Conn, zone: ShippingZoneId) -> Result<Vec<Rate>> {
    Ok(shipping_rates::table.filter(shipping_rates::zone_id.eq(zone)).limit(2000).select(Rate::as_select()).load(conn)?)
}

pub fn insert_zone(conn: &mut Conn, name: &str, countries: TextList, rest_of_world: bool) -> Result<ShippingZoneId> {
    let row = (shipping_zones::name.eq(name), shipping_zones::countries.eq(countries), shipping_zones::rest_of_world.eq(rest_of_world));
    Ok(diesel::insert_into(shipping_zones::table).values(row).returning(shipping_zones::id).get_result(conn)?)
}

pub fn insert_method(conn: &mut Conn, name: &str, description: &str, position: i32) -> Result<ShippingMethodId> {
    let row = (shipping_methods::name.eq(name), shipping_methods::description.eq(description), shipping_methods::position.eq(position));
    Ok(diesel::insert_into(shipping_methods::table).values(row).returning(shipping_methods::id).get_result(conn)?)
}

pub fn insert_rates(conn: &mut Conn, rates: &[Rate]) -> Result<()> {
    diesel::insert_into(shipping_rates::table).values(rates).execute(conn)?;
    Ok(())
}
