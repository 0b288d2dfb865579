use std::collections::BTreeMap;

use diesel::{dsl::now, pg::expression::extensions::IntervalDsl, prelude::*, sql_types::Timestamptz};

use super::model::{CarrierPrice, MethodSettings, SavedMethod, Step, Surcharge, Tariff, Zone, ZoneSettings};
use crate::{
    base::{CategoryId, Conn, Error, OnConstraint, Result, ShippingMethodId, ShippingZoneId},
    schema::{categories, shipping_carrier_rates, shipping_methods, shipping_rates, shipping_surcharges, shipping_tariffs, shipping_zones},
    settings::Place,
};

/// A shop with more of these needs another table.
pub const MOST_METHODS: i64 = 100;
pub const MOST_ZONES: i64 = 300;
const MOST_TARIFFS: i64 = 5000;
const MOST_STEPS: i64 = 50_000;

pub fn zones(conn: &mut Conn) -> Result<Vec<Zone>> {
    let order = (shipping_zones::rest_of_world, shipping_zones::name);
    Ok(shipping_zones::table.order(order).limit(MOST_ZONES).select(Zone::as_select()).load(conn)?)
}

pub fn zone(conn: &mut Conn, id: ShippingZoneId) -> Result<Zone> {
    Ok(shipping_zones::table.find(id).select(Zone::as_select()).first(conn)?)
}

pub fn methods(conn: &mut Conn) -> Result<Vec<SavedMethod>> {
    let order = (shipping_methods::position, shipping_methods::id);
    Ok(shipping_methods::table.order(order).limit(MOST_METHODS).select(SavedMethod::as_select()).load(conn)?)
}

pub fn method(conn: &mut Conn, id: ShippingMethodId) -> Result<SavedMethod> {
    Ok(shipping_methods::table.find(id).select(SavedMethod::as_select()).first(conn)?)
}

pub fn method_named(conn: &mut Conn, name: &str) -> Result<Option<ShippingMethodId>> {
    Ok(shipping_methods::table.filter(shipping_methods::name.eq(name)).select(shipping_methods::id).first(conn).optional()?)
}

pub fn tariffs(conn: &mut Conn) -> Result<Vec<Tariff>> {
    Ok(shipping_tariffs::table.limit(MOST_TARIFFS).select(Tariff::as_select()).load(conn)?)
}

pub fn tariff(conn: &mut Conn, method: ShippingMethodId, zone: ShippingZoneId) -> Result<Option<Tariff>> {
    Ok(shipping_tariffs::table.find((method, zone)).select(Tariff::as_select()).first(conn).optional()?)
}

pub fn steps(conn: &mut Conn) -> Result<Vec<Step>> {
    Ok(shipping_rates::table.limit(MOST_STEPS).select(Step::as_select()).load(conn)?)
}

pub fn steps_of(conn: &mut Conn, method: ShippingMethodId, zone: ShippingZoneId) -> Result<Vec<Step>> {
    let of = shipping_rates::table.filter(shipping_rates::method_id.eq(method)).filter(shipping_rates::zone_id.eq(zone));
    let order = (shipping_rates::max_weight_grams, shipping_rates::max_total, shipping_rates::max_items);
    Ok(of.order(order).limit(MOST_STEPS).select(Step::as_select()).load(conn)?)
}

pub fn surcharges(conn: &mut Conn) -> Result<Vec<Surcharge>> {
    let order = (shipping_surcharges::method_id, shipping_surcharges::category_id);
    Ok(shipping_surcharges::table.order(order).limit(MOST_TARIFFS).select(Surcharge::as_select()).load(conn)?)
}

/// Names of the categories that cost more.
pub fn surcharged_categories(conn: &mut Conn) -> Result<BTreeMap<CategoryId, String>> {
    let ids = shipping_surcharges::table.select(shipping_surcharges::category_id);
    let named = categories::table.filter(categories::id.eq_any(ids)).limit(MOST_TARIFFS).select((categories::id, categories::name));
    Ok(named.load(conn)?.into_iter().collect())
}

