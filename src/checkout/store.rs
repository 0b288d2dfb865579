use diesel::{dsl::now, prelude::*};

use super::model::Checkout;
use crate::{
    base::{CartId, Conn, Result, ShippingMethodId},
    schema::checkouts,
    settings::Address,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = checkouts)]
struct Row {
    cart_id: CartId,
    email: String,
    phone: String,
    delivery_address: serde_json::Value,
    billing_address: Option<serde_json::Value>,
    shipping_method_id: Option<ShippingMethodId>,
    reminder_consent: bool,
}

pub fn find(conn: &mut Conn, cart: CartId) -> Result<Option<Checkout>> {
    let row: Option<Row> = checkouts::table.find(cart).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| {
        Ok(Checkout {
            cart: row.cart_id,
            email: row.email,
            phone: row.phone,
            delivery_address: serde_json::from_value(row.delivery_address)?,
            billing_address: row.billing_address.map(serde_json::from_value).transpose()?,
            shipping_method: row.shipping_method_id,
            wants_reminder: row.reminder_consent,
        })
    })
    .transpose()
}

/// Keeps contact and delivery address; other answers stay.
pub fn put_contact(conn: &mut Conn, cart: CartId, email: &str, phone: &str, address: &Address) -> Result<()> {
    let address = serde_json::to_value(address)?;
    let change =
        (checkouts::email.eq(email), checkouts::phone.eq(phone), checkouts::delivery_address.eq(&address), checkouts::updated_at.eq(now));
    diesel::insert_into(checkouts::table)
        .values((checkouts::cart_id.eq(cart), change))
        .on_conflict(checkouts::cart_id)
        .do_update()
        .set(change)
        .execute(conn)?;
    Ok(())
}

pub fn set_billing(conn: &mut Conn, cart: CartId, address: Option<&Address>) -> Result<()> {
    let address = address.map(serde_json::to_value).transpose()?;
    diesel::update(checkouts::table.find(cart))
        .set((checkouts::billing_address.eq(address), checkouts::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub fn set_method(conn: &mut Conn, cart: CartId, method: Option<ShippingMethodId>) -> Result<()> {
    diesel::update(checkouts::table.find(cart))
        .set((checkouts::shipping_method_id.eq(method), checkouts::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Whether the shopper may be reminded of this order if it is not finished.
pub fn set_reminder_consent(conn: &mut Conn, cart: CartId, consent: bool) -> Result<()> {
    diesel::update(checkouts::table.find(cart)).set(checkouts::reminder_consent.eq(consent)).execute(conn)?;
    Ok(())
}
