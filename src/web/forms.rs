//! Forms: size, origin and token are checked before a handler sees a field.

use std::{
    future::Future,
    path::Path,
    pin::Pin,
    time::{Duration, Instant},
};

use actix_multipart::Multipart;
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderName, ORIGIN, REFERER},
    web::BytesMut,
};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt;
use url::Url;

use super::{
    Server, Session,
    shape::{MOST_FIELDS, check_shape, is_printable, unprintable},
    visitor::known_actor,
    wall::is_loopback,
};
use crate::base::{Error, Keys, Result};

/// Bytes of a form without files. The longest is a product's description.
const FORM_LIMIT: usize = 256 * 1024;

/// Bytes of a form with files.
const UPLOAD_LIMIT: usize = 40 * 1024 * 1024;

const FORM_TIME: Duration = Duration::from_secs(30);
const UPLOAD_TIME: Duration = Duration::from_secs(300);
/// For files that go to disk: a whole catalogue over a slow line.
const LARGE_UPLOAD_TIME: Duration = Duration::from_secs(3600);

/// Who uploads gets so long to begin with, and from then on has to send so many bytes a second on the whole: the slowest line does,
/// and who holds a connection for nothing does not.
const FIRST: Duration = Duration::from_secs(30);
const SLOWEST: u64 = 1024;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What tokens of forms are signed for.
const TOKEN: &str = "form token";

/// The token that forms of this session carry: bound to the session's secret, worthless without it.
pub fn token_for(keys: &Keys, secret: &str) -> String {
    keys.sign(TOKEN, secret.as_bytes())
}

/// A posted form whose token is right. Unknown fields are ignored.
pub struct Form<T>(pub T);

/// The form of a mere button: nothing but its token.
#[derive(serde::Deserialize)]
pub struct NoFields {}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = checked(request.clone(), payload.take());
        Box::pin(async move {
            let form = serde_html_form::from_bytes(&body.await?);
            form.map(Form).map_err(|error| Error::invalid("", format!("The form was incomplete ({error}). Go back and send it again")))
        })
    }
}

/// The body of a form whose origin, size, letters and token are right. Apart from `Form`, so that it is compiled once and not for each
/// form.
async fn checked(request: HttpRequest, mut payload: Payload) -> Result<BytesMut> {
    check_same_origin(&request)?;
    let body = in_time(FORM_TIME, read_body(&mut payload)).await?;
    check_shape(&body)?;
    #[derive(serde::Deserialize)]
    struct Token {
        #[serde(default)]
        csrf: String,
    }
    let token: Token = serde_html_form::from_bytes(&body).map_err(|_| Error::SessionEnded)?;
    check_token(&request, &token.csrf)?;
    Ok(body)
}

/// Whoever sends slower than this holds a connection for nothing.
async fn in_time<T>(limit: Duration, reading: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Error::invalid("", "The form took too long to arrive. Send it again");
    tokio::time::timeout(limit, reading).await.map_err(late)?
}

