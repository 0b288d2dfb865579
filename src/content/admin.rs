use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    forms::PageForm,
    model::{ContentPage, PageInput},
    ops, store,
};
use crate::{
    base::{Conn, Error, Meanwhile, PageId, Permission, Problems, Result, meanwhile},
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/pages", Permission::ContentSee, list)
        .post("/admin/pages", Permission::ContentChange, create)
        .get("/admin/pages/new", Permission::ContentChange, new)
        .get("/admin/pages/{id}/edit", Permission::ContentChange, edit)
        .post("/admin/pages/{id}/edit", Permission::ContentChange, update);
}

#[derive(Template)]
#[template(path = "admin/content/list.html")]
struct ListPage {
    desk: Desk,
    pages: Vec<ContentPage>,
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let pages = app.db.read(store::list).await?;
    private_html(StatusCode::OK, &ListPage { desk, pages })
}

#[derive(Template)]
#[template(path = "admin/content/form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<PageId>,
    form: PageForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/pages".to_owned(), |id| format!("/admin/pages/{id}/edit"))
    }
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, id: None, form: PageForm::default(), problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<PageId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let page = app.db.read(move |conn| store::find(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form: page.into(), problems: Problems::default() })
}

async fn create(visitor: Visitor, form: Form<PageForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(visitor: Visitor, id: web::Path<PageId>, form: Form<PageForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, id: Option<PageId>, typed: &PageForm, input: &PageInput) -> Result<Meanwhile<PageId>> {
    let now: PageForm = id.map(|id| store::lock(conn, id)).transpose()?.map(Into::into).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::save(conn, id, input))
}

async fn save(id: Option<PageId>, visitor: Visitor, mut form: PageForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let typed = form.clone();
    let saved = match form.parse() {
        Ok(input) => app.db.write(move |conn| save_over(conn, id, &typed, &input)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            private_html(StatusCode::CONFLICT, &FormPage { desk: Desk::of(&request).await?, id, form, problems: told })
        }
        Ok(Meanwhile::Saved(_)) => see_other_with(&visitor.session, FlashKind::Success, "The page is saved.", "/admin/pages?saved=yes"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, id, form, problems })
        }
    }
}
