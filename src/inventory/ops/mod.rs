pub mod bundles;
pub mod goods;
mod shortages;
pub mod stocktakes;

pub use shortages::shortages;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{
    model::{Allocation, Cause, Entry, Item, NewStock, Policy, Recipe, Shortage, Stock},
    rules, store,
};
use crate::base::{CartId, Conn, Error, LocationId, OnConstraint, OrderId, Result, VariantId, failpoint};

/// Sets what was counted of a variant, wherever it is. The ledger gets the difference. Units that people hold but have not
/// ordered give way to a count, the youngest holds first.
///
/// # Errors
/// `Invalid` when fewer would be on hand than belong to orders.
pub fn count(conn: &mut Conn, variant: VariantId, on_hand: i32, cause: Cause, actor: &str) -> Result<()> {
    set(conn, variant, None, on_hand, Entry::new(cause, actor))
}

/// Begins the books of variants that are new, all at once: what there is lies at the default location, and the ledger tells it.
///
/// # Errors
/// What the database refuses of any of them; a variant that has stock already is refused too.
pub fn begin(conn: &mut Conn, new: &[NewStock], cause: Cause, actor: &str) -> Result<()> {
    store::stock::begin(conn, new)?;
    store::ledger::begin(conn, new, cause, actor)
}

/// The same at one location. `seen` is what the page said was there, by which the count was made.
///
/// # Errors
/// `Invalid` on `on_hand` as for `count`; also when the books say something else than `seen` by now: then what changed is told.
pub fn count_at(conn: &mut Conn, variant: VariantId, location: LocationId, on_hand: i32, seen: Option<i32>, actor: &str) -> Result<()> {
    store::stock::ensure(conn, variant)?;
    let before = lock_one(conn, variant)?;
    let here = if before.tracked { store::places::on_hand(conn, variant, location)? } else { 0 };
    if let Some(seen) = seen.filter(|seen| before.tracked && *seen != here) {
        return Err(Error::invalid("on_hand", rules::stale(seen, here)));
    }
    let elsewhere = if before.tracked { before.on_hand - here } else { 0 };
    set(conn, variant, Some(location), elsewhere + on_hand, Entry::new(Cause::Adjusted, actor))
}

/// Sets the sum of all locations; the difference is booked at `location`, or wherever it falls due.
fn set(conn: &mut Conn, variant: VariantId, location: Option<LocationId>, on_hand: i32, entry: Entry<'_>) -> Result<()> {
    store::stock::ensure(conn, variant)?;
    let before = lock_one(conn, variant)?;
    check_single(&before)?;
    store::holds::sweep_variant(conn, variant)?;
    store::holds::shrink(conn, variant, (on_hand + before.backorder_limit - before.allocated).max(0))?;
    store::stock::set(conn, variant, true, on_hand).on_constraint("stock_available", || too_few(&before))?;
    book(conn, variant, location, on_hand - before.on_hand, 0, entry)
}

fn lock_one(conn: &mut Conn, variant: VariantId) -> Result<Stock> {
    Ok(store::stock::lock(conn, &[variant])?.remove(&variant).unwrap_or(Stock::none(variant)))
}

/// A bundle has no units of its own.
fn check_single(before: &Stock) -> Result<()> {
    if before.is_bundle { Err(Error::invalid("on_hand", "It is a bundle. Count its parts instead")) } else { Ok(()) }
}

fn too_few(before: &Stock) -> Error {
    let owed = before.allocated - before.backorder_limit;
    Error::invalid("on_hand", format!("{owed} belong to orders that are not shipped yet, so there must be at least as many"))
}

/// Writes the change of one variant's stock row into the locations and the ledger.
fn book(conn: &mut Conn, variant: VariantId, location: Option<LocationId>, on_hand: i32, allocated: i32, entry: Entry<'_>) -> Result<()> {
    let places = if on_hand == 0 { vec![] } else { store::places::put(conn, variant, location, on_hand)? };
    let mut rest = allocated;
    let mut entries: Vec<_> = places
        .into_iter()
        .map(|(place, change)| {
            // The first place's row tells of the order too.
            let allocated = std::mem::take(&mut rest);
            Entry { variant_id: variant, on_hand: change, allocated, location_id: Some(place), ..entry }
        })
        .collect();
    if entries.is_empty() {
        entries.push(Entry { variant_id: variant, on_hand: 0, allocated, ..entry });
    }
    store::ledger::note(conn, &entries)
}

/// From now on the variant is sold without counting.
pub fn count_untracked(conn: &mut Conn, variant: VariantId, actor: &str) -> Result<()> {
    store::stock::ensure(conn, variant)?;
    let before = lock_one(conn, variant)?;
    check_single(&before)?;
    store::stock::set(conn, variant, false, 0)?;
    book(conn, variant, None, -before.on_hand, 0, Entry::new(Cause::Adjusted, actor))
}

