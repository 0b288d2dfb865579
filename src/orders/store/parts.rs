//! The rows that an order is the sum of. Each kind goes in with one statement, since placing an order is what the shop must be
//! quick at.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::{
    base::{Conn, CouponId, OrderId, OrderLineId, PromotionId, Result, VariantId, prepared},
    orders::model::{AddressRow, DiscountLine, FeeLine, OrderLine, TaxLine},
    quote::{Discount, Fee, Line, Quote, Tax},
    schema::{order_addresses, order_discounts, order_fees, order_lines, order_tax_lines},
};

#[derive(Insertable)]
#[diesel(table_name = order_lines)]
struct LineRow<'a> {
    order_id: OrderId,
    position: i32,
    variant_id: VariantId,
    title: &'a str,
    options: String,
    sku: &'a str,
    image: Option<&'a str>,
    unit_price: i64,
    entered_price: i64,
    quantity: i32,
    total: i64,
    weight_grams: i32,
    tax_class: &'a str,
    is_gift_card: bool,
    note: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = order_discounts)]
struct DiscountRow<'a> {
    order_id: OrderId,
    order_line_id: Option<OrderLineId>,
    promotion_id: PromotionId,
    coupon_id: Option<CouponId>,
    label: &'a str,
    amount: i64,
}

#[derive(Insertable)]
#[diesel(table_name = order_tax_lines)]
struct TaxRow<'a> {
    order_id: OrderId,
    order_line_id: Option<OrderLineId>,
    order_fee_id: Option<i64>,
    label: &'a str,
    rate: Decimal,
    base: i64,
    amount: i64,
}

/// Writes lines, fees, discounts and taxes of a quote that became this order. Positions count on from `after`.
pub fn insert_parts(conn: &mut Conn, order: OrderId, quote: &Quote, after: i32) -> Result<()> {
    let lines = insert_lines(conn, order, &quote.lines, after)?;
    let fees = insert_fees(conn, order, &quote.fees)?;
    insert_discounts(conn, order, quote, &lines)?;
    insert_taxes(conn, order, quote, &lines, &fees)
}

/// The lines' ids, in their order.
pub(super) fn insert_lines(conn: &mut Conn, order: OrderId, lines: &[Line], after: i32) -> Result<Vec<OrderLineId>> {
    let rows: Vec<_> = (after + 1..).zip(lines).map(|(position, line)| line_row(order, position, line)).collect();
    let inserted = diesel::insert_into(order_lines::table).values(&rows);
    let mut ids: Vec<(i32, OrderLineId)> = prepared(inserted.returning((order_lines::position, order_lines::id))).load(conn)?;
    ids.sort();
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

fn line_row(order: OrderId, position: i32, line: &Line) -> LineRow<'_> {
    let variant = &line.item.variant;
    LineRow {
        order_id: order,
        position,
        variant_id: variant.id,
        title: &line.item.title,
        options: variant.label(),
        sku: &variant.sku,
        image: line.item.picture.as_ref().map(|picture| picture.media.content_hash.as_str()),
        unit_price: line.unit_price,
        entered_price: line.entered,
        quantity: line.quantity,
        total: line.total(),
        weight_grams: variant.weight_grams,
        tax_class: &variant.tax_class,
        is_gift_card: line.item.is_gift_card,
        note: &line.note,
    }
}

pub(super) fn insert_fees(conn: &mut Conn, order: OrderId, fees: &[Fee]) -> Result<Vec<i64>> {
    fees.iter()
        .map(|fee| {
            let row = (
                order_fees::order_id.eq(order),
                order_fees::label.eq(&fee.label),
                order_fees::tax_class.eq(&fee.tax_class),
                order_fees::entered.eq(fee.entered),
                order_fees::amount.eq(fee.amount),
            );
            Ok(diesel::insert_into(order_fees::table).values(row).returning(order_fees::id).get_result(conn)?)
        })
        .collect()
}

