//! The invoice and the credit notes of an order, for whoever may see the order.

use actix_web::{HttpResponse, http::StatusCode, web};

use super::find_for;
use crate::{
    base::{Conn, Error, InvoiceId, Result},
    invoices::{self, Around, Invoice, InvoicePage, pdf_response},
    orders::{forms::Ticket, model::Order},
    web::{Access, App, Doors, Visitor, private_html},
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

async fn load(visitor: Visitor, number: String, ticket: Ticket, id: Option<InvoiceId>, app: &App) -> Result<(Order, Invoice)> {
    let account = visitor.account.map(|account| account.id);
    let found = app.db.read(move |conn| {
        let order = find_for(conn, &number, &ticket, account)?;
        let paper = find(conn, &order, id)?;
        Ok((order, paper))
    });
    found.await
}

fn page(order: &Order, invoice: Invoice, pdf: &str, token: &str) -> Result<HttpResponse> {
    let kept = if token.is_empty() { String::new() } else { format!("?token={}", order.token) };
    let (path, back_label) = (format!("/orders/{}", order.number), format!("Order {}", order.number));
    let around = Around { back: format!("{path}{kept}"), back_label, pdf: format!("{path}/{pdf}{kept}") };
    private_html(StatusCode::OK, &InvoicePage { around, invoice })
}

async fn invoice(visitor: Visitor, number: web::Path<String>, ticket: web::Query<Ticket>, app: App) -> Result<HttpResponse> {
    let token = ticket.token.clone();
    let (order, invoice) = load(visitor, number.into_inner(), ticket.into_inner(), None, &app).await?;
    page(&order, invoice, "invoice.pdf", &token)
}

async fn invoice_pdf(visitor: Visitor, number: web::Path<String>, ticket: web::Query<Ticket>, app: App) -> Result<HttpResponse> {
    let (_, invoice) = load(visitor, number.into_inner(), ticket.into_inner(), None, &app).await?;
    Ok(pdf_response(&invoice.file_name(), invoices::pdf(&invoice)?))
}

async fn paper(visitor: Visitor, path: web::Path<(String, InvoiceId)>, ticket: web::Query<Ticket>, app: App) -> Result<HttpResponse> {
    let ((number, id), token) = (path.into_inner(), ticket.token.clone());
    let (order, paper) = load(visitor, number, ticket.into_inner(), Some(id), &app).await?;
    let kind = if paper.is_credit_note() { "credit-notes" } else { "invoices" };
    page(&order, paper, &format!("{kind}/{id}/pdf"), &token)
}

async fn paper_pdf(visitor: Visitor, path: web::Path<(String, InvoiceId)>, ticket: web::Query<Ticket>, app: App) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let (_, paper) = load(visitor, number, ticket.into_inner(), Some(id), &app).await?;
    Ok(pdf_response(&paper.file_name(), invoices::pdf(&paper)?))
}