/// Sets how the variant is sold beyond how many there are.
///
/// # Errors
/// `Invalid` on `backorder_limit` when more have been sold beyond stock already.
pub fn set_policy(conn: &mut Conn, variant: VariantId, policy: &Policy) -> Result<()> {
    store::stock::ensure(conn, variant)?;
    let before = lock_one(conn, variant)?;
    store::holds::sweep_variant(conn, variant)?;
    store::holds::shrink(conn, variant, (before.on_hand + policy.backorder_limit - before.allocated).max(0))?;
    let owed = before.allocated - before.on_hand;
    let message = || format!("{owed} are sold beyond what is on hand already. Enter {owed} to sell no more for now");
    store::stock::set_policy(conn, variant, policy).on_constraint("stock_available", || Error::invalid("backorder_limit", message()))?;
    Ok(())
}

/// Holds units for somebody who is about to order: the holder's holds become exactly these items, for so many minutes from
/// now. All of them, or none and what is short; then earlier holds stay as they are. Asking again prolongs.
pub fn reserve(conn: &mut Conn, holder: CartId, items: &[Item], minutes: i32) -> Result<Result<DateTime<Utc>, Vec<Shortage>>> {
    match store::holds::reserve(conn, holder, items, minutes)? {
        Ok(until) => Ok(Ok(until)),
        Err(short) => {
            let recipes = store::bundles::recipes(conn, &variants_of(items))?;
            Ok(Err(rules::as_asked(&short, items, &recipes)))
        }
    }
}

fn variants_of(items: &[Item]) -> Vec<VariantId> {
    items.iter().map(|item| item.variant).collect()
}

/// Gives back what the holder holds.
pub fn let_go(conn: &mut Conn, holder: CartId) -> Result<()> {
    store::holds::let_go(conn, holder)
}

/// Gives back what is over, of so many variants at most, and tells of how many it was.
pub fn sweep(conn: &mut Conn, limit: usize) -> Result<usize> {
    let swept = store::holds::sweep(conn, limit)?;
    if swept > 0 {
        failpoint!("sweep.swept");
    }
    Ok(swept)
}

/// Sets units aside for an order, of bundles their parts: all of them, or none and what is short. What the holder holds is used first, what it lacks
/// is taken from what is free, and other holds of it are given back. One statement, whose locks are taken in the order of the
/// keys, so that two orders of the same things never wait for each other in a circle. Make it the last of its transaction:
/// then a much wanted article is locked for no more than this statement and the commit.
pub fn allocate(conn: &mut Conn, order: OrderId, holder: Option<CartId>, items: &[Item]) -> Result<Result<(), Vec<Shortage>>> {
    allocate_all(conn, &[Allocation { order, holder, items: items.to_vec() }])
}

/// The same for several orders: all of them are served, or none. Where that are more than one, what is short is told of one article
/// only, and not how many could be had.
pub fn allocate_all(conn: &mut Conn, wanted: &[Allocation]) -> Result<Result<(), Vec<Shortage>>> {
    let short = store::stock::allocate(conn, wanted, "checkout")?;
    if short.is_empty() {
        return Ok(Ok(()));
    }
    let recipes = store::bundles::taken_by(conn, &wanted.iter().map(|of| of.order).collect::<Vec<_>>())?;
    if recipes.is_empty() {
        return Ok(Err(short));
    }
    let items: Vec<Item> = wanted.iter().flat_map(|of| of.items.clone()).collect();
    Ok(Err(rules::as_asked(&short, &items, &recipes)))
}

/// Locks the rows of all that these variants of an order stand for, in the order of their keys: for whoever changes them in more
/// than one statement.
pub fn lock_stock(conn: &mut Conn, order: OrderId, variants: &[VariantId]) -> Result<()> {
    let recipes = [store::bundles::recipes(conn, variants)?, store::bundles::taken_by(conn, &[order])?].concat();
    let parts = recipes.iter().filter(|recipe| variants.contains(&recipe.bundle)).map(|recipe| recipe.part);
    store::stock::lock(conn, &variants.iter().copied().chain(parts).collect::<Vec<_>>()).map(|_| ())
}

/// What an order's items are in stock: of its bundles, what it took.
fn taken(conn: &mut Conn, order: OrderId, items: &[Item]) -> Result<(Vec<Item>, Vec<Recipe>)> {
    let recipes = store::bundles::taken_by(conn, &[order])?;
    Ok((rules::taken_apart(items, &recipes), recipes))
}

/// Gives up what was set aside: the order will not be shipped.
pub fn release(conn: &mut Conn, order: OrderId, items: &[Item], actor: &str) -> Result<()> {
    let (items, _) = taken(conn, order, items)?;
    let entry = Entry { order_id: Some(order), ..Entry::new(Cause::Released, actor) };
    change(conn, &items, None, entry, |quantity| (0, -quantity))
}

