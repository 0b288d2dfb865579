use actix_web::{HttpResponse, web};
use askama::Template;

use super::{model::ContentPage, rules, store};
use crate::{
    base::Result,
    web::{App, Shell, html},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/pages/{slug}", web::get().to(show));
}

#[derive(Template)]
#[template(path = "content/page.html")]
struct ShowPage {
    shell: Shell,
    page: ContentPage,
    /// Sanitised HTML.
    body: String,
}

async fn show(shell: Shell, slug: web::Path<String>, app: App) -> Result<HttpResponse> {
    let page = app.db.read(move |conn| store::find_by_slug(conn, &slug)).await?;
    html(&ShowPage { shell, body: rules::render(&page.body), page })
}