pub(super) fn insert_discounts(conn: &mut Conn, order: OrderId, quote: &Quote, lines: &[OrderLineId]) -> Result<()> {
    let row = |line: Option<OrderLineId>, discount: &'_ Discount| (line, discount.clone());
    let on_lines = quote.lines.iter().zip(lines).flat_map(|(line, id)| line.discounts.iter().map(move |discount| row(Some(*id), discount)));
    let on_delivery = quote.delivery.iter().flat_map(|delivery| delivery.offer.discounts.iter().map(|discount| row(None, discount)));
    let all: Vec<_> = on_lines.chain(on_delivery).collect();
    let rows: Vec<_> = all
        .iter()
        .map(|(line, discount)| DiscountRow {
            order_id: order,
            order_line_id: *line,
            promotion_id: discount.promotion,
            coupon_id: discount.coupon,
            label: &discount.label,
            amount: discount.amount,
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(order_discounts::table).values(&rows).execute(conn)?;
    }
    Ok(())
}

pub(super) fn insert_taxes(conn: &mut Conn, order: OrderId, quote: &Quote, lines: &[OrderLineId], fees: &[i64]) -> Result<()> {
    let row = |line: Option<OrderLineId>, fee: Option<i64>, tax: &Tax| (line, fee, tax.clone());
    let on_lines = quote.lines.iter().zip(lines).flat_map(|(line, id)| line.taxes.iter().map(move |tax| row(Some(*id), None, tax)));
    let on_delivery = quote.delivery.iter().flat_map(|delivery| delivery.taxes.iter().map(|tax| row(None, None, tax)));
    let on_fees = quote.fees.iter().zip(fees).flat_map(|(fee, id)| fee.taxes.iter().map(move |tax| row(None, Some(*id), tax)));
    let all: Vec<_> = on_lines.chain(on_delivery).chain(on_fees).collect();
    let rows: Vec<_> = all
        .iter()
        .map(|(line, fee, tax)| TaxRow {
            order_id: order,
            order_line_id: *line,
            order_fee_id: *fee,
            label: &tax.label,
            rate: tax.rate,
            base: tax.base,
            amount: tax.amount,
        })
        .collect();
    if !rows.is_empty() {
        let inserted = diesel::insert_into(order_tax_lines::table).values(&rows);
        prepared(inserted.returning(order_tax_lines::id)).load::<i64>(conn)?;
    }
    Ok(())
}

pub fn insert_addresses(conn: &mut Conn, order: OrderId, addresses: &[AddressRow]) -> Result<()> {
    let rows: Vec<_> = addresses.iter().map(|address| (order_addresses::order_id.eq(order), address)).collect();
    let inserted = diesel::insert_into(order_addresses::table).values(rows);
    prepared(inserted.returning(order_addresses::order_id)).load::<OrderId>(conn)?;
    Ok(())
}

pub fn lines(conn: &mut Conn, id: OrderId) -> Result<Vec<OrderLine>> {
    let of = order_lines::table.filter(order_lines::order_id.eq(id)).order(order_lines::position);
    Ok(of.limit(1000).select(OrderLine::as_select()).load(conn)?)
}

pub fn taxes(conn: &mut Conn, id: OrderId) -> Result<Vec<TaxLine>> {
    let of = order_tax_lines::table.filter(order_tax_lines::order_id.eq(id)).order(order_tax_lines::id);
    Ok(of.limit(2000).select(TaxLine::as_select()).load(conn)?)
}

pub fn discounts(conn: &mut Conn, id: OrderId) -> Result<Vec<DiscountLine>> {
    let of = order_discounts::table.filter(order_discounts::order_id.eq(id)).order(order_discounts::id);
    Ok(of.limit(2000).select(DiscountLine::as_select()).load(conn)?)
}

pub fn fees(conn: &mut Conn, id: OrderId) -> Result<Vec<FeeLine>> {
    let of = order_fees::table.filter(order_fees::order_id.eq(id)).order(order_fees::id);
    Ok(of.limit(100).select(FeeLine::as_select()).load(conn)?)
}

pub fn addresses(conn: &mut Conn, id: OrderId) -> Result<Vec<AddressRow>> {
    Ok(order_addresses::table.filter(order_addresses::order_id.eq(id)).select(AddressRow::as_select()).load(conn)?)
}