async fn read_body(payload: &mut Payload) -> Result<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::invalid("", "The form did not arrive whole. Send it again"))?;
        if body.len() + chunk.len() > FORM_LIMIT {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Refuses what a browser says comes from another site. Browsers that say nothing are left to the token.
pub fn check_same_origin(request: &HttpRequest) -> Result<()> {
    let is_foreign = header(request, FETCH_SITE).is_some_and(|site| !matches!(site, "same-origin" | "none"));
    match header(request, ORIGIN) {
        _ if is_foreign => Err(refused(request, "another site", Error::Forbidden)),
        Some(origin) if origin != "null" && !is_ours(request, origin)? => Err(refused(request, "another origin", Error::Forbidden)),
        _ => Ok(()),
    }
}

/// Tells the log that a form did not come from a page of ours.
fn refused(request: &HttpRequest, why: &'static str, error: Error) -> Error {
    let (account, acting_for) = known_actor(request);
    tracing::info!(event = "csrf_refused", why, account.id = account, acting_for, "a form was refused");
    error
}

fn header(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The setting says what is ours, and no header of the request. A shop on one's own machine has each name of that machine.
fn is_ours(request: &HttpRequest, origin: &str) -> Result<bool> {
    let ours = &Server::of(request)?.base_url;
    if origin == ours.origin().ascii_serialization() {
        return Ok(true);
    }
    let here = |origin: Url| is_loopback(ours) && is_loopback(&origin) && origin.port_or_known_default() == ours.port_or_known_default();
    Ok(Url::parse(origin).is_ok_and(here))
}

/// Whether the browser says that the form stood on a page of ours. All send `Origin` with a form's POST today, most `Sec-Fetch-Site`
/// as well; w3m and lynx send where they come from. No page can make a browser say otherwise.
fn says_ours(request: &HttpRequest) -> bool {
    if header(request, FETCH_SITE) == Some("same-origin") {
        return true;
    }
    let origin = header(request, ORIGIN).filter(|origin| *origin != "null").map(str::to_owned);
    let came_from = || Some(Url::parse(header(request, REFERER)?).ok()?.origin().ascii_serialization());
    origin.or_else(came_from).is_some_and(|origin| is_ours(request, &origin).unwrap_or(false))
}

/// Whoever has no session yet has nothing that another site could misuse. What is begun then is begun by a page of ours, which
/// the browser must say: pages that are kept for all carry no token before there is a session.
fn check_token(request: &HttpRequest, given: &str) -> Result<()> {
    let session = Session::of(request);
    if !session.has_secret() {
        // A token without a session is of one that has ended, and whoever sends it is to be told.
        return if given.is_empty() && says_ours(request) { Ok(()) } else { Err(refused(request, "no session", Error::SessionEnded)) };
    }
    // A form that was open while the ring of keys turned is as good as before.
    let is_right = Server::of(request)?.keys.signs(TOKEN, session.secret()?.as_bytes(), given);
    if is_right { Ok(()) } else { Err(refused(request, "token", Error::SessionEnded)) }
}

/// A file of a form, whole in memory.
pub struct UploadedFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A posted multipart form whose token is right: its files and its plain fields.
pub struct Upload {
    pub files: Vec<UploadedFile>,
    pub fields: Vec<(String, String)>,
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_same_origin(&request)?;
            let upload = in_time(UPLOAD_TIME, read_upload(Multipart::new(request.headers(), payload))).await?;
            check_token(&request, upload.field("csrf"))?;
            if !upload.fields.iter().all(|(name, value)| is_printable(name) && is_printable(value)) {
                return Err(unprintable());
            }
            Ok(upload)
        })
    }
}

impl Upload {
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Each file's name and bytes, for who knows nothing of forms.
    pub fn into_named(self) -> Vec<(String, Vec<u8>)> {
        self.files.into_iter().map(|file| (file.name, file.bytes)).collect()
    }
}

/// Sees to it that whoever uploads keeps sending.
struct Steady {
    began: Instant,
    bytes: u64,
}

impl Steady {
    fn begin() -> Self {
        Self { began: Instant::now(), bytes: 0 }
    }

    /// When the next bytes must be there.
    fn deadline(&self) -> Instant {
        self.began + FIRST + Duration::from_secs(self.bytes / SLOWEST)
    }

    /// The next of a stream of parts, or of a part's bytes.
    async fn next<T, E>(&self, stream: &mut (impl Stream<Item = Result<T, E>> + Unpin)) -> Result<Option<T>> {
        let late = |_| Error::invalid("", "The upload took too long to arrive. Send it again");
        let next = tokio::time::timeout_at(self.deadline().into(), stream.next()).await.map_err(late)?;
        next.transpose().map_err(|_| Error::invalid("file", "The upload did not arrive whole. Send it again"))
    }
}

