//! Things that come back: asked for, agreed to, unpacked, made good. An order's row is locked before its return's.

use super::{
    derive, follow_up, payment_changed_by,
    refunds::{Told, give_credit, send_refunds},
};
use crate::{
    base::{Conn, Error, Money, Problems, Result},
    inventory::{self, Item},
    orders::{
        mails::{self, Links, ReturnStep},
        model::{
            Amends, NewReturn, Order, OrderLine, ReceivedLine, ReceivedReturn, Return, ReturnDetail, ReturnState, ReturnWish, ReturnedLine,
        },
        rules::{self, returns as returning},
        store::{self, returns},
    },
    payments, settings,
};

/// What of an order can still be sent back, and how much of each; nothing once the time for it is over. `settings` has the days.
pub fn returnable(conn: &mut Conn, order: &Order) -> Result<Vec<(OrderLine, i32)>> {
    let days = settings::store(conn)?.return_days;
    if order.is_cancelled() || !returns::is_in_time(conn, order.id, days)? {
        return Ok(vec![]);
    }
    left_to_return(conn, order)
}

fn left_to_return(conn: &mut Conn, order: &Order) -> Result<Vec<(OrderLine, i32)>> {
    let lines = store::lines(conn, order.id)?.into_iter().map(|line| (returning::returnable(&line), line));
    Ok(lines.filter(|(units, _)| *units > 0).map(|(units, line)| (line, units)).collect())
}

pub fn return_detail(conn: &mut Conn, number: &str) -> Result<ReturnDetail> {
    let rma = returns::find_by_number(conn, number)?;
    let order = store::find(conn, rma.order_id)?;
    detail_of(conn, order, rma)
}

fn detail_of(conn: &mut Conn, order: Order, rma: Return) -> Result<ReturnDetail> {
    let of_order = store::lines(conn, order.id)?;
    let named = |line: ReturnedLine| of_order.iter().find(|other| other.id == line.order_line_id).map(|found| (line, found.clone()));
    let lines = returns::lines(conn, rma.id)?.into_iter().filter_map(named).collect();
    let exchange = rma.exchange_order_id.map(|id| store::find(conn, id)).transpose()?;
    Ok(ReturnDetail { order, rma, lines, exchange })
}

/// The customer asks to send things back.
///
/// # Errors
/// `Invalid` on a line's quantity when that many can't go back (any more), `Conflict` when the time is over.
pub fn request_return(conn: &mut Conn, links: &Links, order: &Order, new: &NewReturn, by: &str) -> Result<Return> {
    let order = store::lock(conn, order.id)?;
    let left = returnable(conn, &order)?;
    if left.is_empty() {
        return Err(Error::Conflict("Nothing of this order can be sent back any more. Write to us if something is wrong.".to_owned()));
    }
    check_quantities(&left, new)?;
    if new.wish == ReturnWish::StoreCredit && order.account_id.is_none() {
        return Err(Error::invalid("wish", "Store credit needs an account. Choose another way"));
    }
    let rma = insert(conn, &order, new, by)?;
    returns::insert_lines(conn, rma.id, new)?;
    store::insert_event(conn, order.id, "return_requested", &rma.number, by)?;
    tell(conn, links, order, rma.clone(), ReturnStep::Requested)?;
    Ok(rma)
}

/// Staff agrees to a return without being asked for it: however long ago the order was, and at once. `tell`: the customer is told
/// how to send it; not so who stands at the counter with it.
///
/// # Errors
/// `Invalid` on a line's quantity when that many can't go back, `Conflict` when nothing can.
pub fn open_return(conn: &mut Conn, links: &Links, number: &str, new: &NewReturn, tell: bool, staff: &str) -> Result<Return> {
    let order = store::find_by_number(conn, number)?;
    let order = store::lock(conn, order.id)?;
    let left = openable(conn, &order)?;
    if left.is_empty() {
        return Err(Error::Conflict("Nothing of this order can come back: nothing has left, or all of it is in returns.".to_owned()));
    }
    check_quantities(&left, new)?;
    if !ReturnWish::open_to(&order).contains(&new.wish) {
        return Err(Error::invalid("wish", "Store credit needs an account. Choose another way"));
    }
    let rma = insert(conn, &order, &NewReturn { note: String::new(), ..new.clone() }, staff)?;
    returns::insert_lines(conn, rma.id, new)?;
    returns::set_state(conn, rma.id, ReturnState::Approved, Some(&new.note))?;
    store::insert_event(conn, order.id, "return_opened", &rma.number, staff)?;
    let rma = returns::find_by_number(conn, &rma.number)?;
    if tell {
        self::tell(conn, links, order, rma.clone(), ReturnStep::Approved)?;
    }
    Ok(rma)
}

/// What of an order can come back by staff's leave, whenever that is.
pub fn openable(conn: &mut Conn, order: &Order) -> Result<Vec<(OrderLine, i32)>> {
    if order.is_cancelled() { Ok(vec![]) } else { left_to_return(conn, order) }
}

