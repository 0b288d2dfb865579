//! The rows that an order is the sum of. All of them go in with one statement, for as many orders as are written together, since
//! placing orders is what the shop must be quick at.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    base::{Conn, CouponId, OrderId, OrderLineId, PromotionId, Result, VariantId, prepared},
    orders::model::{AddressRow, DiscountLine, FeeLine, OrderLine, TaxLine},
    quote::{Discount, Fee, Line, Quote, Tax},
    schema::{order_addresses, order_discounts, order_fees, order_lines, order_tax_lines},
    settings::Address,
};

/// New rows of one or several orders, as they are sent to the database.
#[derive(Default, Debug)]
pub struct Parts<'a> {
    lines: Vec<LineRow<'a>>,
    discounts: Vec<DiscountRow<'a>>,
    taxes: Vec<TaxRow<'a>>,
    addresses: Vec<PlacedAddress<'a>>,
    events: Vec<EventRow<'a>>,
}

/// What of a quote's parts is in the database already.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The ids of its first lines.
    pub lines: &'a [OrderLineId],
    /// The ids of all its fees.
    pub fees: &'a [i64],
    /// The last position that a line of the order has.
    pub last: i32,
}

#[derive(Serialize, Debug)]
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
    is_digital: bool,
    note: &'a str,
}

/// Which line: by its id, or by its position where it is written only now.
#[derive(Serialize, Clone, Copy, Default, Debug)]
struct OfLine {
    line_id: Option<OrderLineId>,
    position: Option<i32>,
}

#[derive(Serialize, Debug)]
struct DiscountRow<'a> {
    nth: usize,
    order_id: OrderId,
    #[serde(flatten)]
    line: OfLine,
    promotion_id: PromotionId,
    coupon_id: Option<CouponId>,
    label: &'a str,
    amount: i64,
}

#[derive(Serialize, Debug)]
struct TaxRow<'a> {
    nth: usize,
    order_id: OrderId,
    #[serde(flatten)]
    line: OfLine,
    fee_id: Option<i64>,
    label: &'a str,
    rate: Decimal,
    base: i64,
    amount: i64,
}

#[derive(Serialize, Debug)]
struct PlacedAddress<'a> {
    order_id: OrderId,
    kind: &'a str,
    #[serde(flatten)]
    address: &'a Address,
}

#[derive(Serialize, Debug)]
struct EventRow<'a> {
    order_id: OrderId,
    kind: &'a str,
    actor: &'a str,
}

impl<'a> Parts<'a> {
    /// The lines, discounts and taxes of a quote that becomes this order, but for what is known already.
    pub fn add_quote(&mut self, order: OrderId, quote: &'a Quote, known: &Known<'_>) {
        for (at, line) in quote.lines.iter().enumerate() {
            let of = match known.lines.get(at) {
                Some(id) => OfLine { line_id: Some(*id), position: None },
                None => OfLine { line_id: None, position: Some(self.add_line(order, line, known, at)) },
            };
            line.discounts.iter().for_each(|discount| self.add_discount(order, of, discount));
            line.taxes.iter().for_each(|tax| self.add_tax(order, of, None, tax));
        }
        if let Some(delivery) = &quote.delivery {
            delivery.offer.discounts.iter().for_each(|discount| self.add_discount(order, OfLine::default(), discount));
            delivery.taxes.iter().for_each(|tax| self.add_tax(order, OfLine::default(), None, tax));
        }
        for (fee, id) in quote.fees.iter().zip(known.fees) {
            fee.taxes.iter().for_each(|tax| self.add_tax(order, OfLine::default(), Some(*id), tax));
        }
    }

    /// The position that it gets.
    fn add_line(&mut self, order: OrderId, line: &'a Line, known: &Known<'_>, at: usize) -> i32 {
        let new = i32::try_from(at - known.lines.len()).unwrap_or(i32::MAX);
        let position = known.last.saturating_add(1).saturating_add(new);
        self.lines.push(line_row(order, position, line));
        position
    }

    fn add_discount(&mut self, order: OrderId, line: OfLine, discount: &'a Discount) {
        let Discount { promotion, coupon, label, amount } = discount;
        let (nth, promotion_id, coupon_id) = (self.discounts.len(), *promotion, *coupon);
        self.discounts.push(DiscountRow { nth, order_id: order, line, promotion_id, coupon_id, label, amount: *amount });
    }