async fn read_upload(mut parts: Multipart) -> Result<Upload> {
    let mut upload = Upload { files: vec![], fields: vec![] };
    let mut steady = Steady::begin();
    while let Some(mut part) = steady.next(&mut parts).await? {
        let mut bytes = vec![];
        while let Some(chunk) = steady.next(&mut part).await? {
            steady.bytes += chunk.len() as u64;
            if steady.bytes > UPLOAD_LIMIT as u64 {
                return Err(Error::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        if upload.files.len() + upload.fields.len() >= MOST_FIELDS {
            return Err(Error::TooLarge);
        }
        let name = part.name().unwrap_or_default().to_owned();
        match part.content_disposition().and_then(|disposition| disposition.get_filename()) {
            Some(file) if !bytes.is_empty() => upload.files.push(UploadedFile { name: file.to_owned(), bytes }),
            Some(_) => {}
            None => upload.fields.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(upload)
}

/// A file of a form that was written to disk as it came, never whole in memory.
pub struct ReceivedFile {
    /// What it was called where it came from.
    pub name: String,
    pub bytes: u64,
}

/// Reads a multipart form whose one file goes to `path`. The form's token must stand before the file, so that nothing of a forged
/// form is written. `None`: no file was chosen. Whatever the error, nothing is left at `path`.
///
/// # Errors
/// `Forbidden` or `SessionEnded` for a form that is not ours; `TooLarge` for more than `most` bytes; `Invalid` when it breaks off.
pub async fn receive_file(request: &HttpRequest, payload: Payload, path: &Path, most: u64) -> Result<Option<ReceivedFile>> {
    check_same_origin(request)?;
    let received = in_time(LARGE_UPLOAD_TIME, write_file(request, Multipart::new(request.headers(), payload), path, most)).await;
    if !matches!(received, Ok(Some(_))) {
        let _ = tokio::fs::remove_file(path).await;
    }
    received
}

async fn write_file(request: &HttpRequest, mut parts: Multipart, path: &Path, most: u64) -> Result<Option<ReceivedFile>> {
    let (mut received, mut is_ours, mut steady) = (None, false, Steady::begin());
    while let Some(mut part) = steady.next(&mut parts).await? {
        let file_name = part.content_disposition().and_then(|disposition| disposition.get_filename()).map(str::to_owned);
        let is_token = part.name() == Some("csrf") && file_name.is_none();
        let mut text = vec![];
        let mut file = match &file_name {
            Some(name) if is_ours && !name.is_empty() && received.is_none() => {
                Some(tokio::fs::File::create(path).await.map_err(|error| Error::Internal(error.into()))?)
            }
            Some(name) if !is_ours && !name.is_empty() => return Err(Error::SessionEnded),
            _ => None,
        };
        let mut bytes = 0;
        while let Some(chunk) = steady.next(&mut part).await? {
            bytes += chunk.len() as u64;
            steady.bytes += chunk.len() as u64;
            let bound = if file.is_some() { most } else { FORM_LIMIT as u64 };
            if bytes > bound {
                return Err(Error::TooLarge);
            }
            match &mut file {
                Some(file) => file.write_all(&chunk).await.map_err(|error| Error::Internal(error.into()))?,
                None => text.extend_from_slice(&chunk),
            }
        }
        if is_token {
            check_token(request, &String::from_utf8_lossy(&text))?;
            is_ours = true;
        }
        if let (Some(mut file), Some(name)) = (file, file_name) {
            file.flush().await.map_err(|error| Error::Internal(error.into()))?;
            received = Some(ReceivedFile { name, bytes });
        }
    }
    if is_ours { Ok(received.filter(|file| file.bytes > 0)) } else { Err(Error::SessionEnded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_uploads_has_to_keep_sending() {
        let mut steady = Steady::begin();
        assert_eq!(steady.deadline(), steady.began + FIRST);
        steady.bytes = 40 * 1024 * 1024;
        assert_eq!(steady.deadline() - steady.began, Duration::from_secs(30 + 40 * 1024), "a slow line may take its time for much");
    }
}
