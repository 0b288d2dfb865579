use super::{
    model::{Cause, Item},
    store,
};
use crate::base::{Conn, Error, OnConstraint, OrderId, Result, VariantId};

/// Somebody else was quicker: fewer are left than asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    pub variant: VariantId,
    pub available: i32,
}

/// Sets what was counted. The ledger gets the difference.
///
/// # Errors
/// `Invalid` when fewer would be on hand than belong to orders.
pub fn count(conn: &mut Conn, variant: VariantId, on_hand: i32, cause: Cause, actor: &str) -> Result<()> {
    store::ensure(conn, variant)?;
    let before = store::lock(conn, variant)?;
    let set = store::set(conn, variant, true, on_hand);
    set.on_constraint("stock_available", || {
        Error::invalid(
            "on_hand",
            format!("{} belong to orders that are not shipped yet, so there must be at least as many", before.allocated),
        )
    })?;
    store::note(conn, variant, cause, (on_hand - before.on_hand, 0), None, actor)
}

/// From now on the variant is sold without counting.
pub fn count_untracked(conn: &mut Conn, variant: VariantId, actor: &str) -> Result<()> {
    store::ensure(conn, variant)?;
    let before = store::lock(conn, variant)?;
    store::set(conn, variant, false, 0)?;
    store::note(conn, variant, Cause::Adjusted, (-before.on_hand, 0), None, actor)
}

/// Sets units aside for an order: all of them, or none and what is short. Rows are taken in the order of their keys, so
/// that two orders of the same things never wait for each other in a circle.
pub fn allocate(conn: &mut Conn, order: OrderId, items: &[Item]) -> Result<Result<(), Vec<Shortage>>> {
    let mut short = vec![];
    for item in in_key_order(items) {
        if store::add(conn, item, 0, item.quantity)?.is_some() {
            store::note(conn, item.variant, Cause::Allocated, (0, item.quantity), Some(order), "checkout")?;
        } else {
            let available = store::find(conn, item.variant)?.available().unwrap_or(0);
            short.push(Shortage { variant: item.variant, available });
        }
    }
    Ok(if short.is_empty() { Ok(()) } else { Err(short) })
}

/// Gives up what was set aside: the order will not be shipped.
pub fn release(conn: &mut Conn, order: OrderId, items: &[Item], actor: &str) -> Result<()> {
    change(conn, order, items, Cause::Released, actor, |quantity| (0, -quantity))
}

/// What was set aside leaves the building.
pub fn ship(conn: &mut Conn, order: OrderId, items: &[Item], actor: &str) -> Result<()> {
    change(conn, order, items, Cause::Shipped, actor, |quantity| (-quantity, -quantity))
}

/// Shipped things came back and can be sold again.
pub fn give_back(conn: &mut Conn, order: OrderId, items: &[Item], actor: &str) -> Result<()> {
    change(conn, order, items, Cause::Returned, actor, |quantity| (quantity, 0))
}

fn change(conn: &mut Conn, order: OrderId, items: &[Item], cause: Cause, actor: &str, by: impl Fn(i32) -> (i32, i32)) -> Result<()> {
    for item in in_key_order(items) {
        let (on_hand, allocated) = by(item.quantity);
        let Some(changed) = store::add(conn, item, on_hand, allocated)? else {
            return Err(Error::internal(format!("the stock of variant {} does not add up for order {order}", item.variant)));
        };
        let counted = if changed.tracked { on_hand } else { 0 };
        store::note(conn, item.variant, cause, (counted, allocated), Some(order), actor)?;
    }
    Ok(())
}

fn in_key_order(items: &[Item]) -> Vec<Item> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| item.variant);
    items
}
