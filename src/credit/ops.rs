use super::{
    mails,
    model::{AlreadySpent, BoughtCard, Cause, Credit, NewCard, Recipient},
    rules::Code,
    store::{self, CodeHash, NewEntry},
};
use crate::{
    accounts,
    base::{AccountId, Conn, CreditId, Currency, Email, Error, Money, OrderId, RefundId, Result},
    limits::Knock,
};

/// How often a buyer can send a card on.
const MOST_SENT_ON: i32 = 5;

/// Cards whose rest is written off in one transaction.
const EXPIRED_AT_ONCE: i64 = 200;

/// The same for a code that never was, one that is used up, disabled or expired: a guesser learns nothing.
const NO_SUCH_CARD: &str = "There is no money on a gift card with this code. Check it, letter by letter";

/// The gift card with this code, while something on it can be spent, or what to tell whoever typed it. `knock`: the try as it was
/// counted before. What can be no code was a slip of the pen, and a right code is no guess: neither counts.
pub fn find_card(conn: &mut Conn, code: &str, knock: &Knock) -> Result<Result<Credit, String>> {
    let code = match Code::parse(code) {
        Ok(code) => code,
        Err(message) => {
            knock.give_back(conn)?;
            return Ok(Err(message.to_owned()));
        }
    };
    let Some(card) = store::usable_by_code(conn, &code.hash())? else { return Ok(Err(NO_SUCH_CARD.to_owned())) };
    knock.give_back(conn)?;
    Ok(Ok(card))
}

/// Pays with it: takes what is there, `most` at most, and tells how much that was. 0 when nothing is there, or it is disabled,
/// expired or in another currency than the order. Who may spend it is for the caller to know. Take several in the order of
/// their ids.
pub fn spend(conn: &mut Conn, credit: CreditId, order: OrderId, most: i64) -> Result<i64> {
    if most <= 0 { Ok(0) } else { store::spend(conn, credit, order, most) }
}

/// Puts back what an order was paid with.
///
/// # Errors
/// `Conflict` when the order was paid with less, what came back before considered.
pub fn give_back(conn: &mut Conn, credit: CreditId, order: OrderId, amount: i64, actor: &str) -> Result<()> {
    put_back(conn, credit, order, None, amount, actor).map(|_| ())
}

/// The same for a refund, however often it is asked for; `false` when it was given back before.
///
/// # Errors
/// As for `give_back`.
pub fn give_back_once(conn: &mut Conn, credit: CreditId, order: OrderId, refund: RefundId, amount: i64, actor: &str) -> Result<bool> {
    put_back(conn, credit, order, Some(refund), amount, actor)
}

fn put_back(conn: &mut Conn, credit: CreditId, order: OrderId, refund: Option<RefundId>, amount: i64, actor: &str) -> Result<bool> {
    if amount == 0 {
        return Ok(false);
    }
    let entry = NewEntry { credit, amount, cause: Cause::GivenBack, order: Some(order), refund, note: "", actor };
    let written = store::enter(conn, &entry)?;
    if written {
        store::prolong(conn, credit)?;
        follow(conn, credit, actor)?;
    }
    Ok(written)
}

/// Gives a customer store credit. `amount` in minor units, above 0.
pub fn grant(
    conn: &mut Conn,
    account: AccountId,
    currency: Currency,
    amount: i64,
    order: Option<OrderId>,
    reason: &str,
    actor: &str,
) -> Result<CreditId> {
    let credit = store::ensure_store_credit(conn, account, currency)?;
    store::enter(conn, &NewEntry { credit, amount, cause: Cause::Granted, order, refund: None, note: reason, actor })?;
    tracing::info!(event = "store_credit_granted", credit.id = credit.0, "store credit was granted");
    follow(conn, credit, actor)?;
    Ok(credit)
}

/// All store credit of one account becomes another's, of the same person: by entries in the ledgers of both, penny for penny. Doing it
/// again takes what came late.
///
/// # Errors
/// The database can't be written.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId, actor: &str) -> Result<()> {
    let held = store::lock_store_credits(conn, &[from, into])?;
    held.iter().filter(|credit| credit.account == Some(from)).try_for_each(|credit| move_on(conn, credit, into, actor))
}

/// What comes back to an account that another took over goes on to that one.
fn follow(conn: &mut Conn, credit: CreditId, actor: &str) -> Result<()> {
    let held = store::find(conn, credit)?;
    let into = held.account.map(|account| accounts::merged_into(conn, account)).transpose()?.flatten();
    into.map_or(Ok(()), |into| move_on(conn, &held, into, actor))
}

