use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    },
    web,
};
use askama::Template;

use super::{
    forms::Query,
    model::{Filter, InvoiceKind, Listed},
    pages::{Around, InvoicePage, pdf_response},
    rules, store,
};
use crate::{
    base::{Conn, Error, InvoiceId, Page, PageRequest, Permission, Result},
    web::{App, Desk, Doors, private_html},
};

/// Invoices that an export may hold; more are asked for month by month.
const MOST: usize = 20_000;

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/invoices", Permission::OrdersSee, list)
        .get("/admin/invoices.csv", Permission::OrdersExport, export)
        .get("/admin/invoices/{id}", Permission::OrdersSee, show)
        .get("/admin/invoices/{id}/pdf", Permission::OrdersSee, pdf);
}

#[derive(Template)]
#[template(path = "admin/invoices/list.html")]
struct ListPage {
    desk: Desk,
    query: Query,
    page: Page<Listed>,
}

impl ListPage {
    fn kinds(&self) -> &'static [InvoiceKind] {
        InvoiceKind::ALL
    }

    fn is_chosen(&self, kind: &InvoiceKind) -> bool {
        self.query.kind() == Some(*kind)
    }

    /// The address to which the pagination adds its page.
    fn page_base(&self) -> String {
        format!("/admin/invoices?{}&", self.query.narrowing())
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let (filter, request) = (query.filter(), PageRequest::new(query.page, 50));
    let page = app.db.read(move |conn| store::list(conn, &filter, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, query, page })
}

/// The same invoices as in the list, for the books.
async fn export(query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let filter = query.filter();
    let csv = app.db.read(move |conn| export_of(conn, &filter)).await?;
    let name = if query.month.is_empty() { "invoices.csv".to_owned() } else { format!("invoices-{}.csv", query.month_name()) };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(csv))
}

fn export_of(conn: &mut Conn, filter: &Filter) -> Result<Vec<u8>> {
    let (mut rows, mut after, mut count) = (rules::csv_head()?, InvoiceId(0), 0);
    loop {
        let some = store::after(conn, filter, after, 500)?;
        let Some(last) = some.last() else { return Ok(rows) };
        (after, count) = (last.id, count + some.len());
        if count > MOST {
            return Err(Error::Conflict("These are too many invoices for one file. Choose a month first.".to_owned()));
        }
        rows.extend(rules::csv_rows(&some)?);
    }
}

async fn show(id: web::Path<InvoiceId>, app: App) -> Result<HttpResponse> {
    let invoice = app.db.read(move |conn| store::find(conn, *id)).await?;
    let around =
        Around { back: "/admin/invoices".to_owned(), back_label: "All invoices".to_owned(), pdf: format!("{}/pdf", invoice.admin_path()) };
    private_html(StatusCode::OK, &InvoicePage { around, invoice })
}

async fn pdf(id: web::Path<InvoiceId>, app: App) -> Result<HttpResponse> {
    let invoice = app.db.read(move |conn| store::find(conn, *id)).await?;
    Ok(pdf_response(&invoice.file_name(), rules::pdf(&invoice)?))
}
