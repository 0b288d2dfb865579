//! Orders that are placed, without their parts: one statement however many there are, and one plan for any number.

use diesel::{prelude::*, sql_query, sql_types::Text};
use serde::Serialize;

use crate::{
    base::{AccountId, CartId, Conn, Error, OnConstraint, Result, ShippingMethodId, prepared},
    orders::model::{NewOrder, Order, Source},
    tax::Treatment,
};

/// An order as it is sent to the database, under the names of its columns.
#[derive(Serialize, Clone, Debug)]
pub struct OrderRow<'a> {
    pub number: String,
    token: String,
    cart_id: CartId,
    account_id: Option<AccountId>,
    email: &'a str,
    phone: &'a str,
    currency: &'static str,
    source: Source,
    items_total: i64,
    discount_total: i64,
    delivery_total: i64,
    fee_total: i64,
    tax_total: i64,
    total: i64,
    tax_included: bool,
    tax_treatment: Treatment,
    tax_reason: &'a str,
    vat_number: &'a str,
    delivery_method: &'a str,
    shipping_method_id: Option<ShippingMethodId>,
    delivery_entered: i64,
    is_pickup: bool,
    gateway: &'a str,
    pay_within: Option<i32>,
}

impl<'a> OrderRow<'a> {
    pub fn of(new: &'a NewOrder, number: String, token: String) -> Self {
        let quote = &new.quote;
        let delivery = quote.delivery.as_ref().map(|delivery| &delivery.offer);
        Self {
            number,
            token,
            cart_id: new.cart,
            account_id: new.account,
            email: &new.email,
            phone: &new.phone,
            currency: quote.currency.code(),
            source: new.source,
            items_total: quote.items_total(),
            discount_total: quote.discount_total(),
            delivery_total: quote.delivery_total(),
            fee_total: quote.fee_total(),
            tax_total: quote.tax_total(),
            total: quote.total(),
            tax_included: quote.tax_included,
            tax_treatment: quote.treatment,
            tax_reason: &quote.tax_reason,
            vat_number: &new.vat_number,
            delivery_method: delivery.map_or("", |offer| &offer.method.name),
            shipping_method_id: delivery.and_then(|offer| offer.method.id),
            delivery_entered: delivery.map_or(0, |offer| offer.entered),
            is_pickup: delivery.is_some_and(|offer| offer.method.is_pickup),
            gateway: &new.gateway,
            pay_within: new.pay_within_minutes,
        }
    }
}

const BLOCKED: &str = "Your account can’t order just now. Ask us, and we will see to it.";
const BLOCKED_TO_STAFF: &str = "This customer is blocked. Unblock them on their own page first.";

/// Inserts these, but for those whose number another order has. In no particular order.
///
/// # Errors
/// `Conflict` when one of these customers is blocked.
pub fn insert_all(conn: &mut Conn, rows: &[OrderRow<'_>]) -> Result<Vec<Order>> {
    let inserted = sql_query(
        "INSERT INTO orders (number, token, cart_id, account_id, email, phone, currency, source, items_total, discount_total,
            delivery_total, fee_total, tax_total, total, tax_included, tax_treatment, tax_reason, vat_number, delivery_method,
            shipping_method_id, delivery_entered, is_pickup, gateway, pay_before)
         SELECT number, token, cart_id, account_id, email, phone, currency, source, items_total, discount_total,
            delivery_total, fee_total, tax_total, total, tax_included, tax_treatment, tax_reason, vat_number, delivery_method,
            shipping_method_id, delivery_entered, is_pickup, gateway, now() + make_interval(mins => pay_within)
         FROM json_to_recordset($1::json) AS o (number text, token text, cart_id uuid, account_id bigint, email text, phone text,
            currency text, source text, items_total bigint, discount_total bigint, delivery_total bigint, fee_total bigint,
            tax_total bigint, total bigint, tax_included boolean, tax_treatment text, tax_reason text, vat_number text,
            delivery_method text, shipping_method_id bigint, delivery_entered bigint, is_pickup boolean, gateway text,
            pay_within integer)
         ON CONFLICT (number) DO NOTHING RETURNING *",
    );
    let by_staff = rows.iter().any(|row| row.source == Source::Staff);
    let blocked = || Error::Conflict(if by_staff { BLOCKED_TO_STAFF } else { BLOCKED }.to_owned());
    prepared(inserted.bind::<Text, _>(serde_json::to_string(rows)?)).load(conn).on_constraint("orders_of_nobody_blocked", blocked)
}