fn move_on(conn: &mut Conn, held: &Credit, into: AccountId, actor: &str) -> Result<()> {
    if held.balance == 0 {
        return Ok(());
    }
    let to = store::ensure_store_credit(conn, into, held.currency)?;
    let entry = |credit, amount, cause, note| NewEntry { credit, amount, cause, order: None, refund: None, note, actor };
    store::enter(conn, &entry(held.id, -held.balance, Cause::Voided, "Went to the account that took this one over"))?;
    store::enter(conn, &entry(to, held.balance, Cause::Granted, "From an account of the same customer that this one took over"))?;
    Ok(())
}

/// Makes the gift cards that a paid order bought, one for each unit, and mails each to the buyer. Told twice, it makes none
/// twice. `site`: the shop's address without a slash at its end.
pub fn issue_for(conn: &mut Conn, site: &str, order: OrderId, lines: &[BoughtCard], email: &str) -> Result<()> {
    for line in lines {
        for unit in 1..=line.quantity {
            issue_unit(conn, site, order, line, unit, email)?;
        }
    }
    Ok(())
}

fn issue_unit(conn: &mut Conn, site: &str, order: OrderId, line: &BoughtCard, unit: i32, email: &str) -> Result<()> {
    // A card that cost nothing would be worth nothing.
    if line.unit_amount <= 0 {
        return Ok(());
    }
    let code = Code::random();
    let Some(credit) = store::insert_bought(conn, order, line, unit, email, &hashed(&code, &code.hash()))? else { return Ok(()) };
    let entry =
        NewEntry { credit, amount: line.unit_amount, cause: Cause::Bought, order: Some(order), refund: None, note: "", actor: "checkout" };
    store::enter(conn, &entry)?;
    let card = store::find(conn, credit)?;
    let number = store::order_number(conn, order)?;
    mails::gift_card(conn, site, &card, &code.shown(), &number)
}

fn hashed<'a>(code: &'a Code, hash: &'a str) -> CodeHash<'a> {
    CodeHash { hash, last4: code.last4() }
}

/// A gift card by staff's hand, mailed to its recipient. The same request, sent twice, finds the card of the first.
pub fn issue(conn: &mut Conn, site: &str, new: &NewCard, actor: &str) -> Result<CreditId> {
    let code = Code::random();
    let Some(credit) = store::insert_issued(conn, new, &hashed(&code, &code.hash()))? else {
        return store::by_request(conn, new.request);
    };
    let entry = NewEntry { credit, amount: new.amount.minor, cause: Cause::Issued, order: None, refund: None, note: "", actor };
    store::enter(conn, &entry)?;
    let card = store::find(conn, credit)?;
    mails::gift_card(conn, site, &card, &code.shown(), "")?;
    tracing::info!(event = "gift_card_issued", credit.id = credit.0, "a gift card was issued by hand");
    Ok(credit)
}

/// Sends a gift card, again or to a friend; its history tells it. The mail has a new code and the old one is worth nothing from now on, since the
/// shop itself keeps no code that it could repeat.
///
/// # Errors
/// `Conflict` when nothing on it can be spent.
pub fn send_to(conn: &mut Conn, site: &str, credit: CreditId, to: &Recipient, actor: &str) -> Result<()> {
    Email::parse(&to.email).map_err(|message| Error::invalid("email", message))?;
    let card = store::lock(conn, credit)?;
    if !card.is_gift_card() {
        return Err(Error::NotFound);
    }
    if !card.is_usable(store::time(conn)?) {
        return Err(Error::Conflict("Nothing on this gift card can be spent, so it is not sent".to_owned()));
    }
    let code = Code::random();
    store::note_sending(conn, &card, to, code.last4(), actor)?;
    store::set_code(conn, credit, &hashed(&code, &code.hash()), to)?;
    let number = card.order.map(|order| store::order_number(conn, order)).transpose()?.unwrap_or_default();
    let card = store::find(conn, credit)?;
    mails::gift_card(conn, site, &card, &code.shown(), &number)
}

