use diesel::{dsl::now, prelude::*};

use super::{forms::Contact, model::Checkout};
use crate::{
    base::{CartId, Conn, CreditId, Result, ShippingMethodId},
    quote::AskedFee,
    schema::checkouts,
    settings::Address,
    tax::VatStanding,
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
    vat_number: String,
    vat_standing: VatStanding,
    use_store_credit: bool,
    gift_cards: Vec<Option<i64>>,
    reminder_consent: bool,
    fees: serde_json::Value,
    note: String,
}

pub fn find(conn: &mut Conn, cart: CartId) -> Result<Option<Checkout>> {
    Ok(find_all(conn, &[cart])?.pop())
}

/// The answers that were given for these carts, in no particular order.
pub fn find_all(conn: &mut Conn, carts: &[CartId]) -> Result<Vec<Checkout>> {
    let rows: Vec<Row> = checkouts::table.filter(checkouts::cart_id.eq_any(carts)).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

impl Row {
    fn read(self) -> Result<Checkout> {
        Ok(Checkout {
            cart: self.cart_id,
            email: self.email,
            phone: self.phone,
            delivery_address: serde_json::from_value(self.delivery_address)?,
            billing_address: self.billing_address.map(serde_json::from_value).transpose()?,
            shipping_method: self.shipping_method_id,
            vat_number: self.vat_number,
            vat_standing: self.vat_standing,
            gift_cards: self.gift_cards.into_iter().flatten().map(CreditId).collect(),
            use_store_credit: self.use_store_credit,
            wants_reminder: self.reminder_consent,
            fees: serde_json::from_value(self.fees)?,
            note: self.note,
        })
    }
}

/// Keeps contact and delivery address; other answers stay.
pub fn put_contact(conn: &mut Conn, cart: CartId, contact: &Contact) -> Result<()> {
    let address = serde_json::to_value(&contact.address)?;
    let change = (
        checkouts::email.eq(contact.email.as_str()),
        checkouts::phone.eq(&contact.phone),
        checkouts::delivery_address.eq(&address),
        checkouts::vat_number.eq(&contact.vat_number),
        checkouts::vat_standing.eq(contact.vat_standing),
        checkouts::updated_at.eq(now),
    );
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

pub fn set_gift_cards(conn: &mut Conn, cart: CartId, cards: &[CreditId]) -> Result<()> {
    let cards: Vec<i64> = cards.iter().map(|card| card.0).collect();
    diesel::update(checkouts::table.find(cart)).set((checkouts::gift_cards.eq(cards), checkouts::updated_at.eq(now))).execute(conn)?;
    Ok(())
}

pub fn set_use_store_credit(conn: &mut Conn, cart: CartId, used: bool) -> Result<()> {
    diesel::update(checkouts::table.find(cart)).set((checkouts::use_store_credit.eq(used), checkouts::updated_at.eq(now))).execute(conn)?;
    Ok(())
}

/// What only staff say of an order.
pub fn set_extras(conn: &mut Conn, cart: CartId, fees: &[AskedFee], note: &str) -> Result<()> {
    let change = (checkouts::fees.eq(serde_json::to_value(fees)?), checkouts::note.eq(note), checkouts::updated_at.eq(now));
    diesel::update(checkouts::table.find(cart)).set(change).execute(conn)?;
    Ok(())
}

/// Whether the shopper may be reminded of this order if it is not finished.
pub fn set_reminder_consent(conn: &mut Conn, cart: CartId, consent: bool) -> Result<()> {
    diesel::update(checkouts::table.find(cart)).set(checkouts::reminder_consent.eq(consent)).execute(conn)?;
    Ok(())
}
