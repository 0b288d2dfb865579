use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{deleted, deletion::DeletionPage, following};
use crate::{
    base::{CategoryId, Conn, Error, Meanwhile, Permission, Problems, Result, meanwhile},
    catalog::{
        forms::{CategoryForm, CategoryInput},
        model::Place,
        ops,
        store::{categories, follow},
    },
    media::Picture,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/categories", Permission::CatalogSee, list)
        .post("/admin/categories", Permission::CatalogChange, create)
        .get("/admin/categories/new", Permission::CatalogChange, new)
        .get("/admin/categories/{id}/edit", Permission::CatalogChange, edit)
        .post("/admin/categories/{id}/edit", Permission::CatalogChange, update)
        .get("/admin/categories/{id}/deletion", Permission::CatalogChange, confirm_deletion)
        .post("/admin/categories/{id}/deletion", Permission::CatalogChange, delete);
}

#[derive(Template)]
#[template(path = "admin/catalog/categories.html")]
struct ListPage {
    desk: Desk,
    places: Vec<Place>,
    counts: HashMap<CategoryId, i64>,
    /// Products that have followed a new name or place so far, of those categories that are still followed.
    following: HashMap<i64, i64>,
}

impl ListPage {
    fn followed(&self, id: &CategoryId) -> Option<&i64> {
        self.following.get(&id.0)
    }

    fn products_in(&self, id: &CategoryId) -> i64 {
        self.counts.get(id).copied().unwrap_or(0)
    }
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let read = app.db.read(|conn| Ok((categories::places(conn)?, categories::product_counts(conn)?, follow::categories(conn)?)));
    let (places, counts, following) = read.await?;
    let (counts, following) = (counts.into_iter().collect(), following.into_iter().collect());
    private_html(StatusCode::OK, &ListPage { desk, places, counts, following })
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
    /// What its products have yet to follow.
    following: Option<String>,
    problems: Problems,
}

impl FormPage {
    async fn make(desk: Desk, id: Option<CategoryId>, form: CategoryForm, problems: Problems, app: &App) -> Result<Self> {
        let read = app.db.read(move |conn| {
            let places = categories::places(conn)?;
            let Some(id) = id else { return Ok((places, None, None)) };
            Ok((places, categories::media_of(conn, id)?, follow::progress(conn, "category", id.0)?))
        });
        let (places, media, done) = read.await?;
        let picture = media.map(|media| Picture::of(media, ""));
        Ok(Self { desk, id, form, parents: beside(places, id), picture, following: done.map(following), problems })
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

async fn create(visitor: Visitor, form: Form<CategoryForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<CategoryId>,
    form: Form<CategoryForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, id: Option<CategoryId>, typed: &CategoryForm, input: &CategoryInput) -> Result<Meanwhile<CategoryId>> {
    let now: CategoryForm = id.map(|id| categories::lock(conn, id)).transpose()?.map(Into::into).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::save_category(conn, id, input))
}

async fn save(id: Option<CategoryId>, visitor: Visitor, mut form: CategoryForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let typed = form.clone();
    let saved = match form.parse() {
        Ok(input) => app.db.write(move |conn| save_over(conn, id, &typed, &input)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            private_html(StatusCode::CONFLICT, &FormPage::make(Desk::of(&request).await?, id, form, told, &app).await?)
        }
        Ok(Meanwhile::Saved(_)) => {
            see_other_with(&visitor.session, FlashKind::Success, "The category is saved.", "/admin/categories?saved=yes")
        }
        Err(error) => {
            let page = FormPage::make(Desk::of(&request).await?, id, form, error.into_problems()?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn confirm_deletion(desk: Desk, id: web::Path<CategoryId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let category = app.db.read(move |conn| categories::find(conn, id)).await?;
    let page = DeletionPage {
        desk,
        list: ("/admin/categories", "Categories"),
        edit: format!("/admin/categories/{id}/edit"),
        action: format!("/admin/categories/{id}/deletion"),
        what: format!("the category {}", category.name),
        said: format!(
            "It leaves the menu, and links to {} lead nowhere. It can only be deleted when nothing stands in it. This can’t be undone.",
            category.url()
        ),
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, id: web::Path<CategoryId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = app.db.write(move |conn| ops::delete_category(conn, id)).await;
    deleted(&visitor, done, "The category is deleted.", "/admin/categories")
}
