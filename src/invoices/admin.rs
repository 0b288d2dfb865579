use actix_web::{HttpResponse, http::StatusCode, web};

use super::{
    pages::{Around, InvoicePage, pdf_response},
    rules, store,
};
use crate::{
    base::{InvoiceId, Result},
    web::{App, Staff, private_html},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/invoices/{id}", web::get().to(show)).route("/admin/invoices/{id}/pdf", web::get().to(pdf));
}

async fn show(_staff: Staff, id: web::Path<InvoiceId>, app: App) -> Result<HttpResponse> {
    let invoice = app.db.read(move |conn| store::find(conn, *id)).await?;
    let around =
        Around { back: "/admin/invoices".to_owned(), back_label: "All invoices".to_owned(), pdf: format!("{}/pdf", invoice.admin_path()) };
    private_html(StatusCode::OK, &InvoicePage { around, invoice })
}

async fn pdf(_staff: Staff, id: web::Path<InvoiceId>, app: App) -> Result<HttpResponse> {
    let invoice = app.db.read(move |conn| store::find(conn, *id)).await?;
    Ok(pdf_response(&invoice.file_name(), rules::pdf(&invoice)?))
}
