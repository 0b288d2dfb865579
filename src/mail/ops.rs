use std::sync::Arc;

use super::{
    jobs::DeliverMail,
    model::{Envelope, Letter, Mail, Message},
    store,
    transport::{Transport, for_the_log, outgoing},
};
use crate::{
    base::{Conn, Db, Email, Error, MailId, Result, failpoint},
    jobs,
};

/// Puts a letter into the outbox, in the caller's transaction.
///
/// # Errors
/// Its templates can't be rendered, or what was kept as an address is none.
pub fn post(conn: &mut Conn, letter: &impl Letter, envelope: Envelope<'_>) -> Result<MailId> {
    post_as(conn, letter, envelope, false, "")
}

/// The same for a letter with a link or code that opens an account: staff never see its text, which is forgotten once it is sent.
///
/// # Errors
/// As for [`post`].
pub fn post_private(conn: &mut Conn, letter: &impl Letter, envelope: Envelope<'_>) -> Result<MailId> {
    post_as(conn, letter, envelope, true, "")
}

/// The same for a letter of those that somebody asked for and can end. `end_url`: a POST there ends them, by itself and without a
/// page (RFC 8058), and so does the page that a GET there shows.
///
/// # Errors
/// As for [`post`].
pub fn post_with_end(conn: &mut Conn, letter: &impl Letter, envelope: Envelope<'_>, end_url: &str) -> Result<MailId> {
    post_as(conn, letter, envelope, false, end_url)
}

fn post_as(conn: &mut Conn, letter: &impl Letter, envelope: Envelope<'_>, private: bool, end_url: &str) -> Result<MailId> {
    let Envelope { kind, about, sender, recipient, subject } = envelope;
    let recipient = Email::parse(recipient).map_err(Error::internal)?;
    let (text, html, unsubscribe_url) = (letter.text()?, letter.html()?, end_url.to_owned());
    enqueue(conn, &Message { kind, about, sender, recipient, subject, text, html, private, unsubscribe_url })
}

/// Puts a mail into the outbox, in the caller's transaction.
pub fn enqueue(conn: &mut Conn, message: &Message) -> Result<MailId> {
    let id = MailId::new();
    store::insert(conn, id, message)?;
    jobs::enqueue(conn, &DeliverMail { mail: id })?;
    Ok(id)
}

/// Puts the same mail into the outbox once more.
pub fn enqueue_again(conn: &mut Conn, mail: &Mail) -> Result<MailId> {
    let id = MailId::new();
    store::insert_again(conn, id, mail)?;
    jobs::enqueue(conn, &DeliverMail { mail: id })?;
    Ok(id)
}

/// Sends what is in the outbox.
#[derive(Clone)]
pub struct Mailer {
    pub db: Db,
    pub transport: Arc<Transport>,
    /// Right-hand side of each Message-ID.
    pub host: String,
}

impl Mailer {
    /// Sends one mail unless it is sent already. Should the worker die between sending and noting it, the mail goes out
    /// again under the same Message-ID, by which mail programs recognise it.
    pub async fn deliver(&self, id: MailId) -> Result<()> {
        let mail = self.db.read(move |conn| store::find(conn, id)).await?;
        let private = mail.private;
        if mail.sent_at.is_some() {
            return Ok(());
        }
        failpoint!("mail.sending");
        let outcome = match outgoing(&mail, &self.host) {
            Ok(message) => self.transport.send(id, message).await,
            Err(error) => Err(error),
        };
        failpoint!("mail.sent");
        match outcome {
            Ok(()) => self.db.write(move |conn| store::sent(conn, id, private)).await,
            Err(error) => {
                let (answer, told) = (format!("{error:#}"), for_the_log(&error));
                self.db.write(move |conn| store::failed(conn, id, &answer)).await?;
                Err(Error::internal(told))
            }
        }
    }
}
