//! Parcels and what lies in them, and a few reads for the papers that go with them.

use diesel::{dsl::now, prelude::*};

use crate::{
    base::{Conn, LocationId, OrderId, OrderLineId, Result, ShipmentId},
    orders::model::{ChargeTax, Order, Shipment, Units},
    schema::{order_fees, order_lines, order_tax_lines, orders, shipment_lines, shipments},
};

/// A parcel as it leaves.
#[derive(Insertable)]
#[diesel(table_name = shipments)]
pub struct NewShipment<'a> {
    pub order_id: OrderId,
    pub carrier: &'a str,
    pub tracking_number: &'a str,
    pub tracking_url: &'a str,
    pub location_id: Option<i64>,
    pub actor: &'a str,
}

impl<'a> NewShipment<'a> {
    pub fn leaving(self, location: Option<LocationId>) -> Self {
        Self { location_id: location.map(|location| location.0), ..self }
    }
}

/// Notes a parcel, and its units as shipped.
pub fn insert_shipment(conn: &mut Conn, new: &NewShipment<'_>, units: &[Units]) -> Result<ShipmentId> {
    let shipment: ShipmentId = diesel::insert_into(shipments::table).values(new).returning(shipments::id).get_result(conn)?;
    let rows: Vec<_> = units
        .iter()
        .map(|units| {
            let of = (shipment_lines::shipment_id.eq(shipment), shipment_lines::order_line_id.eq(units.line));
            (of, shipment_lines::quantity.eq(units.quantity))
        })
        .collect();
    diesel::insert_into(shipment_lines::table).values(rows).execute(conn)?;
    for units in units {
        let line = order_lines::table.find(units.line).filter(order_lines::order_id.eq(new.order_id));
        diesel::update(line).set(order_lines::shipped.eq(order_lines::shipped + units.quantity)).execute(conn)?;
    }
    Ok(shipment)
}

/// These lines need no parcel: all of them has gone.
pub fn issued(conn: &mut Conn, lines: &[OrderLineId]) -> Result<()> {
    let lines = order_lines::table.filter(order_lines::id.eq_any(lines));
    diesel::update(lines).set(order_lines::shipped.eq(order_lines::quantity)).execute(conn)?;
    Ok(())
}

pub fn shipments(conn: &mut Conn, id: OrderId) -> Result<Vec<Shipment>> {
    let of = shipments::table.filter(shipments::order_id.eq(id)).order(shipments::id);
    Ok(of.limit(1000).select(Shipment::as_select()).load(conn)?)
}

/// One of an order's parcels.
pub fn shipment_of(conn: &mut Conn, order: OrderId, id: ShipmentId) -> Result<Shipment> {
    Ok(shipments::table.find(id).filter(shipments::order_id.eq(order)).select(Shipment::as_select()).first(conn)?)
}

pub fn units_of(conn: &mut Conn, shipment: ShipmentId) -> Result<Vec<Units>> {
    let of = shipment_lines::table.filter(shipment_lines::shipment_id.eq(shipment)).order(shipment_lines::order_line_id);
    let rows: Vec<(OrderLineId, i32)> = of.limit(1000).select((shipment_lines::order_line_id, shipment_lines::quantity)).load(conn)?;
    Ok(rows.into_iter().map(|(line, quantity)| Units { line, quantity }).collect())
}

/// `false`: it has arrived before.
pub fn set_delivered(conn: &mut Conn, order: OrderId, id: ShipmentId) -> Result<bool> {
    let under_way = shipments::table.find(id).filter(shipments::order_id.eq(order)).filter(shipments::delivered_at.is_null());
    Ok(diesel::update(under_way).set(shipments::delivered_at.eq(now)).execute(conn)? > 0)
}

/// The taxes that are on no line, with the fee they are on, in the order of fees.
pub fn charge_taxes(conn: &mut Conn, order: OrderId) -> Result<(Vec<i64>, Vec<ChargeTax>)> {
    let fees = order_fees::table.filter(order_fees::order_id.eq(order)).order(order_fees::id);
    let fees = fees.limit(100).select(order_fees::id).load(conn)?;
    let taxes = order_tax_lines::table.filter(order_tax_lines::order_id.eq(order)).filter(order_tax_lines::order_line_id.is_null());
    let columns = (order_tax_lines::order_fee_id, order_tax_lines::label, order_tax_lines::rate, order_tax_lines::amount);
    let taxes = taxes.order(order_tax_lines::id).limit(500).select(columns).load(conn)?;
    Ok((fees, taxes))
}

/// The orders with these numbers, the oldest first, a hundred at most.
pub fn with_numbers(conn: &mut Conn, numbers: &[String]) -> Result<Vec<Order>> {
    let chosen = orders::table.filter(orders::number.eq_any(numbers)).order((orders::placed_at, orders::id));
    Ok(chosen.limit(100).select(Order::as_select()).load(conn)?)
}
