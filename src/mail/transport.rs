//! The last step of a mail: an SMTP server, or a file where none is set.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::PathBuf, time::Duration};

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp,
};

use super::model::Mail;
use crate::base::MailId;

pub enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// One `.eml` file for each mail.
    Folder(PathBuf),
}

impl Transport {
    /// # Errors
    /// The URL can't be read, or the folder can't be made.
    pub fn new(smtp_url: Option<&str>, folder: PathBuf) -> anyhow::Result<Self> {
        let Some(url) = smtp_url else {
            // Mails hold names, addresses and links to orders, which are nobody else's on this machine.
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
            made.with_context(|| format!("{} can't be made", folder.display()))?;
            return Ok(Self::Folder(folder));
        };
        // The settings have seen to it that "none" is meant. lettre's word for it is silence.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.strip_suffix("?tls=none").unwrap_or(url))
            .context("SMTP_URL is wrong; write it as smtp://user:password@mail.example.com:587?tls=required")?;
        Ok(Self::Smtp(builder.timeout(Some(Duration::from_secs(30))).build()))
    }

    /// # Errors
    /// The server refused or could not be reached; the folder can't be written.
    pub async fn send(&self, id: MailId, message: Message) -> anyhow::Result<()> {
        match self {
            Self::Smtp(smtp) => {
                smtp.send(message).await.context("the mail server did not take the mail")?;
            }
            Self::Folder(folder) => {
                // Renamed into place, so that nobody reads half a mail.
                let (part, whole) = (folder.join(format!("{id}.part")), folder.join(format!("{id}.eml")));
                tokio::fs::write(&part, message.formatted()).await?;
                tokio::fs::rename(&part, &whole).await?;
            }
        }
        Ok(())
    }
}

/// What log and jobs tell of a mail that did not go out. Not what a mail server answered: that often names the recipient, or a part
/// of the address. Staff read it on the mail's own page, where the recipient stands beside it.
pub fn for_the_log(error: &anyhow::Error) -> String {
    match error.downcast_ref::<smtp::Error>() {
        None => error.to_string(),
        Some(refused) => match refused.status() {
            Some(code) => format!("{error}: it answered {code}"),
            None if refused.is_response() => format!("{error}: its answer can't be read"),
            None => format!("{error}: {refused}"),
        },
    }
}

/// The mail as it goes over the wire. Headers are encoded by lettre, so no subject can smuggle one in.
pub fn outgoing(mail: &Mail, host: &str) -> anyhow::Result<Message> {
    let sender: Mailbox = mail.sender.parse().with_context(|| format!("sender {:?}", mail.sender))?;
    let recipient: Mailbox = mail.recipient.parse().context("the recipient's address")?;
    let mut message = Message::builder()
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .date(mail.created_at.into())
        .from(sender)
        .to(recipient)
        .subject(mail.subject.replace(['\r', '\n'], " "));
    if !mail.unsubscribe_url.is_empty() {
        let url = mail.unsubscribe_url.replace(['\r', '\n', '<', '>'], "");
        message = message.raw_header(header("List-Unsubscribe", format!("<{url}>"))?);
        message = message.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())?);
    }
    Ok(message.multipart(MultiPart::alternative_plain_html(mail.body_text.clone(), mail.body_html.clone()))?)
}

fn header(name: &'static str, value: String) -> anyhow::Result<HeaderValue> {
    let name = HeaderName::new_from_ascii(name.to_owned()).context("a header's name")?;
    Ok(HeaderValue::new(name, value))
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn mail() -> Mail {
        Mail {
            id: MailId::new(),
            kind: "test".into(),
            about: String::new(),
            sender: "Harrow & Pike <shop@example.com>".into(),
            recipient: "ann@example.com".into(),
            subject: "Your order".into(),
            body_text: "Thank you".into(),
            body_html: "<p>Thank you</p>".into(),
            created_at: Utc::now(),
            sent_at: None,
            last_error: None,
            unsubscribe_url: String::new(),
            private: false,
        }
    }

    #[test]
    fn a_mail_keeps_its_message_id_however_often_it_is_made() {
        let mail = mail();
        let id = format!("<{}@shop.example>", mail.id);
        for _ in 0..2 {
            let text = String::from_utf8(outgoing(&mail, "shop.example").unwrap().formatted()).unwrap();
            assert!(text.contains(&id), "{text}");
        }
    }

    #[test]
    fn a_mail_that_was_asked_for_says_how_mail_programs_end_it_and_others_do_not() {
        let asked = Mail { unsubscribe_url: "https://shop.example/end?token=abc\r\nBcc: all@example.com".into(), ..mail() };
        let text = String::from_utf8(outgoing(&asked, "shop.example").unwrap().formatted()).unwrap();
        assert!(text.contains("List-Unsubscribe: <https://shop.example/end?token=abc"), "{text}");
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        let other = String::from_utf8(outgoing(&mail(), "shop.example").unwrap().formatted()).unwrap();
        assert!(!other.contains("List-Unsubscribe"));
    }

    #[test]
    fn a_subject_can_not_smuggle_a_header_in() {
        let mail = Mail { subject: "Order\r\nBcc: all@example.com".into(), ..mail() };
        let text = String::from_utf8(outgoing(&mail, "shop.example").unwrap().formatted()).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }
}
