//! Goods come in, are carried from one location to another, and where that is.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::book;
use crate::{
    base::{Conn, Error, LocationId, Problems, ReceiptId, Result, TransferId, VariantId},
    inventory::{
        model::{Cause, Entry, Item, LocationChange},
        rules::TypedLine,
        store,
    },
};

/// What staff says of goods that came in.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    /// Of the form: sending it twice books once.
    pub submission: Uuid,
    pub location: LocationId,
    pub supplier: String,
    pub reference: String,
    pub lines: Vec<TypedLine>,
}

/// Books goods that came in.
///
/// # Errors
/// `Invalid` on the lines' fields: a SKU that nothing has, or that is sold without counting.
pub fn receive(conn: &mut Conn, new: &NewReceipt, actor: &str) -> Result<ReceiptId> {
    usable(conn, new.location, "location")?;
    let papers = (new.supplier.as_str(), new.reference.as_str());
    let receipt = match store::goods::insert_receipt(conn, new.submission, new.location, papers, actor)? {
        Ok(receipt) => receipt,
        Err(earlier) => return Ok(earlier),
    };
    let entry = Entry { receipt_id: Some(receipt), ..Entry::new(Cause::Received, actor) };
    let items: Vec<Item> = known(conn, &new.lines)?.into_iter().map(|(item, _)| item).collect();
    for item in &items {
        store::stock::ensure(conn, item.variant)?;
    }
    super::change(conn, &items, Some(new.location), entry, |quantity| (quantity, 0))?;
    Ok(receipt)
}

/// What staff says of goods that are carried elsewhere.
#[derive(Clone, Debug)]
pub struct NewTransfer {
    pub submission: Uuid,
    pub from: LocationId,
    pub to: LocationId,
    pub reference: String,
    pub lines: Vec<TypedLine>,
}

/// Books goods that are carried elsewhere. How many there are in all does not change.
///
/// # Errors
/// `Invalid` on the lines' fields, also when fewer are there to be carried away; on `to` when it is the same location.
pub fn transfer(conn: &mut Conn, new: &NewTransfer, actor: &str) -> Result<TransferId> {
    if new.from == new.to {
        return Err(Error::invalid("to", "Choose another location than the one they come from"));
    }
    usable(conn, new.to, "to")?;
    store::places::find(conn, new.from)?;
    let transfer = match store::goods::insert_transfer(conn, new.submission, (new.from, new.to), &new.reference, actor)? {
        Ok(transfer) => transfer,
        Err(earlier) => return Ok(earlier),
    };
    let (lines, mut problems) = (known(conn, &new.lines)?, Problems::default());
    store::stock::lock(conn, &lines.iter().map(|(item, _)| item.variant).collect::<Vec<_>>())?;
    let entry = Entry { transfer_id: Some(transfer), ..Entry::new(Cause::Transferred, actor) };
    for (item, field) in lines {
        let there = store::places::on_hand(conn, item.variant, new.from)?;
        if there < item.quantity {
            problems.add(&field, format!("By the books only {there} of these are there"));
            continue;
        }
        book(conn, item.variant, Some(new.from), -item.quantity, 0, entry)?;
        book(conn, item.variant, Some(new.to), item.quantity, 0, entry)?;
    }
    problems.check()?;
    Ok(transfer)
}

fn usable(conn: &mut Conn, location: LocationId, field: &str) -> Result<()> {
    if store::places::find(conn, location)?.active {
        return Ok(());
    }
    Err(Error::invalid(field, "Nothing is brought there any more. Choose another location"))
}

/// The variants behind the SKUs, each once and in the order of the keys, with the first field that names it.
fn known(conn: &mut Conn, lines: &[TypedLine]) -> Result<Vec<(Item, String)>> {
    let found = by_sku(conn, lines)?;
    let (mut problems, mut sums) = (Problems::default(), BTreeMap::new());
    for line in lines {
        match found.get(&line.sku.to_uppercase()) {
            Some((_, _, true)) => problems.add(&line.field, format!("{} is a bundle. Enter the SKUs of its parts", line.sku)),
            Some((variant, true, false)) => sums.entry(*variant).or_insert((0_i32, line.field.clone())).0 += line.quantity,
            Some(_) => problems.add(&line.field, format!("{} is sold without counting. Count it first", line.sku)),
            None => problems.add(&line.field, format!("Nothing has the SKU {}. Compare it with the label", line.sku)),
        }
    }
    problems.check()?;
    Ok(sums.into_iter().map(|(variant, (quantity, field))| (Item { variant, quantity }, field)).collect())
}

/// By SKU in capitals: the variant, whether it is counted and whether it is a bundle. Where two differ in case only, the one typed exactly wins.
fn by_sku(conn: &mut Conn, lines: &[TypedLine]) -> Result<HashMap<String, (VariantId, bool, bool)>> {
    let skus: Vec<_> = lines.iter().map(|line| line.sku.clone()).collect();
    let mut found = HashMap::new();
    for known in store::levels::by_skus(conn, &skus)? {
        let place = found.entry(known.sku.to_uppercase()).or_insert((known.variant_id, known.tracked, known.is_bundle));
        if skus.contains(&known.sku) {
            *place = (known.variant_id, known.tracked, known.is_bundle);
        }
    }
    Ok(found)
}

/// # Errors
/// `Invalid` on `name` when another location has it.
pub fn save_location(conn: &mut Conn, id: Option<LocationId>, change: &LocationChange) -> Result<LocationId> {
    match id {
        Some(id) => store::places::update(conn, id, change).map(|()| id),
        None => store::places::insert(conn, change),
    }
}

/// From now on units come and go there when nobody says where.
pub fn make_default(conn: &mut Conn, id: LocationId) -> Result<()> {
    store::places::lock_all(conn)?;
    store::places::set_default(conn, id)
}

/// Nothing is brought there any more.
///
/// # Errors
/// `Conflict` while something is there, or while it is the default location.
pub fn archive_location(conn: &mut Conn, id: LocationId) -> Result<()> {
    store::places::lock_all(conn)?;
    let location = store::places::find(conn, id)?;
    if location.is_default {
        return Err(Error::Conflict("This is the default location. Make another one the default first.".to_owned()));
    }
    let units = store::places::units(conn)?.get(&id).copied().unwrap_or(0);
    if units > 0 {
        return Err(Error::Conflict(format!("{units} units are still at {}. Transfer them to another location first.", location.name)));
    }
    store::places::set_active(conn, id, false)
}

pub fn restore_location(conn: &mut Conn, id: LocationId) -> Result<()> {
    store::places::lock_all(conn)?;
    store::places::set_active(conn, id, true)
}

/// How long units are held for somebody who is about to order.
pub fn set_hold_minutes(conn: &mut Conn, minutes: i32) -> Result<()> {
    store::holds::set_minutes(conn, minutes)
}
