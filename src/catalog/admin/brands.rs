use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{ListQuery, deleted, deletion::DeletionPage, following};
use crate::{
    base::{BrandId, Conn, Error, Meanwhile, Page, PageRequest, Permission, Problems, Result, meanwhile},
    catalog::{
        forms::BrandForm,
        model::{BrandChange, BrandListed},
        store::{brands, follow},
    },
    media::Picture,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/brands", Permission::CatalogSee, list)
        .post("/admin/brands", Permission::CatalogChange, create)
        .get("/admin/brands/new", Permission::CatalogChange, new)
        .get("/admin/brands/{id}/edit", Permission::CatalogChange, edit)
        .post("/admin/brands/{id}/edit", Permission::CatalogChange, update)
        .get("/admin/brands/{id}/deletion", Permission::CatalogChange, confirm_deletion)
        .post("/admin/brands/{id}/deletion", Permission::CatalogChange, delete);
}

#[derive(Template)]
#[template(path = "admin/catalog/brands.html")]
struct ListPage {
    desk: Desk,
    text: String,
    page: Page<BrandListed>,
}

impl ListPage {
    fn page_base(&self) -> String {
        format!("/admin/brands?{}&", serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (text, request) = (query.text(), PageRequest::new(query.page, 50));
    let sought = text.clone();
    let page = app.db.read(move |conn| brands::list(conn, &sought, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, text, page })
}

#[derive(Template)]
#[template(path = "admin/catalog/brand_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<BrandId>,
    form: BrandForm,
    picture: Option<Picture>,
    /// What its products have yet to follow.
    following: Option<String>,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/brands".to_owned(), |id| format!("/admin/brands/{id}/edit"))
    }

    /// Where its picture is changed.
    fn picture_url(&self) -> Option<String> {
        self.id.map(|id| format!("/admin/brands/{id}/picture"))
    }
}

impl FormPage {
    async fn make(desk: Desk, id: Option<BrandId>, form: BrandForm, problems: Problems, app: &App) -> Result<Self> {
        let Some(of) = id else { return Ok(Self { desk, id, form, picture: None, following: None, problems }) };
        let found = app.db.read(move |conn| Ok((brands::media_of(conn, of)?, follow::progress(conn, "brand", of.0)?)));
        let (media, done) = found.await?;
        Ok(Self { desk, id, form, picture: media.map(|media| Picture::of(media, "")), following: done.map(following), problems })
    }
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage::make(desk, None, BrandForm::default(), Problems::default(), &app).await?)
}

async fn edit(desk: Desk, id: web::Path<BrandId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let brand = app.db.read(move |conn| brands::find(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage::make(desk, Some(id), brand.into(), Problems::default(), &app).await?)
}

async fn create(visitor: Visitor, form: Form<BrandForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(visitor: Visitor, id: web::Path<BrandId>, form: Form<BrandForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, id: Option<BrandId>, typed: &BrandForm, change: &BrandChange) -> Result<Meanwhile<BrandId>> {
    let now: BrandForm = id.map(|id| brands::lock(conn, id)).transpose()?.map(Into::into).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || brands::save(conn, id, change))
}

async fn save(id: Option<BrandId>, visitor: Visitor, mut form: BrandForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let typed = form.clone();
    let saved = match form.parse() {
        Ok(change) => app.db.write(move |conn| save_over(conn, id, &typed, &change)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            private_html(StatusCode::CONFLICT, &FormPage::make(Desk::of(&request).await?, id, form, told, &app).await?)
        }
        Ok(Meanwhile::Saved(id)) => {
            let url = format!("/admin/brands/{id}/edit?saved=yes");
            see_other_with(&visitor.session, FlashKind::Success, "The brand is saved.", &url)
        }
        Err(error) => {
            let page = FormPage::make(Desk::of(&request).await?, id, form, error.into_problems()?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn confirm_deletion(desk: Desk, id: web::Path<BrandId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let brand = app.db.read(move |conn| brands::find(conn, id)).await?;
    let page = DeletionPage {
        desk,
        list: ("/admin/brands", "Brands"),
        edit: format!("/admin/brands/{id}/edit"),
        action: format!("/admin/brands/{id}/deletion"),
        what: format!("the brand {}", brand.name),
        said: format!(
            "Links to {} lead nowhere then. It can only be deleted when no product bears its name. This can’t be undone.",
            brand.url()
        ),
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, id: web::Path<BrandId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = app.db.write(move |conn| brands::delete(conn, id)).await;
    deleted(&visitor, done, "The brand is deleted.", "/admin/brands")
}
