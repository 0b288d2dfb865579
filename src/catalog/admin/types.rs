//! Product types and the attributes that they declare.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{ListQuery, deletion::DeletionPage};
use crate::{
    base::{AttributeId, Conn, Error, Meanwhile, Page, PageRequest, Permission, Problems, ProductTypeId, Result, meanwhile},
    catalog::{
        forms::{AttributeForm, ProductTypeForm},
        model::{Attribute, AttributeChange, AttributeKind, ChoiceChange, Declared, ProductType, ProductTypeChange},
        store::attributes,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/product-types", Permission::CatalogSee, list)
        .post("/admin/product-types", Permission::CatalogChange, create)
        .get("/admin/product-types/new", Permission::CatalogChange, new)
        .get("/admin/product-types/{id}/edit", Permission::CatalogChange, edit)
        .post("/admin/product-types/{id}/edit", Permission::CatalogChange, update)
        .get("/admin/product-types/{id}/deletion", Permission::CatalogChange, confirm_deletion)
        .post("/admin/product-types/{id}/deletion", Permission::CatalogChange, delete)
        .get("/admin/product-types/{id}/attributes/new", Permission::CatalogChange, new_attribute)
        .post("/admin/product-types/{id}/attributes", Permission::CatalogChange, create_attribute)
        .get("/admin/attributes/{id}/edit", Permission::CatalogChange, edit_attribute)
        .post("/admin/attributes/{id}/edit", Permission::CatalogChange, update_attribute)
        .get("/admin/attributes/{id}/deletion", Permission::CatalogChange, confirm_attribute_deletion)
        .post("/admin/attributes/{id}/deletion", Permission::CatalogChange, delete_attribute);
}

#[derive(Template)]
#[template(path = "admin/catalog/types.html")]
struct ListPage {
    desk: Desk,
    text: String,
    page: Page<ProductType>,
    counts: HashMap<ProductTypeId, i64>,
}

impl ListPage {
    fn attributes_of(&self, id: &ProductTypeId) -> i64 {
        self.counts.get(id).copied().unwrap_or(0)
    }

    fn page_base(&self) -> String {
        format!("/admin/product-types?{}&", serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (text, request) = (query.text(), PageRequest::new(query.page, 50));
    let sought = text.clone();
    let (page, counts) = app
        .db
        .read(move |conn| {
            let page = attributes::types(conn, &sought, request)?;
            let counts = attributes::attribute_counts(conn, &page.items.iter().map(|of| of.id).collect::<Vec<_>>())?;
            Ok((page, counts))
        })
        .await?;
    private_html(StatusCode::OK, &ListPage { desk, text, page, counts })
}

#[derive(Template)]
#[template(path = "admin/catalog/type_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<ProductTypeId>,
    form: ProductTypeForm,
    declared: Vec<Declared>,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/product-types".to_owned(), |id| format!("/admin/product-types/{id}/edit"))
    }
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    let (form, problems) = (ProductTypeForm::default(), Problems::default());
    private_html(StatusCode::OK, &FormPage { desk, id: None, form, declared: vec![], problems })
}

async fn edit(desk: Desk, id: web::Path<ProductTypeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (of, declared) = app.db.read(move |conn| Ok((attributes::find_type(conn, id)?, attributes::of_type(conn, id)?))).await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form: of.into(), declared, problems: Problems::default() })
}

async fn create(visitor: Visitor, form: Form<ProductTypeForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<ProductTypeId>,
    form: Form<ProductTypeForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(
    conn: &mut Conn,
    id: Option<ProductTypeId>,
    typed: &ProductTypeForm,
    change: &ProductTypeChange,
) -> Result<Meanwhile<ProductTypeId>> {
    let now: ProductTypeForm = id.map(|id| attributes::lock_type(conn, id)).transpose()?.map(Into::into).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || attributes::save_type(conn, id, change))
}

