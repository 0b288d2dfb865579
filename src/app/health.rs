//! For operators: is the process alive, and is it fit to serve?

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::CACHE_CONTROL},
    web,
};

use crate::{
    base::migrations_pending,
    media::MediaStore,
    web::{Access, App, Doors},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/healthz", Access::Anybody, alive).get("/readyz", Access::Anybody, ready);
}

async fn alive() -> HttpResponse {
    said(StatusCode::OK, "ok\n")
}

fn said(status: StatusCode, words: &'static str) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body(words)
}

/// 200 when the database answers, its schema is the program's, and pictures can be read; else 503. Which of them is not, the log
/// tells: it is nobody's business outside.
async fn ready(app: App, media: web::Data<MediaStore>) -> HttpResponse {
    let migrations = app.db.read(migrations_pending).await;
    let (database, migrated, pictures) = (migrations.is_ok(), matches!(migrations, Ok(false)), media.is_ready().await);
    if database && migrated && pictures {
        return said(StatusCode::OK, "ready\n");
    }
    tracing::warn!(event = "not_ready", database, migrations = migrated, media = pictures, "not fit to serve");
    said(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
}
