use std::path::PathBuf;

use actix_files::NamedFile;
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, EntityTag, Header, HeaderValue, IfNoneMatch, RANGE, Range,
        },
    },
    web,
};
use bytes::Bytes;

use super::{admin, model::Format, ops::MediaStore};
use crate::{
    base::{Error, Result},
    web::{Access, Doors},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/media/{hash}/{file}", Access::Anybody, show);
    admin::routes(doors);
}

/// One size of a picture. Its name is made from its content, so it may be kept for ever.
async fn show(path: web::Path<(String, String)>, request: HttpRequest, media: web::Data<MediaStore>) -> Result<HttpResponse> {
    let (hash, file) = path.into_inner();
    let (width, suffix) = file.split_once('.').unwrap_or_default();
    let format = [Format::WebP, Format::Avif].into_iter().find(|format| format.suffix() == suffix).ok_or(Error::NotFound)?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !plain(&hash) || !plain(width) {
        return Err(Error::NotFound);
    }
    let mut response = match media.folder() {
        Some(folder) => {
            let file = open(folder.join(&hash).join(&file)).await?;
            file.into_response(&request)
        }
        None => from_afar(&request, &media, &hash, &file).await?,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    }
    Ok(response)
}

async fn open(path: PathBuf) -> Result<NamedFile> {
    let opened = web::block(move || NamedFile::open(path)).await.map_err(|error| Error::Internal(error.into()))?;
    opened.map_err(|_| Error::NotFound)
}

/// From a bucket. The name says which content it is, so a client that has it is not asked to fetch it again, and the bucket is not
/// asked at all.
async fn from_afar(request: &HttpRequest, media: &MediaStore, hash: &str, file: &str) -> Result<HttpResponse> {
    let tag = EntityTag::new_strong(format!("{hash}-{file}"));
    if knows(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag.to_string())).finish());
    }
    let bytes = media.get(&format!("{hash}/{file}")).await?;
    let mut response = part_of(request, bytes);
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let tag = HeaderValue::from_str(&tag.to_string()).map_err(|error| Error::Internal(error.into()))?;
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}

fn knows(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Ok(IfNoneMatch::Any) => true,
        Err(_) => false,
    }
}

/// The bytes, or the one range of them that is asked for. Of several ranges at once, which nobody needs of a picture, all is given.
fn part_of(request: &HttpRequest, bytes: Bytes) -> HttpResponse {
    let whole = |bytes| HttpResponse::Ok().content_type("image/webp").body(bytes);
    let asked = request.headers().get(RANGE).and_then(|value| value.to_str().ok()?.parse::<Range>().ok());
    let Some(Range::Bytes(ranges)) = asked.filter(|range| matches!(range, Range::Bytes(ranges) if ranges.len() == 1)) else {
        return whole(bytes);
    };
    let total = bytes.len();
    let Some((first, last)) = ranges.first().and_then(|range| range.to_satisfiable_range(total as u64)) else {
        return HttpResponse::RangeNotSatisfiable().insert_header((CONTENT_RANGE, format!("bytes */{total}"))).finish();
    };
    // Within the bytes, which are in memory, so both fit.
    let (from, to) = (first as usize, last as usize);
    let mut part: HttpResponseBuilder = HttpResponse::build(StatusCode::PARTIAL_CONTENT);
    part.content_type("image/webp").insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{total}")));
    part.body(bytes.slice(from..=to))
}