async fn save(
    id: Option<ProductTypeId>,
    visitor: Visitor,
    mut form: ProductTypeForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let typed = form.clone();
    let saved = match form.parse() {
        Ok(change) => app.db.write(move |conn| save_over(conn, id, &typed, &change)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (status, problems) = match saved {
        Ok(Meanwhile::Saved(id)) => {
            let url = format!("/admin/product-types/{id}/edit?saved=yes");
            return see_other_with(&visitor.session, FlashKind::Success, "The product type is saved.", &url);
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    let desk = Desk::of(&request).await?;
    let declared = match id {
        Some(id) => app.db.read(move |conn| attributes::of_type(conn, id)).await?,
        None => vec![],
    };
    private_html(status, &FormPage { desk, id, form, declared, problems })
}

async fn confirm_deletion(desk: Desk, id: web::Path<ProductTypeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (of, count) = app.db.read(move |conn| Ok((attributes::find_type(conn, id)?, attributes::products_of_type(conn, id)?))).await?;
    let said = if count > 0 {
        format!("{count} products are of this type. It can be deleted when none is any more.")
    } else {
        "Its attributes go as well. This can’t be undone.".to_owned()
    };
    let page = DeletionPage {
        desk,
        list: ("/admin/product-types", "Product types"),
        edit: format!("/admin/product-types/{id}/edit"),
        action: format!("/admin/product-types/{id}/deletion"),
        what: format!("the product type {}", of.name),
        said,
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, id: web::Path<ProductTypeId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| attributes::delete_type(conn, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The product type is deleted.", "/admin/product-types"),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, "/admin/product-types"),
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "admin/catalog/attribute_form.html")]
struct AttributePage {
    desk: Desk,
    of: ProductType,
    /// `None` while it is new.
    id: Option<AttributeId>,
    form: AttributeForm,
    problems: Problems,
}

impl AttributePage {
    fn action(&self) -> String {
        match self.id {
            Some(id) => format!("/admin/attributes/{id}/edit"),
            None => format!("/admin/product-types/{}/attributes", self.of.id),
        }
    }

    fn kinds(&self) -> &'static [AttributeKind] {
        AttributeKind::ALL
    }
}

async fn new_attribute(desk: Desk, id: web::Path<ProductTypeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let of = app.db.read(move |conn| attributes::find_type(conn, id)).await?;
    let form = AttributeForm { kind: "text".to_owned(), filterable: Some("on".to_owned()), ..AttributeForm::default() };
    private_html(StatusCode::OK, &AttributePage { desk, of, id: None, form, problems: Problems::default() })
}

async fn edit_attribute(desk: Desk, id: web::Path<AttributeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (declared, of) = find(id, &app).await?;
    private_html(StatusCode::OK, &AttributePage { desk, of, id: Some(id), form: declared.into(), problems: Problems::default() })
}

async fn find(id: AttributeId, app: &App) -> Result<(Declared, ProductType)> {
    let found = app.db.read(move |conn| {
        let declared = attributes::find(conn, id)?;
        let of = attributes::find_type(conn, declared.attribute.product_type_id)?;
        Ok((declared, of))
    });
    found.await
}

async fn create_attribute(
    visitor: Visitor,
    id: web::Path<ProductTypeId>,
    form: Form<AttributeForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let of = app.db.read(move |conn| attributes::find_type(conn, id)).await?;
    save_attribute(of, None, visitor, form.0, request, app).await
}

async fn update_attribute(
    visitor: Visitor,
    id: web::Path<AttributeId>,
    form: Form<AttributeForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (_, of) = find(id, &app).await?;
    save_attribute(of, Some(id), visitor, form.0, request, app).await
}

/// As for a type.
fn save_attribute_over(
    conn: &mut Conn,
    (of, id): (ProductTypeId, Option<AttributeId>),
    typed: &AttributeForm,
    (change, choices): &(AttributeChange, Vec<ChoiceChange>),
) -> Result<Meanwhile<()>> {
    let now: AttributeForm = id.map(|id| attributes::lock(conn, id)).transpose()?.map(Into::into).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || {
        let id = attributes::save(conn, of, id, change)?;
        attributes::replace_choices(conn, id, choices)
    })
}

async fn save_attribute(
    of: ProductType,
    id: Option<AttributeId>,
    visitor: Visitor,
    mut form: AttributeForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (type_id, typed) = (of.id, form.clone());
    let saved = match form.parse() {
        Ok(input) => app.db.write(move |conn| save_attribute_over(conn, (type_id, id), &typed, &input)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (status, problems) = match saved {
        Ok(Meanwhile::Saved(())) => {
            let url = format!("/admin/product-types/{type_id}/edit?saved=yes");
            return see_other_with(&visitor.session, FlashKind::Success, "The attribute is saved.", &url);
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    private_html(status, &AttributePage { desk: Desk::of(&request).await?, of, id, form, problems })
}

async fn confirm_attribute_deletion(desk: Desk, id: web::Path<AttributeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (Declared { attribute, .. }, of) = find(id, &app).await?;
    let count = app.db.read(move |conn| attributes::products_with(conn, id)).await?;
    let said = match count {
        0 => "No product says anything of it yet.".to_owned(),
        1 => "One product loses what it says of it. This can’t be undone.".to_owned(),
        _ => format!("{count} products lose what they say of it. This can’t be undone."),
    };
    let Attribute { name, .. } = attribute;
    let page = DeletionPage {
        desk,
        list: ("/admin/product-types", "Product types"),
        edit: format!("/admin/product-types/{}/edit", of.id),
        action: format!("/admin/attributes/{id}/deletion"),
        what: format!("the attribute {name} of {}", of.name),
        said,
    };
    private_html(StatusCode::OK, &page)
}

async fn delete_attribute(visitor: Visitor, id: web::Path<AttributeId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (_, of) = find(id, &app).await?;
    app.db.write(move |conn| attributes::delete(conn, id)).await?;
    let url = format!("/admin/product-types/{}/edit", of.id);
    see_other_with(&visitor.session, FlashKind::Success, "The attribute is deleted.", &url)
}
