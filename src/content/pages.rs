use actix_web::{HttpResponse, web};
use askama::Template;

use super::{model::ContentPage, rules, store};
use crate::{
    base::Result,
    web::{Access, App, Ask, Described, Doors, Fresh, Shell, Tag},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/pages/{slug}", Access::Anybody, show);
}

#[derive(Template)]
#[template(path = "content/page.html")]
struct ShowPage {
    shell: Shell,
    described: Described,
    page: ContentPage,
    /// Sanitised HTML.
    body: String,
}

async fn show(ask: Ask, slug: web::Path<String>, app: App) -> Result<HttpResponse> {
    let slug = slug.into_inner();
    ask.page(&format!("/pages/{slug}"), async |shell| {
        let page = app.db.read(move |conn| store::find_by_slug(conn, &slug)).await?;
        let tags = vec![Tag::new("page", page.id)];
        let described = Described::new(&shell, &page.title, &rules::words(&page.body), &format!("/pages/{}", page.slug));
        Ok(Fresh { page: ShowPage { shell, described, body: rules::render(&page.body), page }, tags, until: None })
    })
    .await
}
