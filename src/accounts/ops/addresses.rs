//! The address book: several addresses, of which one is offered first for delivery and one for the bill.

use crate::{
    accounts::{
        model::{AddressUse, KeptAddress},
        store::addresses,
    },
    base::{AccountId, AddressId, Conn, Result},
    settings::Address,
};

/// Puts an address into the book. The first is offered first for everything.
///
/// # Errors
/// `Invalid` when the book is full.
pub fn add(conn: &mut Conn, account: AccountId, kept: KeptAddress) -> Result<AddressId> {
    addresses::lock(conn, account)?;
    let is_first = addresses::of(conn, account)?.is_empty();
    let kept =
        KeptAddress { delivery_default: kept.delivery_default || is_first, billing_default: kept.billing_default || is_first, ..kept };
    make_room(conn, account, &kept)?;
    addresses::insert(conn, account, &kept)
}

/// # Errors
/// `NotFound` also for another's.
pub fn change(conn: &mut Conn, account: AccountId, id: AddressId, kept: &KeptAddress) -> Result<()> {
    addresses::lock(conn, account)?;
    make_room(conn, account, kept)?;
    addresses::update(conn, account, id, kept)
}

/// Offers this one first for delivery, or for the bill.
///
/// # Errors
/// `NotFound` also for another's.
pub fn set_default(conn: &mut Conn, account: AccountId, id: AddressId, kind: AddressUse) -> Result<()> {
    addresses::lock(conn, account)?;
    let mut kept = addresses::find(conn, account, id)?.kept;
    match kind {
        AddressUse::Delivery => kept.delivery_default = true,
        AddressUse::Billing => kept.billing_default = true,
    }
    make_room(conn, account, &kept)?;
    addresses::update(conn, account, id, &kept)
}

/// Whatever this one becomes the default for, no other is.
fn make_room(conn: &mut Conn, account: AccountId, kept: &KeptAddress) -> Result<()> {
    if kept.delivery_default {
        addresses::clear_default(conn, account, AddressUse::Delivery)?;
    }
    if kept.billing_default {
        addresses::clear_default(conn, account, AddressUse::Billing)?;
    }
    Ok(())
}

/// Keeps what was typed at the checkout, unless the book has it. `false`: the book is full.
pub fn keep(conn: &mut Conn, account: AccountId, address: &Address, phone: &str) -> Result<bool> {
    addresses::lock(conn, account)?;
    let known = addresses::of(conn, account)?;
    if known.iter().any(|saved| saved.kept.address == *address) {
        return Ok(true);
    }
    if known.len() as i64 >= addresses::MOST {
        return Ok(false);
    }
    let kept = KeptAddress { address: address.clone(), phone: phone.to_owned(), delivery_default: false, billing_default: false };
    add(conn, account, kept).map(|_| true)
}
