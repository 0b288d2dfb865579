use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{ListQuery, editor};
use crate::{
    base::{Error, Page, PageRequest, Permission, ProductId, Result, RevisionId},
    catalog::{
        model::{Difference, Product, Revision},
        ops,
        store::{history, products},
    },
    settings,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/products/{id}/history", Permission::CatalogSee, list)
        .get("/admin/products/{id}/history/{revision}", Permission::CatalogSee, show)
        .post("/admin/products/{id}/history/{revision}/undoing", Permission::CatalogChange, undo)
        .post("/admin/products/{id}/history/{revision}/restoration", Permission::CatalogChange, restore);
}

/// Differences of one revision that the list shows; its own page has them all.
const IN_LIST: usize = 12;

struct Told {
    revision: Revision,
    differences: Vec<Difference>,
    /// Differences that the list leaves out.
    more: usize,
}

#[derive(Template)]
#[template(path = "admin/catalog/history.html")]
struct ListPage {
    desk: Desk,
    product: Product,
    page: Page<Told>,
}

impl ListPage {
    fn page_base(&self) -> String {
        format!("/admin/products/{}/history?", self.product.id)
    }
}

async fn list(desk: Desk, id: web::Path<ProductId>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (id, request) = (id.into_inner(), PageRequest::new(query.page, 20));
    let (product, page) = app
        .db
        .read(move |conn| {
            let (product, currency) = (products::find(conn, id)?, settings::store(conn)?.currency);
            let (revisions, rest) = history::of_product(conn, id, request)?.split();
            let mut told = vec![];
            for revision in revisions {
                let mut differences = ops::history::differences(conn, &revision.before, &revision.after, currency)?;
                let more = differences.len().saturating_sub(IN_LIST);
                differences.truncate(IN_LIST);
                told.push(Told { revision, differences, more });
            }
            Ok((product, rest.with(told)))
        })
        .await?;
    private_html(StatusCode::OK, &ListPage { desk, product, page })
}

#[derive(Template)]
#[template(path = "admin/catalog/revision.html")]
struct ShowPage {
    desk: Desk,
    product: Product,
    revision: Revision,
    differences: Vec<Difference>,
}

async fn show(desk: Desk, path: web::Path<(ProductId, RevisionId)>, app: App) -> Result<HttpResponse> {
    let (id, revision) = path.into_inner();
    let found = app.db.read(move |conn| {
        let revision = history::find(conn, revision)?;
        let (product, currency) = (products::find(conn, id)?, settings::store(conn)?.currency);
        let differences = ops::history::differences(conn, &revision.before, &revision.after, currency)?;
        Ok((product, revision, differences))
    });
    let (product, revision, differences) = found.await?;
    if revision.product_id != id {
        return Err(Error::NotFound);
    }
    private_html(StatusCode::OK, &ShowPage { desk, product, revision, differences })
}

async fn undo(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(ProductId, RevisionId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let ((id, revision), by) = (path.into_inner(), editor(&staff));
    let undone = app.db.write(move |conn| {
        let revision = history::find(conn, revision)?;
        let currency = settings::store(conn)?.currency;
        if revision.product_id == id { ops::history::undo(conn, &by, &revision, currency) } else { Err(Error::NotFound) }
    });
    told(visitor, id, undone.await, "The change is taken back.")
}

async fn restore(
    Staff(staff): Staff,
    visitor: Visitor,
    path: web::Path<(ProductId, RevisionId)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let ((id, revision), by) = (path.into_inner(), editor(&staff));
    let restored = app.db.write(move |conn| ops::history::restore(conn, &by, id, revision)).await;
    told(visitor, id, restored, "The product is again what it was before that change.")
}

fn told(visitor: Visitor, id: ProductId, done: Result<Vec<String>>, said: &str) -> Result<HttpResponse> {
    let back = format!("/admin/products/{id}/history");
    match done {
        Ok(notes) if notes.is_empty() => see_other_with(&visitor.session, FlashKind::Success, said, &back),
        Ok(notes) => see_other_with(&visitor.session, FlashKind::Success, &format!("{said} But: {}", notes.join(" ")), &back),
        Err(Error::Invalid(problems)) => {
            let said = problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join(". ");
            see_other_with(&visitor.session, FlashKind::Error, &format!("Nothing is changed: {said}."), &back)
        }
        Err(error) => Err(error),
    }
}
