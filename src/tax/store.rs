use std::sync::Arc;

use diesel::prelude::*;

use super::model::{Area, Rate, RateChange, RatedZone, TaxClass, TaxSettings, Zone, ZoneChange};
use crate::{
    base::{Conn, Edition, Error, Kept, OnConstraint, Page, PageRequest, Result, TaxRateId, TaxZoneId},
    schema::{tax_areas, tax_classes, tax_settings, tax_zone_rates, tax_zones, variants},
};

/// More than any one address or zone has.
const LIMIT: i64 = 1000;

pub fn settings(conn: &mut Conn) -> Result<TaxSettings> {
    Ok(tax_settings::table.find(1).select(TaxSettings::as_select()).first(conn)?)
}

/// As they are, locked.
pub fn lock_settings(conn: &mut Conn) -> Result<TaxSettings> {
    Ok(tax_settings::table.find(1).for_no_key_update().select(TaxSettings::as_select()).first(conn)?)
}

/// # Errors
/// `Invalid` on `delivery_class` when there is no such class.
pub fn update_settings(conn: &mut Conn, settings: &TaxSettings) -> Result<()> {
    let changed = diesel::update(tax_settings::table.find(1)).set(settings).execute(conn);
    changed.on_constraint("tax_settings_delivery_class_fkey", || Error::invalid("delivery_class", "Choose a class from the list"))?;
    Ok(())
}

/// All that tax is decided by.
pub struct TaxRules {
    pub settings: TaxSettings,
    pub zones: Vec<RatedZone>,
}

static RULES: Kept<TaxRules> = Kept::new();

/// The rules under an edition, from memory where they are known.
pub fn rules_under(conn: &mut Conn, edition: Edition) -> Result<Arc<TaxRules>> {
    RULES.under(edition, || {
        let areas: Vec<(TaxZoneId, Area)> =
            tax_areas::table.order(tax_areas::id).limit(50 * LIMIT).select((tax_areas::zone_id, Area::as_select())).load(conn)?;
        let ids: Vec<TaxZoneId> = tax_zones::table.order(tax_zones::id).limit(LIMIT).select(tax_zones::id).load(conn)?;
        Ok(TaxRules { settings: settings(conn)?, zones: zones_with(conn, &ids, &areas)? })
    })
}

fn zones_with(conn: &mut Conn, ids: &[TaxZoneId], areas: &[(TaxZoneId, Area)]) -> Result<Vec<RatedZone>> {
    let zones = tax_zones::table.filter(tax_zones::id.eq_any(ids)).order(tax_zones::id).limit(LIMIT);
    let zones: Vec<Zone> = zones.select(Zone::as_select()).load(conn)?;
    let days = tax_zone_rates::starts_on.asc().nulls_first();
    let order = (tax_classes::position, tax_classes::name, tax_zone_rates::priority, days, tax_zone_rates::id);
    let rates =
        tax_zone_rates::table.inner_join(tax_classes::table).filter(tax_zone_rates::zone_id.eq_any(ids)).order(order).limit(10 * LIMIT);
    let rates: Vec<Rate> = rates.select(Rate::as_select()).load(conn)?;
    let of = |zone: Zone| RatedZone {
        areas: areas.iter().filter(|(id, _)| *id == zone.id).map(|(_, area)| area.clone()).collect(),
        rates: rates.iter().filter(|rate| rate.zone_id == zone.id).cloned().collect(),
        zone,
    };
    Ok(zones.into_iter().map(of).collect())
}

/// Zones by name.
pub fn zones(conn: &mut Conn, request: PageRequest) -> Result<Page<RatedZone>> {
    let total = tax_zones::table.count().get_result(conn)?;
    let ids = tax_zones::table.order((tax_zones::name, tax_zones::id)).limit(request.limit()).offset(request.offset());
    let ids: Vec<TaxZoneId> = ids.select(tax_zones::id).load(conn)?;
    let areas = areas_of(conn, &ids)?;
    let zones = zones_with(conn, &ids, &areas)?;
    let in_order = ids.iter().filter_map(|id| zones.iter().find(|zone| zone.zone.id == *id).cloned()).collect();
    Ok(request.of(in_order, total))
}

/// # Errors
/// `NotFound`.
pub fn zone(conn: &mut Conn, id: TaxZoneId) -> Result<RatedZone> {
    let areas = areas_of(conn, &[id])?;
    zones_with(conn, &[id], &areas)?.pop().ok_or(Error::NotFound)
}

fn areas_of(conn: &mut Conn, ids: &[TaxZoneId]) -> Result<Vec<(TaxZoneId, Area)>> {
    let of = tax_areas::table.filter(tax_areas::zone_id.eq_any(ids));
    let order = (tax_areas::zone_id, tax_areas::country, tax_areas::region, tax_areas::postcode_from);
    Ok(of.order(order).limit(50 * LIMIT).select((tax_areas::zone_id, Area::as_select())).load(conn)?)
}

/// # Errors
/// `Invalid` on `name` when another zone has it.
pub fn insert_zone(conn: &mut Conn, zone: &ZoneChange) -> Result<TaxZoneId> {
    zone_refused(diesel::insert_into(tax_zones::table).values(zone).returning(tax_zones::id).get_result(conn))
}

