//! Locations, and what of a variant is where.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable},
};

use crate::{
    base::{Conn, Error, LocationId, OnConstraint, Result, VariantId},
    inventory::model::{Location, LocationChange},
    schema::{location_stock, locations},
};

/// Locations at most in a list: nobody has more, and each is a choice in a form.
const MOST: i64 = 200;

/// The default one first, those in use before the others.
pub fn all(conn: &mut Conn) -> Result<Vec<Location>> {
    let order = (locations::is_default.desc(), locations::active.desc(), locations::name);
    Ok(locations::table.order(order).limit(MOST).select(Location::as_select()).load(conn)?)
}

pub fn find(conn: &mut Conn, id: LocationId) -> Result<Location> {
    Ok(locations::table.find(id).select(Location::as_select()).first(conn)?)
}

pub fn insert(conn: &mut Conn, new: &LocationChange) -> Result<LocationId> {
    refused(diesel::insert_into(locations::table).values(new).returning(locations::id).get_result(conn))
}

pub fn update(conn: &mut Conn, id: LocationId, change: &LocationChange) -> Result<()> {
    let changed = refused(diesel::update(locations::table.find(id)).set(change).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn refused<T>(result: QueryResult<T>) -> Result<T> {
    result.on_constraint("locations_name_key", || Error::invalid("name", "Another location has this name. Choose another"))
}

/// Locks all of them, in the order of their keys: which is the default one is a matter between them.
pub fn lock_all(conn: &mut Conn) -> Result<()> {
    locations::table.order(locations::id).for_update().select(locations::id).load::<LocationId>(conn)?;
    Ok(())
}

pub fn set_default(conn: &mut Conn, id: LocationId) -> Result<()> {
    diesel::update(locations::table.filter(locations::is_default)).set(locations::is_default.eq(false)).execute(conn)?;
    let set = diesel::update(locations::table.find(id)).set((locations::is_default.eq(true), locations::active.eq(true)));
    if set.execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn set_active(conn: &mut Conn, id: LocationId, active: bool) -> Result<()> {
    diesel::update(locations::table.find(id)).set(locations::active.eq(active)).execute(conn)?;
    Ok(())
}

/// Units at each location.
pub fn units(conn: &mut Conn) -> Result<HashMap<LocationId, i64>> {
    let summed = location_stock::table.group_by(location_stock::location_id);
    Ok(summed
        .select((location_stock::location_id, diesel::dsl::sum(location_stock::on_hand)))
        .load::<(LocationId, Option<i64>)>(conn)?
        .into_iter()
        .map(|(id, units)| (id, units.unwrap_or(0)))
        .collect())
}

/// Units of a variant at each location where it is or has been.
pub fn of_variant(conn: &mut Conn, variant: VariantId) -> Result<Vec<(Location, i32)>> {
    let rows = location_stock::table.inner_join(locations::table).filter(location_stock::variant_id.eq(variant));
    let order = (locations::is_default.desc(), locations::name);
    Ok(rows.order(order).limit(MOST).select((Location::as_select(), location_stock::on_hand)).load(conn)?)
}

/// Where each of these is: names of locations with the units there, the default one first. Nothing where there is one location
/// only, since nobody has to be told.
pub fn shelves(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, Vec<(String, i32)>>> {
    let mut shelves: HashMap<VariantId, Vec<(String, i32)>> = HashMap::new();
    if variants.is_empty() || locations::table.filter(locations::active).count().get_result::<i64>(conn)? < 2 {
        return Ok(shelves);
    }
    let there = location_stock::table.inner_join(locations::table).filter(location_stock::on_hand.gt(0));
    let of_these = there.filter(location_stock::variant_id.eq_any(variants)).order((locations::is_default.desc(), locations::name));
    let columns = (location_stock::variant_id, locations::name, location_stock::on_hand);
    for (variant, name, units) in of_these.select(columns).load::<(VariantId, String, i32)>(conn)? {
        shelves.entry(variant).or_default().push((name, units));
    }
    Ok(shelves)
}

/// Units of a variant at one location.
pub fn on_hand(conn: &mut Conn, variant: VariantId, location: LocationId) -> Result<i32> {
    let found = location_stock::table.find((variant, location)).select(location_stock::on_hand).first(conn).optional()?;
    Ok(found.unwrap_or(0))
}

#[derive(QueryableByName)]
struct Put {
    #[diesel(sql_type = BigInt)]
    place: LocationId,
    #[diesel(sql_type = Integer)]
    booked: i32,
}

/// Books a change of what is on hand at a location, or wherever it falls due, and tells where. The caller writes the stock row
/// in the same transaction.
pub fn put(conn: &mut Conn, variant: VariantId, location: Option<LocationId>, change: i32) -> Result<Vec<(LocationId, i32)>> {
    let rows: Vec<Put> = sql_query("SELECT place, booked FROM stock_put($1, $2, $3)")
        .bind::<BigInt, _>(variant)
        .bind::<Nullable<BigInt>, _>(location)
        .bind::<Integer, _>(change)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.place, row.booked)).collect())
}
