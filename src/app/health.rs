//! For operators: is the process alive, and is it fit to serve?

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};
use serde_json::json;

use crate::{
    base::migrations_pending,
    media::MediaStore,
    web::{Access, App, Doors},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/healthz", Access::Anybody, alive).get("/readyz", Access::Anybody, ready);
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ok\n")
}

/// 200 when the database answers, its schema is the program's, and pictures can be read; else 503 and which of them is not.
async fn ready(app: App, media: web::Data<MediaStore>) -> HttpResponse {
    let migrations = app.db.read(migrations_pending).await;
    let (database, migrated, pictures) = (migrations.is_ok(), matches!(migrations, Ok(false)), media.is_ready().await);
    let report = json!({ "database": database, "migrations": migrated, "media": pictures });
    let mut response = if database && migrated && pictures { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((CACHE_CONTROL, "no-store")).json(report)
}
