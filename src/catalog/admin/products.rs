use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::editor;
use crate::{
    base::{Conn, Error, Permission, Problems, ProductId, Result},
    catalog::{
        forms::ProductForm,
        model::{Brand, Declared, Deed, Meanwhile, Parts, Place, Product, ProductType, Status},
        ops::{
            self,
            history::{Edited, edit as save_edit, recorded},
        },
        store::{attributes, brands, categories, products},
    },
    settings,
    web::{Account, App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/products/new", Permission::CatalogChange, new)
        .post("/admin/products", Permission::CatalogChange, create)
        .get("/admin/products/{id}/edit", Permission::CatalogChange, edit)
        .post("/admin/products/{id}/edit", Permission::CatalogChange, update)
        .get("/admin/products/{id}/archival", Permission::CatalogChange, confirm_archival)
        .post("/admin/products/{id}/archival", Permission::CatalogChange, archive);
}

#[derive(Template)]
#[template(path = "admin/catalog/product_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<ProductId>,
    form: ProductForm,
    offer: Offer,
    /// What others changed while this form was open.
    meanwhile: Option<Meanwhile>,
    problems: Problems,
}

/// What there is to choose from.
struct Offer {
    categories: Vec<Place>,
    brands: Vec<Brand>,
    types: Vec<ProductType>,
    /// Attributes of the chosen type.
    declared: Vec<Declared>,
}

impl Offer {
    fn load(conn: &mut Conn, product_type: &str) -> Result<Self> {
        Ok(Self {
            categories: categories::places(conn)?,
            brands: brands::some(conn)?,
            types: attributes::some_types(conn)?,
            declared: declared(conn, product_type)?,
        })
    }
}

fn declared(conn: &mut Conn, product_type: &str) -> Result<Vec<Declared>> {
    let found = attributes::type_by_name(conn, product_type)?;
    found.map_or(Ok(vec![]), |of| attributes::of_type(conn, of.id))
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/products".to_owned(), |id| format!("/admin/products/{id}/edit"))
    }

    fn statuses(&self) -> &'static [Status] {
        Status::ALL
    }

    /// The type that is typed, where it is not one of those that are offered.
    fn has_other_type(&self) -> bool {
        !self.form.product_type.is_empty() && !self.offer.types.iter().any(|of| self.is_type(&of.name))
    }

    fn is_type(&self, name: &str) -> bool {
        name.to_lowercase() == self.form.product_type.trim().to_lowercase()
    }
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    let offer = app.db.read(|conn| Offer::load(conn, "")).await?;
    let form = ProductForm { status: Status::Draft.as_str().to_owned(), ..Default::default() };
    private_html(StatusCode::OK, &FormPage { desk, id: None, form, offer, meanwhile: None, problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (form, offer) = app
        .db
        .read(move |conn| {
            let product = products::find(conn, id)?;
            let offer = Offer::load(conn, &product.product_type)?;
            let form = ProductForm::of(product, &categories::of_product(conn, id)?);
            Ok((form.with_attributes(attributes::of_product(conn, id)?), offer))
        })
        .await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form, offer, meanwhile: None, problems: Problems::default() })
}

async fn create(Staff(staff): Staff, visitor: Visitor, form: Form<ProductForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, &staff, visitor, form.0, request, app).await
}

async fn update(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<ProductForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), &staff, visitor, form.0, request, app).await
}

async fn save(
    id: Option<ProductId>,
    staff: &Account,
    visitor: Visitor,
    mut form: ProductForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    if form.show.is_some() {
        return again(StatusCode::OK, id, form, None, Problems::default(), &request, &app).await;
    }
    let (by, typed) = (editor(staff), form.clone());
    let saved = app.db.write(move |conn| {
        let declared = declared(conn, &typed.product_type)?;
        let edit = typed.parse_edit(&declared).map_err(Error::Invalid)?;
        let currency = settings::store(conn)?.currency;
        save_edit(conn, &by, id, typed.version, &edit, currency)
    });
    match saved.await {
        Ok(Edited::Saved(id)) => {
            see_other_with(&visitor.session, FlashKind::Success, "The product is saved.", &format!("/admin/products/{id}"))
        }
        Ok(Edited::Meanwhile(meanwhile)) => {
            // Whoever sends it once more has read what the others did.
            form.version = meanwhile.version;
            again(StatusCode::CONFLICT, id, form, Some(meanwhile), Problems::default(), &request, &app).await
        }
        Err(error) => again(StatusCode::UNPROCESSABLE_ENTITY, id, form, None, error.into_problems()?, &request, &app).await,
    }
}

/// The form once more, with all that was typed.
async fn again(
    status: StatusCode,
    id: Option<ProductId>,
    form: ProductForm,
    meanwhile: Option<Meanwhile>,
    problems: Problems,
    request: &HttpRequest,
    app: &App,
) -> Result<HttpResponse> {
    let (desk, of) = (Desk::of(request).await?, form.product_type.clone());
    let offer = app.db.read(move |conn| Offer::load(conn, &of)).await?;
    private_html(status, &FormPage { desk, id, form, offer, meanwhile, problems })
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

async fn archive(Staff(staff): Staff, visitor: Visitor, id: web::Path<ProductId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, by) = (id.into_inner(), editor(&staff));
    let archived =
        app.db.write(move |conn| recorded(conn, &by, Deed::Status, &[id], Parts::Head, |conn| ops::set_status(conn, id, Status::Archived)));
    archived.await?;
    let said = "The product is archived and no longer for sale.";
    see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/products/{id}"))
}
