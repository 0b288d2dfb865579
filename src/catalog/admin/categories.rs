use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{CategoryId, Error, Problems, Result},
    catalog::{
        forms::CategoryForm,
        model::{Category, CategoryTree},
        ops,
        store::categories,
    },
    web::{App, Desk, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/categories", web::get().to(list))
        .route("/admin/categories", web::post().to(create))
        .route("/admin/categories/new", web::get().to(new))
        .route("/admin/categories/{id}/edit", web::get().to(edit))
        .route("/admin/categories/{id}/edit", web::post().to(update))
        .route("/admin/categories/{id}/deletion", web::get().to(confirm_deletion))
        .route("/admin/categories/{id}/deletion", web::post().to(delete));
}

#[derive(Template)]
#[template(path = "admin/catalog/categories.html")]
struct ListPage {
    desk: Desk,
    tree: Vec<CategoryTree>,
    counts: HashMap<CategoryId, i64>,
}

impl ListPage {
    fn products_in(&self, id: &CategoryId) -> i64 {
        self.counts.get(id).copied().unwrap_or(0)
    }
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let (tree, counts) = app.db.read(|conn| Ok((categories::tree(conn)?, categories::product_counts(conn)?))).await?;
    private_html(StatusCode::OK, &ListPage { desk, tree, counts: counts.into_iter().collect() })
}

#[derive(Template)]
#[template(path = "admin/catalog/category_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<CategoryId>,
    form: CategoryForm,
    /// Categories that this one may stand in.
    parents: Vec<Category>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: Option<CategoryId>, form: CategoryForm, problems: Problems, app: &App) -> Result<Self> {
        let tree = app.db.read(categories::tree).await?;
        let parents = tree.into_iter().map(|top| top.category).filter(|top| Some(top.id) != id).collect();
        Ok(Self { desk, id, form, parents, problems })
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/categories".to_owned(), |id| format!("/admin/categories/{id}/edit"))
    }
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    let page = FormPage::make(desk, None, CategoryForm::default(), Problems::default(), &app).await?;
    private_html(StatusCode::OK, &page)
}

async fn edit(desk: Desk, id: web::Path<CategoryId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let category = app.db.read(move |conn| categories::find(conn, id)).await?;
    let page = FormPage::make(desk, Some(id), category.into(), Problems::default(), &app).await?;
    private_html(StatusCode::OK, &page)
}

async fn create(_staff: Staff, visitor: Visitor, form: Form<CategoryForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    _staff: Staff,
    visitor: Visitor,
    id: web::Path<CategoryId>,
    form: Form<CategoryForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<CategoryId>, visitor: Visitor, form: CategoryForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok(input) => app.db.write(move |conn| ops::save_category(conn, id, &input)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(_) => see_other_with(&visitor.session, FlashKind::Success, "The category is saved.", "/admin/categories?saved=yes"),
        Err(error) => {
            let page = FormPage::make(Desk::of(&request).await?, id, form, error.into_problems()?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/catalog/category_deletion.html")]
struct DeletionPage {
    desk: Desk,
    category: Category,
}

async fn confirm_deletion(desk: Desk, id: web::Path<CategoryId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let category = app.db.read(move |conn| categories::find(conn, id)).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, category })
}

async fn delete(_staff: Staff, visitor: Visitor, id: web::Path<CategoryId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| ops::delete_category(conn, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The category is deleted.", "/admin/categories"),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, "/admin/categories"),
        Err(error) => Err(error),
    }
}
