use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{model::JobRow, store};
use crate::{
    base::{Error, JobId, Page, PageRequest, Permission, Result},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/jobs", Permission::JobsSee, list).post("/admin/jobs/{id}/retry", Permission::JobsChange, retry);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/jobs/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<JobRow>,
    waiting: i64,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let (page, (waiting, _)) = app.db.read(move |conn| Ok((store::parked(conn, request)?, store::waiting(conn)?))).await?;
    private_html(actix_web::http::StatusCode::OK, &ListPage { desk, page, waiting })
}

async fn retry(visitor: Visitor, id: web::Path<JobId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    if !app.db.write(move |conn| store::unpark(conn, id)).await? {
        return Err(Error::NotFound);
    }
    see_other_with(&visitor.session, FlashKind::Success, "The job will be tried again now.", "/admin/jobs")
}
