use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::SizedStream,
    http::{
        StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, Charset, ContentDisposition, DispositionParam,
            DispositionType, ETAG, ExtendedValue, HeaderName, HeaderValue, IF_RANGE, RANGE, REFERRER_POLICY, Range,
        },
    },
    web,
};
use askama::Template;

use super::{
    model::{Download, State},
    rules::Part,
    store,
};
use crate::{
    base::{DownloadId, Error, Result},
    media::MediaStore,
    settings::{self, Store},
    web::{Access, App, Doors, HeadOnly, MailedToken, Shell, Visitor, mailed_token, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/downloads/{id}/{token}", Access::Anybody, show).get("/downloads/{id}/{token}/file", Access::Anybody, file);
}

#[derive(Template)]
#[template(path = "downloads/show.html")]
struct ShowPage {
    shell: Shell,
    store: Store,
    download: Download,
}

/// The download that the link opens, or that belongs to an order that this visitor may see. Otherwise nothing is found.
async fn find(app: &App, visitor: &Visitor, id: DownloadId, token: &str) -> Result<Download> {
    let account = visitor.account.as_ref().map(|account| account.id);
    let found = app.db.read(move |conn| store::find(conn, id)).await?;
    if found.opens(token) || found.is_of(account, &visitor.session.opened()) { Ok(found) } else { Err(Error::NotFound) }
}

/// What it is, how long and how often it can be had, or why not. Looking counts nothing: programs that read mails open links.
async fn show(
    MailedToken(token): MailedToken,
    visitor: Visitor,
    path: web::Path<(DownloadId, String)>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let download = find(&app, &visitor, path.0, &token).await?;
    page(download, &request, &app).await
}

async fn page(download: Download, request: &HttpRequest, app: &App) -> Result<HttpResponse> {
    let store = app.db.read(settings::store).await?;
    let status = if download.is_open() { StatusCode::OK } else { StatusCode::GONE };
    private_html(status, &ShowPage { shell: Shell::of(request).await?, store, download })
}

/// The file, or the part of it that is asked for. It is opened before it is counted, so that a store that fails costs no download.
async fn file(
    visitor: Visitor,
    path: web::Path<(DownloadId, String)>,
    request: HttpRequest,
    app: App,
    media: web::Data<MediaStore>,
) -> Result<HttpResponse> {
    let (id, part) = path.into_inner();
    let token = mailed_token(&visitor.session, &Download::kind(id), part);
    let download = find(&app, &visitor, id, &token).await?;
    if !download.is_open() && download.state != State::UsedUp {
        return page(download, &request, &app).await;
    }
    let size = u64::try_from(download.bytes).unwrap_or(0);
    let part = asked(&request, &download, size);
    if part == Part::Nothing {
        return Ok(HttpResponse::RangeNotSatisfiable().insert_header((CONTENT_RANGE, format!("bytes */{size}"))).finish());
    }
    let range = if let Part::Some(range) = &part { Some(range.clone()) } else { None };
    let content = media.read_private(&download.content_hash, range).await?;
    if !request.extensions().contains::<HeadOnly>() {
        let (length, begins, of) = (i64::try_from(part.length(size)).unwrap_or(i64::MAX), part.begins(), download.clone());
        if !app.db.write(move |conn| store::count(conn, &of, begins, length)).await? {
            return page(find(&app, &visitor, id, &token).await?, &request, &app).await;
        }
    }
    Ok(sent(&download, &part, size, SizedStream::new(part.length(size), content)))
}

/// Which bytes are asked for. Whoever goes on with a file that was replaced meanwhile gets the new one whole.
fn asked(request: &HttpRequest, download: &Download, size: u64) -> Part {
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if header(IF_RANGE).is_some_and(|tag| tag != tag_of(download)) {
        return Part::Whole;
    }
    match header(RANGE).and_then(|range| range.parse().ok()) {
        Some(Range::Bytes(ranges)) if ranges.len() == 1 => Part::of(ranges.first().map(|range| range.to_satisfiable_range(size))),
        _ => Part::Whole,
    }
}

fn tag_of(download: &Download) -> String {
    format!("\"{}\"", download.content_hash)
}

/// Always saved, never shown: a file is what somebody uploaded, and must not act as a page of this shop.
fn sent(download: &Download, part: &Part, size: u64, body: SizedStream<crate::media::Content>) -> HttpResponse {
    let mut response = match part {
        Part::Some(range) => {
            let mut response = HttpResponse::PartialContent();
            response.insert_header((CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1)));
            response
        }
        _ => HttpResponse::Ok(),
    };
    response
        .insert_header(ContentDisposition { disposition: DispositionType::Attachment, parameters: named(&download.name) })
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        // As it is: a compressed body has no ranges.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((ETAG, tag_of(download)))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((
            HeaderName::from_static("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox",
        ))
        .body(body)
}

/// As RFC 6266 wants it: in plain letters for old programs, and whole.
fn named(name: &str) -> Vec<DispositionParam> {
    let plain = name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let mut names = vec![DispositionParam::Filename(plain)];
    if !name.is_ascii() {
        let whole = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value: name.as_bytes().to_vec() };
        names.push(DispositionParam::FilenameExt(whole));
    }
    names
}