/// What carriers said of this place, as far as it still holds by the database's clock.
pub fn carrier_prices(conn: &mut Conn, place: &Place) -> Result<Vec<CarrierPrice>> {
    let here = shipping_carrier_rates::table
        .filter(shipping_carrier_rates::country.eq(&place.country))
        .filter(shipping_carrier_rates::region.eq(&place.region))
        .filter(shipping_carrier_rates::postcode.eq(&place.postcode));
    let fresh = here.filter(shipping_carrier_rates::expires_at.gt(now));
    Ok(fresh.limit(MOST_TARIFFS).select(CarrierPrice::as_select()).load(conn)?)
}

/// Methods whose carrier's answer for a place and weight class will hold for the next minutes still.
pub fn answered(conn: &mut Conn, place: &Place, weight_class: i64, minutes: i32) -> Result<Vec<ShippingMethodId>> {
    let here = shipping_carrier_rates::table
        .filter(shipping_carrier_rates::country.eq(&place.country))
        .filter(shipping_carrier_rates::region.eq(&place.region))
        .filter(shipping_carrier_rates::postcode.eq(&place.postcode));
    let fresh = here
        .filter(shipping_carrier_rates::weight_class.eq(weight_class))
        .filter(shipping_carrier_rates::expires_at.gt(now.into_sql::<Timestamptz>() + minutes.minutes()));
    Ok(fresh.limit(MOST_METHODS).select(shipping_carrier_rates::method_id).load(conn)?)
}

/// Keeps a carrier's answer for so many minutes. One for a method that was deleted meanwhile is dropped.
pub fn put_carrier_price(conn: &mut Conn, place: &Place, answer: &CarrierPrice, minutes: i32) -> Result<()> {
    // Locked, so that the method can't go between the look and the insertion.
    let method = shipping_methods::table.find(answer.method_id).select(shipping_methods::id).for_key_share();
    if method.first::<ShippingMethodId>(conn).optional()?.is_none() {
        return Ok(());
    }
    let kept = (
        shipping_carrier_rates::price.eq(answer.price),
        shipping_carrier_rates::expires_at.eq(now.into_sql::<Timestamptz>() + minutes.minutes()),
    );
    diesel::insert_into(shipping_carrier_rates::table)
        .values((
            shipping_carrier_rates::method_id.eq(answer.method_id),
            shipping_carrier_rates::country.eq(&place.country),
            shipping_carrier_rates::region.eq(&place.region),
            shipping_carrier_rates::postcode.eq(&place.postcode),
            shipping_carrier_rates::weight_class.eq(answer.weight_class),
            kept,
        ))
        .on_conflict(shipping_carrier_rates::table.primary_key())
        .do_update()
        .set(kept)
        .execute(conn)?;
    Ok(())
}

/// Forgets what a method's carrier said, since it is asked otherwise now.
pub fn delete_carrier_prices(conn: &mut Conn, method: ShippingMethodId) -> Result<()> {
    diesel::delete(shipping_carrier_rates::table.filter(shipping_carrier_rates::method_id.eq(method))).execute(conn)?;
    Ok(())
}

pub fn delete_expired_carrier_prices(conn: &mut Conn) -> Result<()> {
    diesel::delete(shipping_carrier_rates::table.filter(shipping_carrier_rates::expires_at.le(now))).execute(conn)?;
    Ok(())
}

/// The carrier's token as it is stored: encrypted, or empty.
pub fn carrier_token(conn: &mut Conn, method: ShippingMethodId) -> Result<String> {
    Ok(shipping_methods::table.find(method).select(shipping_methods::carrier_token).first(conn)?)
}

/// All tokens as they are stored, in the order of their methods, which are locked.
pub fn carrier_tokens(conn: &mut Conn) -> Result<Vec<(ShippingMethodId, String)>> {
    let kept = shipping_methods::table.filter(shipping_methods::carrier_token.ne(""));
    let kept = kept.order(shipping_methods::id).limit(MOST_METHODS).for_update();
    Ok(kept.select((shipping_methods::id, shipping_methods::carrier_token)).load(conn)?)
}

pub fn set_carrier_token(conn: &mut Conn, method: ShippingMethodId, sealed: &str) -> Result<()> {
    found(diesel::update(shipping_methods::table.find(method)).set(shipping_methods::carrier_token.eq(sealed)).execute(conn)?)
}