fn insert(conn: &mut Conn, order: &Order, new: &NewReturn, by: &str) -> Result<Return> {
    for _ in 0..8 {
        let number = format!("R-{}", rules::order_number(rand::random()));
        if let Some(rma) = returns::insert(conn, order.id, &number, new, by)? {
            return Ok(rma);
        }
    }
    Err(Error::internal("no free return number in eight tries"))
}

/// Messages stand beside the fields of the form, which names them by the line's id.
fn check_quantities(left: &[(OrderLine, i32)], new: &NewReturn) -> Result<()> {
    let mut problems = Problems::default();
    for (line, quantity, _) in &new.lines {
        let most = left.iter().find(|(known, _)| known.id == *line).map_or(0, |(_, units)| *units);
        if *quantity > most {
            problems.add(&format!("quantity-{line}"), format!("At most {most} of this can be sent back"));
        }
    }
    problems.check()
}

fn tell(conn: &mut Conn, links: &Links, order: Order, rma: Return, step: ReturnStep) -> Result<()> {
    let detail = detail_of(conn, order, rma)?;
    mails::order_return(conn, links, &detail, step)
}

/// Both rows, locked in their order, when the return still stands where whoever acts saw it.
pub(super) fn lock(conn: &mut Conn, number: &str, states: &[ReturnState]) -> Result<(Order, Return)> {
    let rma = returns::find_by_number(conn, number)?;
    let order = store::lock(conn, rma.order_id)?;
    let rma = returns::lock(conn, rma.id)?;
    if states.contains(&rma.state) { Ok((order, rma)) } else { Err(gone()) }
}

fn gone() -> Error {
    Error::Conflict("The return has changed meanwhile. Look at it again; what you wanted may be done, or not possible any more.".to_owned())
}

/// It may come.
///
/// # Errors
/// `Conflict` when that was decided already, as for all the steps below.
pub fn approve_return(conn: &mut Conn, links: &Links, number: &str, note: &str, actor: &str) -> Result<()> {
    let (order, rma) = lock(conn, number, &[ReturnState::Requested])?;
    returns::set_state(conn, rma.id, ReturnState::Approved, Some(note))?;
    store::insert_event(conn, order.id, "return_approved", number, actor)?;
    let rma = returns::find_by_number(conn, number)?;
    tell(conn, links, order, rma, ReturnStep::Approved)
}

/// It may not come, for the reason in the note.
pub fn decline_return(conn: &mut Conn, links: &Links, number: &str, note: &str, actor: &str) -> Result<()> {
    let (order, rma) = lock(conn, number, &[ReturnState::Requested, ReturnState::Approved])?;
    give_up(conn, &rma, ReturnState::Declined, Some(note))?;
    store::insert_event(conn, order.id, "return_declined", &format!("{number}: {note}"), actor)?;
    let rma = returns::find_by_number(conn, number)?;
    tell(conn, links, order, rma, ReturnStep::Declined)
}

/// The customer keeps it.
pub fn withdraw_return(conn: &mut Conn, number: &str, by: &str) -> Result<()> {
    let (order, rma) = lock(conn, number, &[ReturnState::Requested, ReturnState::Approved])?;
    give_up(conn, &rma, ReturnState::Withdrawn, None)?;
    store::insert_event(conn, order.id, "return_withdrawn", number, by)
}

/// Ends a return of which nothing came; its units can be returned anew.
fn give_up(conn: &mut Conn, rma: &Return, state: ReturnState, note: Option<&str>) -> Result<()> {
    returns::set_state(conn, rma.id, state, note)?;
    for line in returns::lines(conn, rma.id)? {
        returns::count(conn, line.order_line_id, -line.quantity)?;
    }
    Ok(())
}

/// The parcel was unpacked: good units can be sold again, the others are written off, and what did not come can be returned anew.
///
/// # Errors
/// `Invalid` on a line's `restocked` when more came than was announced, on nothing in particular when nothing came.
pub fn receive_return(conn: &mut Conn, links: &Links, number: &str, received: &ReceivedReturn, actor: &str) -> Result<()> {
    let (order, rma) = lock(conn, number, &[ReturnState::Approved])?;
    let mut detail = detail_of(conn, order, rma)?;
    check_received(&detail, received).map_err(Error::Invalid)?;
    write_worth(conn, &mut detail, received)?;
    returns::set_state(conn, detail.rma.id, ReturnState::Received, None)?;
    let good: Vec<Item> = detail.lines.iter().filter_map(|(line, of)| item(of, line.restocked)).collect();
    let fulfilment = fulfilment_now(conn, &detail.order)?;
    derive(conn, &detail.order, detail.order.payment_state, fulfilment)?;
    store::insert_event(conn, detail.order.id, "return_received", &words(&detail), actor)?;
    let order = store::find(conn, detail.order.id)?;
    inventory::give_back(conn, order.id, &good, received.location, actor)?;
    let rma = returns::find_by_number(conn, number)?;
    tell(conn, links, order, rma, ReturnStep::Received)
}

