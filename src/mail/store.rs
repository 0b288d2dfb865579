use diesel::{dsl::now, prelude::*};

use super::model::{Mail, Message};
use crate::{
    base::{Conn, MailId, Page, PageRequest, Result},
    schema::mails,
};

pub fn insert(conn: &mut Conn, id: MailId, message: &Message) -> Result<()> {
    let row = (
        mails::id.eq(id),
        mails::kind.eq(message.kind),
        mails::about.eq(&message.about),
        mails::sender.eq(&message.sender),
        mails::recipient.eq(message.recipient.as_str()),
        mails::subject.eq(&message.subject),
        mails::body_text.eq(&message.text),
        mails::body_html.eq(&message.html),
        mails::private.eq(message.private),
        mails::unsubscribe_url.eq(&message.unsubscribe_url),
    );
    diesel::insert_into(mails::table).values(row).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: MailId) -> Result<Mail> {
    Ok(mails::table.find(id).select(Mail::as_select()).first(conn)?)
}

/// Stands in the place of a private mail's text once it is sent.
const FORGOTTEN: &str = "The text held a private link and was not kept.";

/// `private`: its text is forgotten now.
pub fn sent(conn: &mut Conn, id: MailId, private: bool) -> Result<()> {
    diesel::update(mails::table.find(id)).set((mails::sent_at.eq(now), mails::last_error.eq(None::<String>))).execute(conn)?;
    if private {
        let forgotten = (mails::body_text.eq(FORGOTTEN), mails::body_html.eq(""));
        diesel::update(mails::table.find(id)).set(forgotten).execute(conn)?;
    }
    Ok(())
}

pub fn failed(conn: &mut Conn, id: MailId, error: &str) -> Result<()> {
    diesel::update(mails::table.find(id)).set(mails::last_error.eq(error)).execute(conn)?;
    Ok(())
}

pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<Mail>> {
    let rows = mails::table
        .order((mails::created_at.desc(), mails::id.desc()))
        .limit(page.limit())
        .offset(page.offset())
        .select(Mail::as_select())
        .load(conn)?;
    Ok(page.of(rows, mails::table.count().get_result(conn)?))
}

/// The newest mails that tell of `what`, twenty at most.
pub fn about(conn: &mut Conn, what: &str) -> Result<Vec<Mail>> {
    let mails = mails::table.filter(mails::about.eq(what)).order(mails::created_at.desc()).limit(20);
    Ok(mails.select(Mail::as_select()).load(conn)?)
}

/// One of the mails that tell of `what`.
pub fn find_about(conn: &mut Conn, id: MailId, what: &str) -> Result<Mail> {
    Ok(mails::table.find(id).filter(mails::about.eq(what)).select(Mail::as_select()).first(conn)?)
}

/// The same mail under a new id.
pub fn insert_again(conn: &mut Conn, id: MailId, mail: &Mail) -> Result<()> {
    let row = (
        (mails::id.eq(id), mails::kind.eq(&mail.kind), mails::about.eq(&mail.about), mails::sender.eq(&mail.sender)),
        (mails::recipient.eq(&mail.recipient), mails::subject.eq(&mail.subject)),
        (mails::body_text.eq(&mail.body_text), mails::body_html.eq(&mail.body_html), mails::private.eq(mail.private)),
        mails::unsubscribe_url.eq(&mail.unsubscribe_url),
    );
    diesel::insert_into(mails::table).values(row).execute(conn)?;
    Ok(())
}