/// What was set aside leaves the building, from `location` or from wherever it is. All of it, or nothing and what is not there:
/// sold beyond stock and not come in yet, or at another location.
pub fn ship(
    conn: &mut Conn,
    order: OrderId,
    items: &[Item],
    location: Option<LocationId>,
    actor: &str,
) -> Result<Result<(), Vec<Shortage>>> {
    let entry = Entry { order_id: Some(order), ..Entry::new(Cause::Shipped, actor) };
    let (parts, recipes) = taken(conn, order, items)?;
    let short = not_there(conn, &parts, location)?;
    if !short.is_empty() {
        return Ok(Err(rules::as_asked(&short, items, &recipes)));
    }
    change(conn, &parts, location, entry, |quantity| (-quantity, -quantity)).map(Ok)
}

/// Shipped things came back and can be sold again; they are put to `restock`, or the default location. What came back and can't
/// be sold again was never put back, so there is nothing to say of it here.
pub fn give_back(conn: &mut Conn, order: OrderId, items: &[Item], restock: Option<LocationId>, actor: &str) -> Result<()> {
    let (items, _) = taken(conn, order, items)?;
    let entry = Entry { order_id: Some(order), ..Entry::new(Cause::Returned, actor) };
    change(conn, &items, restock, entry, |quantity| (quantity, 0))
}

/// What left by mail can be sold again: no more of it than the ledger says left for the order. A unit that was sold beyond a counted
/// stock, or before it was counted, left no shelf and comes back to none. The caller has locked the rows.
pub fn take_back(conn: &mut Conn, order: OrderId, items: &[Item], actor: &str) -> Result<()> {
    let gone = store::ledger::gone(conn, order)?;
    let back = merged(items).into_iter().filter_map(|item| {
        let left = gone.get(&item.variant).copied().filter(|left| *left > 0)?;
        Some(Item { quantity: item.quantity.min(left), ..item })
    });
    give_back(conn, order, &back.collect::<Vec<_>>(), None, actor)
}

/// Units on hand that can't be sold any more are thrown away. `reason` goes to the ledger.
///
/// # Errors
/// Shortages: so many are not there, or belong to orders.
pub fn scrap(
    conn: &mut Conn,
    items: &[Item],
    location: Option<LocationId>,
    reason: &str,
    actor: &str,
) -> Result<Result<(), Vec<Shortage>>> {
    let mut short = not_there(conn, items, location)?;
    for item in merged(items) {
        store::holds::sweep_variant(conn, item.variant)?;
        let stock = store::stock::find(conn, item.variant)?;
        let free = stock.available().unwrap_or(item.quantity);
        if free < item.quantity && short.iter().all(|known| known.variant != item.variant) {
            short.push(Shortage { variant: item.variant, available: free.max(0), is_limit: false, is_shared: false });
        }
    }
    if !short.is_empty() {
        return Ok(Err(short));
    }
    let entry = Entry { note: reason, ..Entry::new(Cause::Scrapped, actor) };
    change(conn, items, location, entry, |quantity| (-quantity, 0)).map(Ok)
}

/// Locks the rows and tells what is not at the location, or anywhere.
fn not_there(conn: &mut Conn, items: &[Item], location: Option<LocationId>) -> Result<Vec<Shortage>> {
    let items = merged(items);
    let stocks = lock(conn, &items)?;
    let mut short = vec![];
    for item in items {
        let stock = stocks.get(&item.variant).copied().unwrap_or(Stock::none(item.variant));
        let there = match location {
            Some(location) if stock.tracked => store::places::on_hand(conn, item.variant, location)?,
            _ => stock.on_hand,
        };
        if stock.tracked && there < item.quantity {
            short.push(Shortage { variant: item.variant, available: there, is_limit: false, is_shared: false });
        }
    }
    Ok(short)
}

fn lock(conn: &mut Conn, items: &[Item]) -> Result<HashMap<VariantId, Stock>> {
    store::stock::lock(conn, &items.iter().map(|item| item.variant).collect::<Vec<_>>())
}

fn change(conn: &mut Conn, items: &[Item], location: Option<LocationId>, entry: Entry<'_>, by: impl Fn(i32) -> (i32, i32)) -> Result<()> {
    for item in merged(items) {
        let (on_hand, allocated) = by(item.quantity);
        let Some(changed) = store::stock::add(conn, item, on_hand, allocated)? else {
            return Err(Error::internal(format!("the stock of variant {} does not add up ({})", item.variant, entry.cause)));
        };
        let counted = if changed.tracked { on_hand } else { 0 };
        book(conn, item.variant, location, counted, allocated, entry)?;
    }
    Ok(())
}

/// Each variant once, in the order of the keys.
fn merged(items: &[Item]) -> Vec<Item> {
    let mut sums = BTreeMap::new();
    for item in items {
        *sums.entry(item.variant).or_insert(0) += item.quantity;
    }
    sums.into_iter().map(|(variant, quantity)| Item { variant, quantity }).collect()
}
