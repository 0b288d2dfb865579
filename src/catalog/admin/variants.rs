use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::editor;
use crate::{
    base::{Conn, Currency, Error, Meanwhile, Permission, Problems, ProductId, Result, VariantId, meanwhile},
    catalog::{
        forms::VariantForm,
        model::{Deed, Editor, NewVariant, Parts, Product, TaxClass, Variant},
        ops::{self, history::recorded},
        store::{products, variants},
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/products/{id}/variants/new", Permission::CatalogChange, new)
        .post("/admin/products/{id}/variants", Permission::CatalogChange, create)
        .get("/admin/variants/{id}/edit", Permission::CatalogChange, edit)
        .post("/admin/variants/{id}/edit", Permission::CatalogChange, update)
        .post("/admin/variants/{id}/archival", Permission::CatalogChange, archive)
        .post("/admin/variants/{id}/restoration", Permission::CatalogChange, restore);
}

#[derive(Template)]
#[template(path = "admin/catalog/variant_form.html")]
struct FormPage {
    desk: Desk,
    product: Product,
    store: Store,
    classes: Vec<TaxClass>,
    /// `None` while it is new.
    variant: Option<Variant>,
    form: VariantForm,
    problems: Problems,
}

impl FormPage {
    /// The one that is typed, or the usual one of a variant that is new.
    fn has_class(&self, code: &str) -> bool {
        code == if self.form.tax_class.is_empty() { "standard" } else { &self.form.tax_class }
    }

    fn action(&self) -> String {
        match &self.variant {
            Some(variant) => format!("/admin/variants/{}/edit", variant.id),
            None => format!("/admin/products/{}/variants", self.product.id),
        }
    }
}

async fn new(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (product, store) = app.db.read(move |conn| Ok((products::find(conn, id)?, settings::store(conn)?))).await?;
    let (classes, form) = (app.db.read(variants::tax_classes).await?, VariantForm::default());
    private_html(StatusCode::OK, &FormPage { desk, product, store, classes, variant: None, form, problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<VariantId>, app: App) -> Result<HttpResponse> {
    let (product, store, variant) = find(&app, id.into_inner()).await?;
    let (classes, form) = (app.db.read(variants::tax_classes).await?, VariantForm::of(&variant, store.currency));
    private_html(StatusCode::OK, &FormPage { desk, product, store, classes, variant: Some(variant), form, problems: Problems::default() })
}

async fn find(app: &App, id: VariantId) -> Result<(Product, Store, Variant)> {
    let found = app.db.read(move |conn| {
        let variant = variants::find(conn, id)?;
        Ok((products::find(conn, variant.product_id)?, settings::store(conn)?, variant))
    });
    found.await
}

async fn create(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<VariantForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (product, store) = app.db.read(move |conn| Ok((products::find(conn, id)?, settings::store(conn)?))).await?;
    save(product, store, None, editor(&staff), visitor, form.0, request, app).await
}

async fn update(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<VariantId>,
    form: Form<VariantForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (product, store, variant) = find(&app, id.into_inner()).await?;
    save(product, store, Some(variant), editor(&staff), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(
    conn: &mut Conn,
    product: ProductId,
    id: Option<VariantId>,
    (typed, currency): (&VariantForm, Currency),
    change: &NewVariant,
) -> Result<Meanwhile<VariantId>> {
    let now = id.map(|id| variants::lock(conn, id)).transpose()?.map(|now| VariantForm::of(&now, currency)).unwrap_or_default();
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::save_variant(conn, product, id, change))
}

#[expect(clippy::too_many_arguments, reason = "what a form is made of, who sends it, and where to")]
async fn save(
    product: Product,
    store: Store,
    variant: Option<Variant>,
    by: Editor,
    visitor: Visitor,
    mut form: VariantForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (typed, currency) = (form.clone(), store.currency);
    let (product_id, id) = (product.id, variant.as_ref().map(|variant| variant.id));
    let saved = match form.parse(&product.option_names, store.currency) {
        Ok(change) => {
            let save = move |conn: &mut Conn| save_over(conn, product_id, id, (&typed, currency), &change);
            app.db.write(move |conn| recorded(conn, &by, Deed::Variants, &[product_id], Parts::Variants, save)).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (status, problems) = match saved {
        Ok(Meanwhile::Saved(_)) => {
            let url = format!("/admin/products/{product_id}");
            return see_other_with(&visitor.session, FlashKind::Success, "The variant is saved.", &url);
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    let (classes, desk) = (app.db.read(variants::tax_classes).await?, Desk::of(&request).await?);
    private_html(status, &FormPage { desk, product, store, classes, variant, form, problems })
}

async fn archive(Staff(staff): Staff, visitor: Visitor, id: web::Path<VariantId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    set_archived(editor(&staff), visitor, id.into_inner(), true, "The variant is archived and no longer for sale.", app).await
}

async fn restore(Staff(staff): Staff, visitor: Visitor, id: web::Path<VariantId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    set_archived(editor(&staff), visitor, id.into_inner(), false, "The variant is for sale again.", app).await
}

async fn set_archived(by: Editor, visitor: Visitor, id: VariantId, archived: bool, said: &str, app: App) -> Result<HttpResponse> {
    let change = app.db.write(move |conn| {
        let product = variants::find(conn, id)?.product_id;
        let set = |conn: &mut Conn| ops::set_variant_archived(conn, id, archived);
        recorded(conn, &by, Deed::Variants, &[product], Parts::Variants, set)?;
        Ok(product)
    });
    let product = change.await?;
    see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/products/{product}"))
}
