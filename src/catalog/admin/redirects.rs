use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::ListQuery;
use crate::{
    base::{Page, PageRequest, Permission, Problems, RedirectId, Result},
    catalog::{model::Redirect, store::redirects},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/redirects", Permission::ContentSee, list).post("/admin/redirects", Permission::ContentChange, add).post(
        "/admin/redirects/{id}/removal",
        Permission::ContentChange,
        remove,
    );
}

#[derive(Template)]
#[template(path = "admin/catalog/redirects.html")]
struct ListPage {
    desk: Desk,
    text: String,
    page: Page<Redirect>,
    form: RedirectForm,
    problems: Problems,
}

impl ListPage {
    fn page_base(&self) -> String {
        format!("/admin/redirects?{}&", serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RedirectForm {
    from_path: String,
    to_path: String,
}

impl RedirectForm {
    /// From the first slash on, also where a whole address was pasted; without a slash at the end.
    fn path(typed: &str) -> String {
        let typed = typed.trim();
        let path = match typed.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => typed,
        };
        if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path.to_owned() }
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    show(StatusCode::OK, desk, &query, RedirectForm::default(), Problems::default(), &app).await
}

async fn show(
    status: StatusCode,
    desk: Desk,
    query: &ListQuery,
    form: RedirectForm,
    problems: Problems,
    app: &App,
) -> Result<HttpResponse> {
    let (text, request) = (query.text(), PageRequest::new(query.page, 50));
    let sought = text.clone();
    let page = app.db.read(move |conn| redirects::list(conn, &sought, request)).await?;
    private_html(status, &ListPage { desk, text, page, form, problems })
}

async fn add(visitor: Visitor, form: Form<RedirectForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let (from, to) = (RedirectForm::path(&form.from_path), RedirectForm::path(&form.to_path));
    match app.db.write(move |conn| redirects::insert(conn, &from, &to)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The redirect is added.", "/admin/redirects?saved=yes"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            show(StatusCode::UNPROCESSABLE_ENTITY, desk, &ListQuery::default(), form, problems, &app).await
        }
    }
}

async fn remove(visitor: Visitor, id: web::Path<RedirectId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| redirects::delete(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The redirect is removed.", "/admin/redirects?removed=yes")
}