/// # Errors
/// As for `insert_zone`; `NotFound`.
pub fn update_zone(conn: &mut Conn, id: TaxZoneId, zone: &ZoneChange) -> Result<()> {
    let changed = zone_refused(diesel::update(tax_zones::table.find(id)).set(zone).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn zone_refused<T>(result: QueryResult<T>) -> Result<T> {
    result.on_constraint("tax_zones_name_key", || Error::invalid("name", "Another zone has this name. Each needs its own"))
}

/// # Errors
/// `Invalid` on `areas` when a place is another zone's already, or told twice.
pub fn replace_areas(conn: &mut Conn, id: TaxZoneId, areas: &[Area]) -> Result<()> {
    diesel::delete(tax_areas::table.filter(tax_areas::zone_id.eq(id))).execute(conn)?;
    for area in areas {
        let row = (tax_areas::zone_id.eq(id), area);
        diesel::insert_into(tax_areas::table).values(row).execute(conn).on_constraint("tax_areas_overlap", || {
            let said = format!("{area} is in another zone already, or stands here twice. Take it out of one of them");
            Error::invalid("areas", said)
        })?;
    }
    Ok(())
}

/// # Errors
/// `Invalid` on `starts_on` when another rate of that class and order holds on the same days.
pub fn insert_rate(conn: &mut Conn, zone: TaxZoneId, rate: &RateChange) -> Result<TaxRateId> {
    let row = (tax_zone_rates::zone_id.eq(zone), rate);
    rate_refused(diesel::insert_into(tax_zone_rates::table).values(row).returning(tax_zone_rates::id).get_result(conn))
}

/// # Errors
/// As for `insert_rate`; `NotFound`.
pub fn update_rate(conn: &mut Conn, id: TaxRateId, rate: &RateChange) -> Result<()> {
    let changed = rate_refused(diesel::update(tax_zone_rates::table.find(id)).set(rate).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn rate_refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("tax_zone_rates_overlap", || {
            let said = "Another rate of this class, with the same order, holds on some of these days. End that one first, \
                        or give this one another order if both are due";
            Error::invalid("starts_on", said)
        })
        .on_constraint("tax_zone_rates_days_order", || Error::invalid("ends_on", "The last day can't be before the first"))
        .on_constraint("tax_zone_rates_tax_class_fkey", || Error::invalid("tax_class", "Choose a class from the list"))
}

/// # Errors
/// `NotFound`.
pub fn rate(conn: &mut Conn, id: TaxRateId) -> Result<Rate> {
    Ok(tax_zone_rates::table.find(id).select(Rate::as_select()).first(conn)?)
}

/// As it is, locked.
pub fn lock_rate(conn: &mut Conn, id: TaxRateId) -> Result<Rate> {
    Ok(tax_zone_rates::table.find(id).for_no_key_update().select(Rate::as_select()).first(conn)?)
}

pub fn delete_rate(conn: &mut Conn, id: TaxRateId) -> Result<()> {
    let gone = diesel::delete(tax_zone_rates::table.find(id)).execute(conn)?;
    if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// With its places and rates.
pub fn delete_zone(conn: &mut Conn, id: TaxZoneId) -> Result<()> {
    let gone = diesel::delete(tax_zones::table.find(id)).execute(conn)?;
    if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// All classes; there are few, and the limit keeps it so.
pub fn classes(conn: &mut Conn) -> Result<Vec<TaxClass>> {
    let order = (tax_classes::position, tax_classes::name);
    Ok(tax_classes::table.order(order).limit(LIMIT).select(TaxClass::as_select()).load(conn)?)
}

/// # Errors
/// `NotFound`.
pub fn class(conn: &mut Conn, code: &str) -> Result<TaxClass> {
    Ok(tax_classes::table.find(code).select(TaxClass::as_select()).first(conn)?)
}

/// Variants by class, archived ones too.
pub fn variants_by_class(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    let counts = variants::table.group_by(variants::tax_class).select((variants::tax_class, diesel::dsl::count_star()));
    Ok(counts.limit(LIMIT).load(conn)?)
}

/// # Errors
/// `Invalid` on `name` or `code` when another class has it.
pub fn insert_class(conn: &mut Conn, class: &TaxClass) -> Result<()> {
    class_refused(diesel::insert_into(tax_classes::table).values(class).execute(conn))?;
    Ok(())
}

/// Name and place; the code stays.
///
/// # Errors
/// `Invalid` on `name` when another class has it; `NotFound`.
pub fn update_class(conn: &mut Conn, code: &str, class: &TaxClass) -> Result<()> {
    let change = (tax_classes::name.eq(&class.name), tax_classes::position.eq(class.position));
    let changed = class_refused(diesel::update(tax_classes::table.find(code)).set(change).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn class_refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("tax_classes_name_key", || Error::invalid("name", "Another class has this name. Each needs its own"))
        .on_constraint("tax_classes_pkey", || Error::invalid("code", "Another class has this code. Each needs its own"))
}

/// # Errors
/// `Conflict` while something is of this class; `NotFound`.
pub fn delete_class(conn: &mut Conn, code: &str) -> Result<()> {
    let used = |by: &str| Error::Conflict(format!("The class can't be deleted: {by}"));
    let gone = diesel::delete(tax_classes::table.find(code))
        .execute(conn)
        .on_constraint("variants_tax_class_fkey", || used("there are products of it. Give them another class first"))
        .on_constraint("tax_zone_rates_tax_class_fkey", || used("there are rates for it. Delete those first"))
        .on_constraint("tax_settings_delivery_class_fkey", || used("delivery is taxed by it. Choose another one in the settings first"))
        .on_constraint("tax_settings_usual_class_fkey", || used("it is the class of whatever has no other"))?;
    if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
}
