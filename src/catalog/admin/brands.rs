use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{ListQuery, deletion::DeletionPage};
use crate::{
    base::{BrandId, Error, Page, PageRequest, Problems, Result},
    catalog::{forms::BrandForm, model::BrandListed, store::brands},
    media::{Media, Picture},
    web::{App, Desk, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/brands", web::get().to(list))
        .route("/admin/brands", web::post().to(create))
        .route("/admin/brands/new", web::get().to(new))
        .route("/admin/brands/{id}/edit", web::get().to(edit))
        .route("/admin/brands/{id}/edit", web::post().to(update))
        .route("/admin/brands/{id}/deletion", web::get().to(confirm_deletion))
        .route("/admin/brands/{id}/deletion", web::post().to(delete));
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

fn shown(media: Option<Media>) -> Option<Picture> {
    media.map(|media| Picture::of(media, ""))
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    let (form, problems) = (BrandForm::default(), Problems::default());
    private_html(StatusCode::OK, &FormPage { desk, id: None, form, picture: None, problems })
}

async fn edit(desk: Desk, id: web::Path<BrandId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (brand, media) = app.db.read(move |conn| Ok((brands::find(conn, id)?, brands::media_of(conn, id)?))).await?;
    let page = FormPage { desk, id: Some(id), form: brand.into(), picture: shown(media), problems: Problems::default() };
    private_html(StatusCode::OK, &page)
}

async fn create(_staff: Staff, visitor: Visitor, form: Form<BrandForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    _staff: Staff,
    visitor: Visitor,
    id: web::Path<BrandId>,
    form: Form<BrandForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<BrandId>, visitor: Visitor, form: BrandForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok(change) => app.db.write(move |conn| brands::save(conn, id, &change)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(id) => {
            let url = format!("/admin/brands/{id}/edit?saved=yes");
            see_other_with(&visitor.session, FlashKind::Success, "The brand is saved.", &url)
        }
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let media = match id {
                Some(id) => app.db.read(move |conn| brands::media_of(conn, id)).await?,
                None => None,
            };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, id, form, picture: shown(media), problems })
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

async fn delete(_staff: Staff, visitor: Visitor, id: web::Path<BrandId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| brands::delete(conn, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The brand is deleted.", "/admin/brands"),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, "/admin/brands"),
        Err(error) => Err(error),
    }
}
