//! The invoice and the credit notes of an order, for whoever may see the order.

use actix_web::{HttpResponse, http::StatusCode, web};

use super::{Viewer, find_for};
use crate::{
    base::{Conn, Error, InvoiceId, Result},
    invoices::{self, Around, Invoice, InvoicePage, pdf_response},
    orders::model::Order,
    web::{Access, App, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/orders/{number}/invoice", Access::Anybody, invoice)
        .get("/orders/{number}/invoice.pdf", Access::Anybody, invoice_pdf)
        .get("/orders/{number}/invoices/{id}", Access::Anybody, paper)
        .get("/orders/{number}/invoices/{id}/pdf", Access::Anybody, paper_pdf)
        .get("/orders/{number}/credit-notes/{id}", Access::Anybody, paper)
        .get("/orders/{number}/credit-notes/{id}/pdf", Access::Anybody, paper_pdf);
}

/// The paper that is asked for; `None`: the invoice, the last one where an edit made another.
fn find(conn: &mut Conn, order: &Order, id: Option<InvoiceId>) -> Result<Invoice> {
    let papers = invoices::of_order(conn, order.id)?;
    let wanted = |paper: &Invoice| id.map_or(!paper.is_credit_note(), |id| paper.id == id);
    papers.into_iter().rfind(wanted).ok_or(Error::NotFound)
}

async fn load(viewer: Viewer, number: String, id: Option<InvoiceId>, app: &App) -> Result<(Order, Invoice)> {
    let found = app.db.read(move |conn| {
        let order = find_for(conn, &number, &viewer)?;
        let paper = find(conn, &order, id)?;
        Ok((order, paper))
    });
    found.await
}

fn page(order: &Order, invoice: Invoice, pdf: &str) -> Result<HttpResponse> {
    let around = Around { back: order.path(), back_label: format!("Order {}", order.number), pdf: format!("{}/{pdf}", order.path()) };
    private_html(StatusCode::OK, &InvoicePage { around, invoice })
}

async fn invoice(viewer: Viewer, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let (order, invoice) = load(viewer, number.into_inner(), None, &app).await?;
    page(&order, invoice, "invoice.pdf")
}

async fn invoice_pdf(viewer: Viewer, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let (_, invoice) = load(viewer, number.into_inner(), None, &app).await?;
    Ok(pdf_response(&invoice.file_name(), invoices::pdf(&invoice)?))
}

async fn paper(viewer: Viewer, path: web::Path<(String, InvoiceId)>, app: App) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let (order, paper) = load(viewer, number, Some(id), &app).await?;
    let kind = if paper.is_credit_note() { "credit-notes" } else { "invoices" };
    page(&order, paper, &format!("{kind}/{id}/pdf"))
}

async fn paper_pdf(viewer: Viewer, path: web::Path<(String, InvoiceId)>, app: App) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let (_, paper) = load(viewer, number, Some(id), &app).await?;
    Ok(pdf_response(&paper.file_name(), invoices::pdf(&paper)?))
}