    fn add_tax(&mut self, order: OrderId, line: OfLine, fee_id: Option<i64>, tax: &'a Tax) {
        let Tax { label, rate, base, amount } = tax;
        self.taxes.push(TaxRow { nth: self.taxes.len(), order_id: order, line, fee_id, label, rate: *rate, base: *base, amount: *amount });
    }

    pub fn add_address(&mut self, order: OrderId, kind: &'a str, address: &'a Address) {
        self.addresses.push(PlacedAddress { order_id: order, kind, address });
    }

    pub fn add_event(&mut self, order: OrderId, kind: &'a str, actor: &'a str) {
        self.events.push(EventRow { order_id: order, kind, actor });
    }
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
        is_digital: variant.is_digital,
        note: &line.note,
    }
}

/// Discounts and taxes find the lines that are written with them by their positions. Foreign keys are checked when all is written.
const INSERT: &str = "
    WITH lines AS (
        INSERT INTO order_lines (order_id, position, variant_id, title, options, sku, image, unit_price, entered_price, quantity,
            total, weight_grams, tax_class, is_gift_card, is_digital, note)
        SELECT * FROM json_to_recordset($1::json) AS l (order_id bigint, position integer, variant_id bigint, title text, options text,
            sku text, image text, unit_price bigint, entered_price bigint, quantity integer, total bigint, weight_grams integer,
            tax_class text, is_gift_card boolean, is_digital boolean, note text)
        RETURNING id, order_id, position
    ), discounts AS (
        INSERT INTO order_discounts (order_id, order_line_id, promotion_id, coupon_id, label, amount)
        SELECT d.order_id, COALESCE(d.line_id, lines.id), d.promotion_id, d.coupon_id, d.label, d.amount
        FROM json_to_recordset($2::json) AS d (nth integer, order_id bigint, line_id bigint, position integer, promotion_id bigint,
            coupon_id bigint, label text, amount bigint)
        LEFT JOIN lines ON lines.order_id = d.order_id AND lines.position = d.position
        ORDER BY d.nth
    ), taxes AS (
        INSERT INTO order_tax_lines (order_id, order_line_id, order_fee_id, label, rate, base, amount)
        SELECT t.order_id, COALESCE(t.line_id, lines.id), t.fee_id, t.label, t.rate, t.base, t.amount
        FROM json_to_recordset($3::json) AS t (nth integer, order_id bigint, line_id bigint, position integer, fee_id bigint,
            label text, rate numeric, base bigint, amount bigint)
        LEFT JOIN lines ON lines.order_id = t.order_id AND lines.position = t.position
        ORDER BY t.nth
    ), addresses AS (
        INSERT INTO order_addresses (order_id, kind, name, company, line1, line2, city, region, postcode, country)
        SELECT * FROM json_to_recordset($4::json) AS a (order_id bigint, kind text, name text, company text, line1 text, line2 text,
            city text, region text, postcode text, country text)
    ), events AS (
        INSERT INTO order_events (order_id, kind, actor)
        SELECT * FROM json_to_recordset($5::json) AS e (order_id bigint, kind text, actor text)
    )
    SELECT count(*) AS lines FROM lines";

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = BigInt)]
    #[expect(dead_code, reason = "a statement that is kept prepared must be read")]
    lines: i64,
}

pub fn insert_parts(conn: &mut Conn, parts: &Parts<'_>) -> Result<()> {
    let insert = sql_query(INSERT)
        .bind::<Text, _>(serde_json::to_string(&parts.lines)?)
        .bind::<Text, _>(serde_json::to_string(&parts.discounts)?)
        .bind::<Text, _>(serde_json::to_string(&parts.taxes)?)
        .bind::<Text, _>(serde_json::to_string(&parts.addresses)?)
        .bind::<Text, _>(serde_json::to_string(&parts.events)?);
    prepared(insert).load::<Inserted>(conn)?;
    Ok(())
}

/// The fees' ids, in their order.
pub fn insert_fees(conn: &mut Conn, order: OrderId, fees: &[Fee]) -> Result<Vec<i64>> {
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
