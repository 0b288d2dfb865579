//! What staff write down, and mails that are sent once more.

use crate::{
    base::{Conn, Error, MailId, OrderId, Result},
    mail,
    orders::store,
    tax::VatStanding,
};

/// A note that only staff read.
pub fn note(conn: &mut Conn, number: &str, text: &str, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    note_on(conn, order.id, text, actor)
}

pub fn note_on(conn: &mut Conn, order: OrderId, text: &str, actor: &str) -> Result<()> {
    store::insert_event(conn, order, "note", text, actor)
}

/// A business bought: what was known of its VAT number at that moment, for whoever asks years later why no VAT was charged.
pub fn vat_number_given(conn: &mut Conn, order: OrderId, number: &str, standing: VatStanding) -> Result<()> {
    store::insert_event(conn, order, "vat_number", &format!("{number} {}", standing.words()), "shop")
}

/// Sends one of the order's mails as it was, to where it went.
///
/// # Errors
/// `NotFound` when it is no mail of this order; `Conflict` for a gift card, whose code may be another by now.
pub fn send_again(conn: &mut Conn, number: &str, id: MailId, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    let mail = mail::find_about(conn, id, &order.number)?;
    if mail.kind == "gift_card" {
        return Err(Error::Conflict("Send a gift card again from its own page: it gets a new code with each mail.".to_owned()));
    }
    mail::enqueue_again(conn, &mail)?;
    store::insert_event(conn, order.id, "mail_again", &mail.subject, actor)
}
