use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};

use super::model::{Area, Rate, RateChange, RatedZone, TaxSettings, Zone, ZoneChange};
use crate::{
    base::{Conn, Error, OnConstraint, Result, TaxRateId, TaxZoneId},
    schema::{tax_areas, tax_settings, tax_zone_rates, tax_zones},
    settings::Place,
};

/// More than any one address or zone has.
const LIMIT: i64 = 1000;

pub fn settings(conn: &mut Conn) -> Result<TaxSettings> {
    Ok(tax_settings::table.find(1).select(TaxSettings::as_select()).first(conn)?)
}

/// The areas that hold a place, whose postcode has only letters and digits.
pub fn areas_at(conn: &mut Conn, place: &Place) -> Result<Vec<(TaxZoneId, Area)>> {
    let code = &place.postcode;
    let holds_postcode = sql::<Bool>("(postcode_to = '' OR (postcode_from COLLATE \"C\" <= ")
        .bind::<Text, _>(code)
        .sql(" AND postcode_to || '~' COLLATE \"C\" >= ")
        .bind::<Text, _>(code)
        .sql("))");
    let at = tax_areas::table.filter(tax_areas::country.eq(&place.country)).filter(tax_areas::region.eq_any(["", &place.region]));
    Ok(at.filter(holds_postcode).order(tax_areas::id).limit(LIMIT).select((tax_areas::zone_id, Area::as_select())).load(conn)?)
}

/// The zones of these areas with all their rates.
pub fn rated_zones(conn: &mut Conn, areas: Vec<(TaxZoneId, Area)>) -> Result<Vec<RatedZone>> {
    let ids: Vec<_> = areas.iter().map(|(id, _)| *id).collect();
    let zones = tax_zones::table.filter(tax_zones::id.eq_any(&ids)).order(tax_zones::id).limit(LIMIT);
    let zones: Vec<Zone> = zones.select(Zone::as_select()).load(conn)?;
    let rates = tax_zone_rates::table.filter(tax_zone_rates::zone_id.eq_any(&ids)).order(tax_zone_rates::id).limit(LIMIT);
    let rates: Vec<Rate> = rates.select(Rate::as_select()).load(conn)?;
    let of = |zone: Zone| RatedZone {
        areas: areas.iter().filter(|(id, _)| *id == zone.id).map(|(_, area)| area.clone()).collect(),
        rates: rates.iter().filter(|rate| rate.zone_id == zone.id).cloned().collect(),
        zone,
    };
    Ok(zones.into_iter().map(of).collect())
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
