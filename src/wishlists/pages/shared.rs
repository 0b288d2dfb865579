//! A list as whoever has its link sees it: to be read, and to be bought from. It tells nothing of its owner but what they chose.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Page, PageRequest, Result},
    quote::{Looker, TaxNote},
    web::{Access, App, Doors, Shell, private_html},
    wishlists::{
        model::{Shared, Wished},
        ops,
    },
};

pub fn routes(doors: &mut Doors) {
    doors.get("/wishlists/{token}", Access::Anybody, show);
}

/// Things on one page.
const PAGE: i64 = 20;

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "wishlists/shared.html")]
struct SharedPage {
    shell: Shell,
    shared: Shared,
    page: Page<Wished>,
    tax_note: TaxNote,
}

impl SharedPage {
    fn page_base(&self) -> String {
        format!("{}?", self.shell.path)
    }
}

async fn show(shell: Shell, token: web::Path<String>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (looker, token, asked) = (Looker::of(&shell), token.into_inner(), PageRequest::new(query.page, PAGE));
    let found = app.db.read(move |conn| {
        let (shared, terms) = (ops::shared(conn, &token)?, looker.terms(conn)?);
        Ok((ops::look(conn, shared.id, &terms, asked)?, terms.tax_note(), shared))
    });
    let (page, tax_note, shared) = found.await?;
    private_html(StatusCode::OK, &SharedPage { shell, shared, page, tax_note })
}
