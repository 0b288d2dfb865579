//! Counting what is really there.

use super::book;
use crate::{
    base::{CategoryId, Conn, Error, LocationId, OnConstraint, Problems, Result, StocktakeId, VariantId},
    inventory::{
        model::{Cause, Entry, Item, Stocktake, StocktakeState},
        store::{self, stocktakes::Line},
    },
};

/// Begins to count what is at a location, all of it or what stands in a category. `scope` says which in words.
///
/// # Errors
/// `Conflict` when the same is being counted already; `Invalid` on `category` when there is nothing to count.
pub fn start(conn: &mut Conn, location: LocationId, category: Option<CategoryId>, scope: &str, actor: &str) -> Result<StocktakeId> {
    store::places::find(conn, location)?;
    let id = store::stocktakes::insert(conn, location, scope, actor)?;
    if store::stocktakes::insert_lines(conn, id, category)? == 0 {
        return Err(Error::invalid("category", "There is nothing to count. Choose more, or another location"));
    }
    Ok(id)
}

/// Writes down what was counted, beside what the books say at this moment; `None` takes a count back. Tells how many changed.
///
/// # Errors
/// `Conflict` when it is booked or abandoned.
pub fn enter(conn: &mut Conn, id: StocktakeId, counts: &[(VariantId, Option<i32>)], actor: &str) -> Result<usize> {
    open(conn, id)?;
    let mut changed = 0;
    for (variant, counted) in counts {
        changed += usize::from(store::stocktakes::enter(conn, id, *variant, *counted, actor)?);
    }
    Ok(changed)
}

/// Adds an article that was found where none was expected.
///
/// # Errors
/// `Invalid` on `sku` when nothing has it, or it is sold without counting.
pub fn add_line(conn: &mut Conn, id: StocktakeId, sku: &str) -> Result<()> {
    open(conn, id)?;
    let found = store::levels::by_skus(conn, &[sku.trim().to_owned()])?;
    let known = found.iter().find(|known| known.sku == sku.trim()).or(found.first());
    let Some(known) = known else { return Err(Error::invalid("sku", "Nothing has this SKU. Compare it with the label")) };
    if known.is_bundle {
        return Err(Error::invalid("sku", "This is a bundle. Count its parts instead"));
    }
    if !known.tracked {
        return Err(Error::invalid("sku", "This is sold without counting"));
    }
    store::stocktakes::insert_line(conn, id, known.variant_id)
}

fn open(conn: &mut Conn, id: StocktakeId) -> Result<Stocktake> {
    let stocktake = store::stocktakes::lock(conn, id)?;
    if stocktake.is_open() {
        return Ok(stocktake);
    }
    Err(Error::Conflict("This stocktake is closed already. Start another one to count again.".to_owned()))
}

/// Books the differences. What moved between counting and now stays moved: the ledger gets the difference at the moment of
/// counting, not the count. What was not counted stays as it is.
///
/// # Errors
/// `Conflict` when it is closed, nothing was counted, or a difference can't be, with the lines and the reasons; then nothing is
/// booked.
pub fn book_all(conn: &mut Conn, id: StocktakeId, actor: &str) -> Result<()> {
    let stocktake = open(conn, id)?;
    if store::stocktakes::progress(conn, id)?.counted == 0 {
        return Err(Error::Conflict("Nothing is counted yet. Enter what you counted first, or abandon the stocktake.".to_owned()));
    }
    let lines = store::stocktakes::to_book(conn, id)?;
    let stocks = store::stock::lock(conn, &lines.iter().map(|line| line.variant_id).collect::<Vec<_>>())?;
    let entry = Entry { stocktake_id: Some(id), ..Entry::new(Cause::Counted, actor) };
    let mut problems = Problems::default();
    for line in &lines {
        let Some(difference) = line.difference() else { continue };
        // Sold without counting since.
        if stocks.get(&line.variant_id).is_some_and(|stock| !stock.tracked) {
            continue;
        }
        if let Some(message) = refusal(conn, &stocktake, line, difference)? {
            problems.add("", message);
            continue;
        }
        book_one(conn, &stocktake, line.variant_id, difference, entry)?;
    }
    problems.check()?;
    store::stocktakes::close(conn, id, StocktakeState::Booked, actor)
}

/// Why a difference can't be booked.
fn refusal(conn: &mut Conn, stocktake: &Stocktake, line: &Line, difference: i32) -> Result<Option<String>> {
    if difference >= 0 {
        return Ok(None);
    }
    let there = store::places::on_hand(conn, line.variant_id, stocktake.location_id)?;
    if there + difference < 0 {
        return Ok(Some(format!("{}: more have left since it was counted than would be there. Count it again", line.sku)));
    }
    let stock = store::stock::find(conn, line.variant_id)?;
    let owed = stock.allocated - stock.backorder_limit;
    Ok((stock.on_hand + difference < owed).then(|| {
        format!(
            "{}: {owed} belong to orders, but only {} would be on hand. Count again, or cancel orders first",
            line.sku,
            stock.on_hand + difference
        )
    }))
}

fn book_one(conn: &mut Conn, stocktake: &Stocktake, variant: VariantId, difference: i32, entry: Entry<'_>) -> Result<()> {
    store::stock::ensure(conn, variant)?;
    let stock = store::stock::find(conn, variant)?;
    store::holds::sweep_variant(conn, variant)?;
    store::holds::shrink(conn, variant, (stock.on_hand + difference + stock.backorder_limit - stock.allocated).max(0))?;
    if store::stock::add(conn, Item { variant, quantity: difference.abs() }, difference, 0)?.is_none() {
        // Somebody turns a hold into an order this very moment.
        return Err(Error::Conflict("One of the articles is just being ordered. Book the differences again.".to_owned()));
    }
    book(conn, variant, Some(stocktake.location_id), difference, 0, entry).on_constraint("location_stock_on_hand_range", || {
        Error::internal(format!("the count of variant {variant} does not fit its location"))
    })
}

/// Gives the count up; nothing is booked.
///
/// # Errors
/// `Conflict` when it is closed already.
pub fn abandon(conn: &mut Conn, id: StocktakeId, actor: &str) -> Result<()> {
    open(conn, id)?;
    store::stocktakes::close(conn, id, StocktakeState::Abandoned, actor)
}
