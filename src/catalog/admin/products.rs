use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Error, Problems, ProductId, Result},
    catalog::{
        forms::ProductForm,
        model::{CategoryTree, Product, Status},
        ops,
        store::{categories, products},
    },
    web::{App, Desk, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/products/new", web::get().to(new))
        .route("/admin/products", web::post().to(create))
        .route("/admin/products/{id}/edit", web::get().to(edit))
        .route("/admin/products/{id}/edit", web::post().to(update))
        .route("/admin/products/{id}/archival", web::get().to(confirm_archival))
        .route("/admin/products/{id}/archival", web::post().to(archive));
}

#[derive(Template)]
#[template(path = "admin/catalog/product_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<ProductId>,
    form: ProductForm,
    categories: Vec<CategoryTree>,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/products".to_owned(), |id| format!("/admin/products/{id}/edit"))
    }

    fn statuses(&self) -> &'static [Status] {
        Status::ALL
    }
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    let categories = app.db.read(categories::tree).await?;
    let form = ProductForm { status: Status::Draft.as_str().to_owned(), ..Default::default() };
    private_html(StatusCode::OK, &FormPage { desk, id: None, form, categories, problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (form, categories) = app
        .db
        .read(move |conn| {
            let product = products::find(conn, id)?;
            Ok((ProductForm::of(product, &categories::of_product(conn, id)?), categories::tree(conn)?))
        })
        .await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form, categories, problems: Problems::default() })
}

async fn create(_staff: Staff, visitor: Visitor, form: Form<ProductForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    _staff: Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<ProductForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<ProductId>, visitor: Visitor, form: ProductForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok((change, categories)) => app.db.write(move |conn| ops::save_product(conn, id, &change, &categories)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(id) => see_other_with(&visitor.session, FlashKind::Success, "The product is saved.", &format!("/admin/products/{id}")),
        Err(error) => {
            let problems = error.into_problems()?;
            let (desk, categories) = (Desk::of(&request).await?, app.db.read(categories::tree).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, id, form, categories, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/catalog/product_archival.html")]
struct ArchivalPage {
    desk: Desk,
    product: Product,
}

async fn confirm_archival(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let product = app.db.read(move |conn| products::find(conn, id)).await?;
    private_html(StatusCode::OK, &ArchivalPage { desk, product })
}

async fn archive(_staff: Staff, visitor: Visitor, id: web::Path<ProductId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::set_status(conn, id, Status::Archived)).await?;
    see_other_with(
        &visitor.session,
        FlashKind::Success,
        "The product is archived and no longer for sale.",
        &format!("/admin/products/{id}"),
    )
}
