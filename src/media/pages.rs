use std::path::PathBuf;

use actix_files::NamedFile;
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web,
};

use super::ops::MediaStore;
use crate::base::{Error, Result};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/media/{hash}/{file}", web::get().to(show));
}

/// One size of a picture. Its name is made from its content, so it may be kept for ever.
async fn show(path: web::Path<(String, String)>, request: HttpRequest, media: web::Data<MediaStore>) -> Result<HttpResponse> {
    let (hash, file) = path.into_inner();
    let width = file.strip_suffix(".webp").unwrap_or_default();
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !plain(&hash) || !plain(width) {
        return Err(Error::NotFound);
    }
    let mut response = match media.folder() {
        Some(folder) => {
            let file = open(folder.join(&hash).join(&file)).await?;
            file.into_response(&request)
        }
        None => HttpResponse::Ok().content_type("image/webp").body(media.get(&format!("{hash}/{file}")).await?),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}

async fn open(path: PathBuf) -> Result<NamedFile> {
    let opened = web::block(move || NamedFile::open(path)).await.map_err(|error| Error::Internal(error.into()))?;
    opened.map_err(|_| Error::NotFound)
}