/// # Errors
/// `Invalid` on `name` or `rest_of_world` when another zone is it already.
pub fn insert_zone(conn: &mut Conn, zone: &ZoneSettings) -> Result<ShippingZoneId> {
    refused(diesel::insert_into(shipping_zones::table).values(zone).returning(shipping_zones::id).get_result(conn))
}

/// # Errors
/// As for `insert_zone`; `NotFound`.
pub fn update_zone(conn: &mut Conn, id: ShippingZoneId, zone: &ZoneSettings) -> Result<()> {
    found(refused(diesel::update(shipping_zones::table.find(id)).set(zone).execute(conn))?)
}

/// Its tariffs go with it.
pub fn delete_zone(conn: &mut Conn, id: ShippingZoneId) -> Result<()> {
    found(diesel::delete(shipping_zones::table.find(id)).execute(conn)?)
}

/// # Errors
/// `Invalid` on `name` when another method has it.
pub fn insert_method(conn: &mut Conn, method: &MethodSettings) -> Result<ShippingMethodId> {
    refused(diesel::insert_into(shipping_methods::table).values(method).returning(shipping_methods::id).get_result(conn))
}

/// # Errors
/// As for `insert_method`; `NotFound`.
pub fn update_method(conn: &mut Conn, id: ShippingMethodId, method: &MethodSettings) -> Result<()> {
    found(refused(diesel::update(shipping_methods::table.find(id)).set(method).execute(conn))?)
}

/// Its tariffs and surcharges go with it. Orders keep the name that they were placed with.
pub fn delete_method(conn: &mut Conn, id: ShippingMethodId) -> Result<()> {
    found(diesel::delete(shipping_methods::table.find(id)).execute(conn)?)
}

/// # Errors
/// `NotFound` when method or zone is gone.
pub fn put_tariff(conn: &mut Conn, tariff: &Tariff) -> Result<()> {
    diesel::insert_into(shipping_tariffs::table)
        .values(tariff)
        .on_conflict((shipping_tariffs::method_id, shipping_tariffs::zone_id))
        .do_update()
        .set(tariff)
        .execute(conn)
        .on_constraint("shipping_tariffs_method_id_fkey", || Error::NotFound)
        .on_constraint("shipping_tariffs_zone_id_fkey", || Error::NotFound)?;
    Ok(())
}

/// Puts `steps` in the place of the tariff's former ones.
pub fn replace_steps(conn: &mut Conn, tariff: &Tariff, steps: &[Step]) -> Result<()> {
    let former =
        shipping_rates::table.filter(shipping_rates::method_id.eq(tariff.method_id)).filter(shipping_rates::zone_id.eq(tariff.zone_id));
    diesel::delete(former).execute(conn)?;
    diesel::insert_into(shipping_rates::table).values(steps).execute(conn)?;
    Ok(())
}

pub fn delete_tariff(conn: &mut Conn, method: ShippingMethodId, zone: ShippingZoneId) -> Result<()> {
    found(diesel::delete(shipping_tariffs::table.find((method, zone))).execute(conn)?)
}

/// # Errors
/// `Invalid` when one of the categories is gone.
pub fn replace_surcharges(conn: &mut Conn, method: ShippingMethodId, surcharges: &[Surcharge]) -> Result<()> {
    diesel::delete(shipping_surcharges::table.filter(shipping_surcharges::method_id.eq(method))).execute(conn)?;
    let gone = || Error::invalid("surcharge_category_1", "One of these categories has been deleted meanwhile. Choose again");
    diesel::insert_into(shipping_surcharges::table)
        .values(surcharges)
        .execute(conn)
        .on_constraint("shipping_surcharges_category_id_fkey", gone)?;
    Ok(())
}

fn refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("shipping_zones_name_key", || Error::invalid("name", "Another zone has this name. Choose another"))
        .on_constraint("shipping_zones_one_rest", || {
            Error::invalid("rest_of_world", "Another zone is the rest of the world already. Name the countries of this one")
        })
        .on_constraint("shipping_methods_name_key", || Error::invalid("name", "Another method has this name. Choose another"))
}

fn found(rows: usize) -> Result<()> {
    if rows == 0 { Err(Error::NotFound) } else { Ok(()) }
}
