//! Groups of customers. Who is in one is said on the customer's own page, which is `backoffice`'s.

mod owners;
mod providers;
mod roles;
mod staff;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::GroupForm,
    model::{Group, GroupRow},
    ops,
    store::groups,
};
use crate::{
    base::{Error, GroupId, Page, PageRequest, Permission, Problems, Result},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/customer-groups", Permission::CustomersSee, list)
        .post("/admin/customer-groups", Permission::CustomersTerms, create)
        .get("/admin/customer-groups/new", Permission::CustomersTerms, new)
        .get("/admin/customer-groups/{id}/edit", Permission::CustomersTerms, edit)
        .post("/admin/customer-groups/{id}/edit", Permission::CustomersTerms, update)
        .get("/admin/customer-groups/{id}/deletion", Permission::CustomersTerms, confirm_deletion)
        .post("/admin/customer-groups/{id}/deletion", Permission::CustomersTerms, delete);
    staff::routes(doors);
    roles::routes(doors);
    providers::routes(doors);
    owners::routes(doors);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/customers/groups.html")]
struct ListPage {
    desk: Desk,
    page: Page<GroupRow>,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| groups::list(conn, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, page })
}

#[derive(Template)]
#[template(path = "admin/customers/group_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<GroupId>,
    form: GroupForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/customer-groups".to_owned(), |id| format!("/admin/customer-groups/{id}/edit"))
    }
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, id: None, form: GroupForm::default(), problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<GroupId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let group = app.db.read(move |conn| groups::find(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form: GroupForm { name: group.name }, problems: Problems::default() })
}

async fn create(visitor: Visitor, form: Form<GroupForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(visitor: Visitor, id: web::Path<GroupId>, form: Form<GroupForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<GroupId>, visitor: Visitor, form: GroupForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok(name) => app.db.write(move |conn| ops::save_group(conn, id, &name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(_) => see_other_with(&visitor.session, FlashKind::Success, "The group is saved.", "/admin/customer-groups?saved=yes"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, id, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/customers/group_deletion.html")]
struct DeletionPage {
    desk: Desk,
    group: Group,
}

async fn confirm_deletion(desk: Desk, id: web::Path<GroupId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let group = app.db.read(move |conn| groups::find(conn, id)).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, group })
}

async fn delete(visitor: Visitor, id: web::Path<GroupId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| ops::delete_group(conn, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The group is deleted.", "/admin/customer-groups"),
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, "/admin/customer-groups"),
        Err(other) => Err(other),
    }
}
