use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY},
    },
    web,
};
use askama::Template;
use serde::Deserialize;

use super::{model::Mail, store};
use crate::{
    base::{Error, MailId, Page, PageRequest, Permission, Result},
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/mails", Permission::MailsSee, list).get("/admin/mails/{id}", Permission::MailsSee, show).get(
        "/admin/mails/{id}/html",
        Permission::MailsSee,
        show_html,
    );
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/mail/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<Mail>,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| store::list(conn, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, page })
}

#[derive(Template)]
#[template(path = "admin/mail/show.html")]
struct ShowPage {
    desk: Desk,
    mail: Mail,
}

async fn show(desk: Desk, id: web::Path<MailId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let mail = app.db.read(move |conn| store::find(conn, id)).await?;
    private_html(StatusCode::OK, &ShowPage { desk, mail })
}

/// The HTML body alone, for the frame on the mail's page. Mails carry inline styles and nothing else.
async fn show_html(id: web::Path<MailId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let mail = app.db.read(move |conn| store::find(conn, id)).await?;
    if mail.private {
        return Err(Error::NotFound);
    }
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; base-uri 'none'; sandbox",
        ))
        .insert_header(("x-frame-options", "SAMEORIGIN"))
        .body(mail.body_html))
}
