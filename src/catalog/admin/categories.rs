use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{CategoryId, Error, Problems, Result},
    catalog::{
        forms::CategoryForm,
        model::{Category, Place},
        ops,
        store::categories,
    },
    media::Picture,
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
    places: Vec<Place>,
    counts: HashMap<CategoryId, i64>,
}

impl ListPage {
    fn products_in(&self, id: &CategoryId) -> i64 {
        self.counts.get(id).copied().unwrap_or(0)
    }
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let (places, counts) = app.db.read(|conn| Ok((categories::places(conn)?, categories::product_counts(conn)?))).await?;
    private_html(StatusCode::OK, &ListPage { desk, places, counts: counts.into_iter().collect() })
}

#[derive(Template)]
#[template(path = "admin/catalog/category_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<CategoryId>,
    form: CategoryForm,
    /// Categories that this one may stand in: any but itself and what is below it.
    parents: Vec<Place>,
    picture: Option<Picture>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: Option<CategoryId>, form: CategoryForm, problems: Problems, app: &App) -> Result<Self> {
        let (places, media) = app
            .db
            .read(move |conn| Ok((categories::places(conn)?, id.map(|id| categories::media_of(conn, id)).transpose()?.flatten())))
            .await?;
        let picture = media.map(|media| Picture::of(media, ""));
        Ok(Self { desk, id, form, parents: beside(places, id), picture, problems })
    }

    /// Where its picture is changed.
    fn picture_url(&self) -> Option<String> {
        self.id.map(|id| format!("/admin/categories/{id}/picture"))
    }

    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/categories".to_owned(), |id| format!("/admin/categories/{id}/edit"))
    }
}

/// All but this one and what is below it, which stands right behind it and deeper.
fn beside(places: Vec<Place>, id: Option<CategoryId>) -> Vec<Place> {
    let mut own_depth = None;
    let mut keeps = |place: &Place| {
        if Some(place.category.id) == id {
            own_depth = Some(place.depth);
        } else if own_depth.is_some_and(|depth| place.depth <= depth) {
            own_depth = None;
        }
        own_depth.is_none()
    };
    places.into_iter().filter(|place| keeps(place)).collect()
}

#[derive(Deserialize)]
struct NewQuery {
    /// In which category it is to stand.
    r#in: Option<CategoryId>,
}

async fn new(desk: Desk, query: web::Query<NewQuery>, app: App) -> Result<HttpResponse> {
    let form = CategoryForm { parent_id: query.r#in.map(|id| id.to_string()).unwrap_or_default(), ..CategoryForm::default() };
    let page = FormPage::make(desk, None, form, Problems::default(), &app).await?;
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