fn item(line: &OrderLine, quantity: i32) -> Option<Item> {
    line.variant_id.filter(|_| quantity > 0).map(|variant| Item { variant, quantity })
}

/// # Errors
/// On a line's `restocked` when more came than was announced, on nothing in particular when nothing came.
pub fn check_received(detail: &ReturnDetail, received: &ReceivedReturn) -> std::result::Result<(), Problems> {
    let mut problems = Problems::default();
    for (line, _) in &detail.lines {
        if came(line, received).is_some_and(|came| came.restocked + came.scrapped > line.quantity) {
            let message = format!("Only {} of this were announced. Count again", line.quantity);
            problems.add(&format!("restocked-{}", line.order_line_id), message);
        }
    }
    if received.lines.iter().all(|came| came.restocked + came.scrapped == 0) {
        problems.add("", "Say how many came back. If nothing came, leave the return as it is, or decline it");
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn came(line: &ReturnedLine, received: &ReceivedReturn) -> Option<ReceivedLine> {
    received.lines.iter().find(|came| came.line == line.order_line_id).copied()
}

/// Fixes what each line that came back is worth, as the next part of what was paid for the whole line.
fn write_worth(conn: &mut Conn, detail: &mut ReturnDetail, received: &ReceivedReturn) -> Result<()> {
    let (discounts, taxes) = (store::discounts(conn, detail.order.id)?, store::taxes(conn, detail.order.id)?);
    let earlier = returns::lines_of_order(conn, detail.order.id)?;
    for (line, of) in &mut detail.lines {
        if let Some(came) = came(line, received) {
            (line.restocked, line.scrapped) = (came.restocked, came.scrapped);
        }
        let before = earlier.iter().filter(|back| back.order_line_id == of.id).map(ReturnedLine::came_back).sum();
        let (worth, tax) = returning::paid_for(of, &discounts, &taxes, detail.order.tax_included);
        line.worth = returning::share(worth, of.quantity, before, line.came_back());
        line.tax = returning::share(tax, of.quantity, before, line.came_back());
        returns::receive_line(conn, line)?;
        returns::count(conn, of.id, line.came_back() - line.quantity)?;
    }
    Ok(())
}

fn fulfilment_now(conn: &mut Conn, order: &Order) -> Result<crate::orders::model::Fulfilment> {
    let (lines, returned) = (store::lines(conn, order.id)?, returns::lines_of_order(conn, order.id)?);
    Ok(returning::after_return(order.fulfilment_state, &lines, &returned))
}

/// `R-7K4Q-29XM: 2 × Claw hammer`.
fn words(detail: &ReturnDetail) -> String {
    let came = detail.lines.iter().filter(|(line, _)| line.came_back() > 0);
    let parts: Vec<_> = came.map(|(line, of)| format!("{} × {}", line.came_back(), of.title)).collect();
    format!("{}: {}", detail.rma.number, parts.join(", "))
}

/// Makes good what came back, and closes the return. An amount of zero closes it with nothing owed.
///
/// # Errors
/// `Invalid` on `amount` when less than that is left of what was paid; on `way` when there is no account for store credit.
pub fn settle_return(conn: &mut Conn, links: &Links, number: &str, amount: i64, as_credit: bool, actor: &str) -> Result<Amends> {
    let (order, rma) = lock(conn, number, &[ReturnState::Received])?;
    let amount = order.money(&amount);
    let amends = match () {
        () if amount.is_zero() => Amends::Nothing,
        () if as_credit => Amends::StoreCredit,
        () => Amends::Refund,
    };
    make_good(conn, &order, &rma, amount, as_credit, actor)?;
    returns::close(conn, rma.id, amount.minor, amends)?;
    payment_changed_by(conn, links, order.id, true, actor)?;
    follow_up(conn, order.id)?;
    store::insert_event(conn, order.id, "return_closed", &format!("{number}: {amount}, {}", amends.label()), actor)?;
    let (order, rma) = (store::find(conn, order.id)?, returns::find_by_number(conn, number)?);
    tell(conn, links, order, rma, ReturnStep::Closed)?;
    Ok(amends)
}

/// Gives money back for a return, or credit for it.
pub(super) fn make_good(conn: &mut Conn, order: &Order, rma: &Return, amount: Money, as_credit: bool, actor: &str) -> Result<()> {
    if amount.is_zero() {
        return Ok(());
    }
    let reason = format!("Return {}", rma.number);
    if as_credit {
        return give_credit(conn, order, amount, &Told { of: Some(rma.id), reason: &reason, on_paper: &reason }, actor);
    }
    let refunds = payments::request_refund(conn, order.id, amount, &reason, actor)?;
    payments::note_refunds(conn, &refunds, Some(rma.id), &reason)?;
    send_refunds(conn, order, &refunds, amount.minor, actor)
}
