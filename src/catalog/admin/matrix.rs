//! Many variants of one product: a page of them changed at once, the values of the options, all their combinations.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::editor;
use crate::{
    base::{Conn, Error, Page, PageRequest, Permission, Problems, ProductId, Result, VariantId},
    catalog::{
        forms::{GenerateForm, PageForm, ValuesForm, VariantRow},
        model::Product,
        ops::options::{change_values, generate, save_page},
        store::{
            options::{self, OptionValueRow},
            products,
            variants::{self, VariantFilter},
        },
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/products/{id}/variants/table", Permission::CatalogChange, table)
        .post("/admin/products/{id}/variants/table", Permission::CatalogChange, save)
        .get("/admin/products/{id}/options", Permission::CatalogChange, show_options)
        .post("/admin/products/{id}/options/values", Permission::CatalogChange, save_values)
        .post("/admin/products/{id}/options/combinations", Permission::CatalogChange, combine);
}

/// Variants on one page of the table.
const PAGE: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    q: String,
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/catalog/variant_table.html")]
struct TablePage {
    desk: Desk,
    product: Product,
    store: Store,
    text: String,
    page: Page<VariantRow>,
    problems: Problems,
}

impl TablePage {
    fn page_base(&self) -> String {
        format!(
            "/admin/products/{}/variants/table?{}&",
            self.product.id,
            serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default()
        )
    }

    fn problem(&self, field: &str, id: &VariantId) -> Option<&str> {
        self.problems.on(&format!("{field}-{id}"))
    }
}

fn load(conn: &mut Conn, desk: Desk, id: ProductId, query: &Query, typed: &PageForm, problems: Problems) -> Result<TablePage> {
    let (product, store) = (products::find(conn, id)?, settings::store(conn)?);
    let text: String = query.q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let filter = VariantFilter { text: text.clone(), archived: false };
    let (found, rest) = variants::page_of(conn, id, &filter, PageRequest::new(query.page, PAGE))?.split();
    let rows = found.iter().map(|variant| typed.typed(VariantRow::of(variant, store.currency))).collect();
    Ok(TablePage { desk, product, store, text, page: rest.with(rows), problems })
}

async fn table(desk: Desk, id: web::Path<ProductId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let page = app.db.read(move |conn| load(conn, desk, id, &query, &PageForm::default(), Problems::default())).await?;
    private_html(StatusCode::OK, &page)
}

async fn save(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<PageForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form), by) = (id.into_inner(), form, editor(&staff));
    let typed = form.clone();
    let saved = app.db.write(move |conn| {
        let currency = settings::store(conn)?.currency;
        let ids: Vec<_> = typed.id.iter().take(500).map(|id| VariantId(*id)).collect();
        let changes = typed.parse(&variants::find_all(conn, &ids)?, currency).map_err(Error::Invalid)?;
        save_page(conn, &by, id, &changes)?;
        Ok(changes.len())
    });
    let query = Query { q: form.q.clone(), page: Some(form.page) };
    match saved.await {
        Ok(count) => {
            let said = match count {
                0 => "Nothing was changed.".to_owned(),
                1 => "One variant is changed.".to_owned(),
                _ => format!("{count} variants are changed."),
            };
            let kept = serde_urlencoded::to_string([("q", form.q), ("page", form.page.to_string())]).unwrap_or_default();
            see_other_with(&visitor.session, FlashKind::Success, &said, &format!("/admin/products/{id}/variants/table?{kept}"))
        }
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let page = app.db.read(move |conn| load(conn, desk, id, &query, &form, problems)).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/catalog/options.html")]
struct OptionsPage {
    desk: Desk,
    product: Product,
    store: Store,
    values: Vec<OptionValueRow>,
    variants: i64,
    form: GenerateForm,
    problems: Problems,
}

impl OptionsPage {
    fn load(conn: &mut Conn, desk: Desk, id: ProductId, form: Option<GenerateForm>, problems: Problems) -> Result<Self> {
        let (product, store, values) = (products::find(conn, id)?, settings::store(conn)?, options::values(conn, id)?);
        let of = |option: i32| {
            let used = values.iter().filter(|row| row.option == option && row.used);
            used.map(|row| row.value.as_str()).collect::<Vec<_>>().join("\n")
        };
        let begun = || GenerateForm {
            values1: of(1),
            values2: of(2),
            values3: of(3),
            sku: product.slug.to_uppercase().chars().take(40).collect(),
            ..GenerateForm::default()
        };
        let form = form.unwrap_or_else(begun);
        Ok(Self { desk, variants: variants::count(conn, id)?, product, store, values, form, problems })
    }

    fn values_of(&self, at: &usize) -> Vec<&OptionValueRow> {
        self.values.iter().filter(|row| usize::try_from(row.option) == Ok(at + 1)).collect()
    }
}

async fn show_options(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let page = app.db.read(move |conn| OptionsPage::load(conn, desk, id, None, Problems::default())).await?;
    private_html(StatusCode::OK, &page)
}

async fn save_values(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<ValuesForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, by) = (id.into_inner(), editor(&staff));
    let saved = match form.0.parse() {
        Ok(changes) => {
            let work = app.db.write(move |conn| {
                let product = products::find(conn, id)?;
                change_values(conn, &by, &product, &changes)
            });
            work.await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(
            &visitor.session,
            FlashKind::Success,
            "The values are saved.",
            &format!("/admin/products/{id}/options?saved=yes"),
        ),
        Err(error) => refused(error, id, None, &request, &app).await,
    }
}

async fn refused(error: Error, id: ProductId, form: Option<GenerateForm>, request: &HttpRequest, app: &App) -> Result<HttpResponse> {
    let (problems, desk) = (error.into_problems()?, Desk::of(request).await?);
    let page = app.db.read(move |conn| OptionsPage::load(conn, desk, id, form, problems)).await?;
    private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn combine(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<ProductId>,
    form: Form<GenerateForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form), by) = (id.into_inner(), form, editor(&staff));
    let typed = form.clone();
    let made = app.db.write(move |conn| {
        let (product, currency) = (products::lock(conn, id)?, settings::store(conn)?.currency);
        let (values, pattern) = typed.parse(product.option_names.len(), currency).map_err(Error::Invalid)?;
        generate(conn, &by, &product, &values, &pattern)
    });
    match made.await {
        Ok(new) => {
            let said = match new.len() {
                0 => "Every combination was there already.".to_owned(),
                1 => "One variant is made. Count its stock next.".to_owned(),
                count => format!("{count} variants are made. Count their stock next."),
            };
            see_other_with(&visitor.session, FlashKind::Success, &said, &format!("/admin/products/{id}/variants/table"))
        }
        Err(error) => refused(error, id, Some(form), &request, &app).await,
    }
}
