//! Many products changed alike: chosen in the list, looked at, confirmed, done by a job, undone as one.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{ListQuery, editor};
use crate::{
    base::{BulkEditId, Conn, Error, Page, PageRequest, Permission, Problems, ProductId, Result},
    catalog::{
        forms::BulkForm,
        model::{Brand, BulkEdit, BulkState, Place, ProductFilter, Rounding, Selection, Status, TaxClass},
        ops::bulk::{self, Foreseen, MOST_BY_HAND},
        store::{brands, bulk as edits, categories, variants},
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/bulk-edits", Permission::CatalogSee, list)
        .post("/admin/bulk-edits", Permission::CatalogChange, begin)
        .get("/admin/bulk-edits/{id}", Permission::CatalogSee, show)
        .post("/admin/bulk-edits/{id}/action", Permission::CatalogChange, choose)
        .post("/admin/bulk-edits/{id}/confirmation", Permission::CatalogChange, confirm)
        .post("/admin/bulk-edits/{id}/undoing", Permission::CatalogChange, undo);
}

/// Products in a preview.
const PREVIEWED: i64 = 20;

#[derive(Template)]
#[template(path = "admin/catalog/bulk_edits.html")]
struct ListPage {
    desk: Desk,
    page: Page<BulkEdit>,
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let page = app.db.read(move |conn| edits::list(conn, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, page })
}

/// What was ticked in the list of products.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct SelectionForm {
    products: Vec<i64>,
    /// All that match, also those on other pages.
    all: Option<String>,
    status: String,
    q: String,
    category: String,
    brand: String,
    product_type: String,
    tag: String,
    stock: String,
}

impl SelectionForm {
    fn selection(&self) -> Selection {
        if self.all.is_none() {
            return Selection::These(self.products.iter().take(MOST_BY_HAND).map(|id| ProductId(*id)).collect());
        }
        Selection::All(ProductFilter {
            status: self.status.parse().ok(),
            text: self.q.trim().to_owned(),
            category: self.category.parse().ok(),
            brand: self.brand.parse().ok(),
            product_type: self.product_type.parse().ok(),
            tag: self.tag.trim().to_owned(),
            stock: self.stock.parse().ok(),
        })
    }
}

async fn begin(Staff(staff): Staff, visitor: Visitor, form: Form<SelectionForm>, app: App) -> Result<HttpResponse> {
    let (selection, by) = (form.0.selection(), editor(&staff));
    match app.db.write(move |conn| bulk::begin(conn, &by, &selection)).await {
        Ok(id) => Ok(see_other(&format!("/admin/bulk-edits/{id}"))),
        Err(Error::Invalid(_)) => {
            see_other_with(&visitor.session, FlashKind::Error, "Select at least one product first.", "/admin/products?selected=none")
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "admin/catalog/bulk_edit.html")]
struct ShowPage {
    desk: Desk,
    store: Store,
    edit: BulkEdit,
    form: BulkForm,
    problems: Problems,
    /// Products that are meant.
    count: i64,
    /// What would become of the first of them; nothing while nothing is chosen.
    preview: Vec<Foreseen>,
    is_chosen: bool,
    categories: Vec<Place>,
    brands: Vec<Brand>,
    classes: Vec<TaxClass>,
}

impl ShowPage {
    fn load(conn: &mut Conn, desk: Desk, id: BulkEditId, form: BulkForm, problems: Problems) -> Result<Self> {
        let (edit, store) = (edits::find(conn, id)?, settings::store(conn)?);
        let is_draft = edit.state == BulkState::Draft;
        let action = bulk::action_of(&edit)?;
        let preview = match &action {
            Some(action) if is_draft => bulk::preview(conn, &edit, action, PREVIEWED, store.currency)?,
            _ => vec![],
        };
        Ok(Self {
            desk,
            form,
            problems,
            count: if is_draft { bulk::count(conn, &edit)? } else { i64::from(edit.total) },
            preview,
            is_chosen: action.is_some(),
            categories: if is_draft { categories::places(conn)? } else { vec![] },
            brands: if is_draft { brands::some(conn)? } else { vec![] },
            classes: variants::tax_classes(conn)?,
            edit,
            store,
        })
    }

    fn is(&self, state: &str) -> bool {
        self.edit.state.as_str() == state
    }

    fn statuses(&self) -> &'static [Status] {
        Status::ALL
    }

    fn roundings(&self) -> &'static [Rounding] {
        Rounding::ALL
    }

    fn does(&self, action: &str) -> bool {
        self.form.action == action
    }

    /// Products that are done, for a job that is at work.
    fn done(&self) -> i32 {
        self.edit.changed + self.edit.skipped
    }
}

async fn show(desk: Desk, id: web::Path<BulkEditId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let form = BulkForm { action: "price".to_owned(), ..BulkForm::default() };
    let page = app.db.read(move |conn| ShowPage::load(conn, desk, id, form, Problems::default())).await?;
    private_html(StatusCode::OK, &page)
}

/// The same page with a preview, or with what is to be mended.
async fn choose(id: web::Path<BulkEditId>, form: Form<BulkForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, Form(form), desk) = (id.into_inner(), form, Desk::of(&request).await?);
    let page = app.db.write(move |conn| {
        let currency = settings::store(conn)?.currency;
        let problems = match form.parse(currency) {
            Ok(action) => bulk::choose(conn, id, &action).map(|()| Problems::default())?,
            Err(problems) => problems,
        };
        ShowPage::load(conn, desk, id, form, problems)
    });
    let page = page.await?;
    private_html(if page.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}

async fn confirm(visitor: Visitor, id: web::Path<BulkEditId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| bulk::confirm(conn, id)).await?;
    let url = format!("/admin/bulk-edits/{id}");
    see_other_with(&visitor.session, FlashKind::Success, "It is being done. Large ones take a minute.", &url)
}

async fn undo(visitor: Visitor, id: web::Path<BulkEditId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| bulk::undo(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "It is being taken back.", &format!("/admin/bulk-edits/{id}"))
}