/// The same from a page that showed the code's end: when it is another by now, the card has just been sent.
///
/// # Errors
/// As for `send_to`.
pub fn send_seen(conn: &mut Conn, site: &str, credit: CreditId, seen_last4: &str, to: &Recipient, actor: &str) -> Result<()> {
    if store::lock(conn, credit)?.last4 != seen_last4 {
        return Err(Error::Conflict("It has just been sent, with a new code. Look at the card before you send it again".to_owned()));
    }
    send_to(conn, site, credit, to, actor)
}

/// Sends a card that somebody bought to whom it is meant for, as [`send_seen`] does.
///
/// # Errors
/// Those, and `Conflict` when it was sent on too often: a shop's mail to strangers is what spammers look for.
pub fn send_on(conn: &mut Conn, site: &str, credit: CreditId, seen_last4: &str, to: &Recipient) -> Result<()> {
    if store::lock(conn, credit)?.sent >= MOST_SENT_ON {
        let said = "It was sent on several times already. Ask us, and we send it for you";
        return Err(Error::Conflict(said.to_owned()));
    }
    send_seen(conn, site, credit, seen_last4, to, "customer")
}

/// Takes back the gift cards that an order bought, since it is cancelled or refunded: what is on them goes and they are
/// disabled. Tells what was taken off, in minor units; or what was spent already, and then nothing is changed.
pub fn void_of_order(conn: &mut Conn, order: OrderId, actor: &str) -> Result<Result<i64, AlreadySpent>> {
    let cards = store::lock_of_order(conn, order)?;
    let spent = store::spent_of(conn, &cards)?;
    if let Some(card) = cards.first().filter(|_| spent > 0) {
        return Ok(Err(AlreadySpent { amount: card.money(spent) }));
    }
    let mut taken = 0;
    for card in cards {
        if card.balance > 0 {
            take_off(conn, &card, Cause::Voided, Some(order), actor)?;
            taken += card.balance;
        }
        store::set_disabled(conn, card.id, true)?;
    }
    Ok(Ok(taken))
}

fn take_off(conn: &mut Conn, card: &Credit, cause: Cause, order: Option<OrderId>, actor: &str) -> Result<()> {
    let entry = NewEntry { credit: card.id, amount: -card.balance, cause, order, refund: None, note: "", actor };
    store::enter(conn, &entry).map(|_| ())
}

/// Staff corrects a balance. `amount`: the change in minor units; `seen`: the balance that staff were shown, so that a second
/// click changes nothing.
///
/// # Errors
/// `Invalid` on `amount` when less is on it than would be taken off; `Conflict` when the balance is another by now.
pub fn adjust(conn: &mut Conn, credit: CreditId, amount: i64, seen: i64, reason: &str, actor: &str) -> Result<()> {
    let held = store::lock(conn, credit)?;
    check_seen(&held, seen)?;
    if held.balance + amount < 0 {
        return Err(Error::invalid("amount", format!("There is only {} on it", held.balance_money())));
    }
    let entry = NewEntry { credit, amount, cause: Cause::Adjusted, order: None, refund: None, note: reason, actor };
    store::enter(conn, &entry)?;
    tracing::info!(event = "credit_adjusted", credit.id = credit.0, "a balance was adjusted");
    Ok(())
}

/// Staff grants store credit; `seen` as for `adjust`.
///
/// # Errors
/// `Conflict` when the balance is another by now.
pub fn grant_seen(conn: &mut Conn, account: AccountId, amount: Money, seen: i64, reason: &str, actor: &str) -> Result<CreditId> {
    let credit = store::ensure_store_credit(conn, account, amount.currency)?;
    check_seen(&store::lock(conn, credit)?, seen)?;
    grant(conn, account, amount.currency, amount.minor, None, reason, actor)
}

fn check_seen(held: &Credit, seen: i64) -> Result<()> {
    if held.balance == seen {
        return Ok(());
    }
    let now = held.balance_money();
    Err(Error::Conflict(format!("The balance is {now} by now. If that is what you wanted, you are done; or else check and send again")))
}

/// From now on it can't be spent, or it can again. What is on it stays.
pub fn set_disabled(conn: &mut Conn, credit: CreditId, disabled: bool) -> Result<()> {
    store::lock(conn, credit)?;
    store::set_disabled(conn, credit, disabled)
}

/// Writes off what is on cards that have expired, some at a time; tells how many they were.
pub fn write_off_expired(conn: &mut Conn) -> Result<usize> {
    let over = store::lock_expired(conn, EXPIRED_AT_ONCE)?;
    for card in &over {
        take_off(conn, card, Cause::Expired, None, "shop")?;
    }
    Ok(over.len())
}
