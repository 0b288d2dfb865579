//! The papers as pages of their own, made for printing, and as PDF.
//!
//! Who may see an order's papers is the business of the room of orders: it finds the order, then answers with these.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
};
use askama::Template;

use super::{
    model::Invoice,
    papers::{self, Paper, Parcel, Pick, TaxSum},
};
use crate::{
    base::Money,
    documents::{Panel, Sum},
};

/// A PDF that the browser shows, and saves under this name. Personal, so nobody keeps it on the way.
pub fn pdf_response(file_name: &str, pdf: Vec<u8>) -> HttpResponse {
    let plain: String = file_name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{plain}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(pdf)
}

/// Where the links above a paper lead; they are not printed.
#[derive(Clone, Debug)]
pub struct Around {
    pub back: String,
    /// Where `back` leads, such as `Order 7XQ2-9KD`.
    pub back_label: String,
    pub pdf: String,
}

/// An invoice or a credit note as a page to print.
#[derive(Template)]
#[template(path = "invoices/invoice.html")]
pub struct InvoicePage {
    pub around: Around,
    pub invoice: Invoice,
}

impl InvoicePage {
    fn paper(&self) -> &Paper {
        &self.invoice.paper
    }

    fn facts(&self) -> Vec<(String, String)> {
        papers::facts(&self.invoice, self.paper())
    }

    fn parties(&self) -> Vec<Panel> {
        papers::parties(self.invoice.kind, self.paper())
    }

    /// Lines, delivery and fees alike.
    fn rows(&self) -> Vec<papers::PaperRow> {
        papers::rows(self.paper())
    }

    fn sums(&self) -> Vec<Sum> {
        papers::sums(self.paper())
    }

    fn amount(&self, minor: &i64) -> Money {
        self.paper().money(*minor)
    }

    fn taxes(&self) -> Vec<TaxSum> {
        self.paper().tax_sums()
    }
}

/// The slip for a parcel as a page to print.
#[derive(Template)]
#[template(path = "invoices/packing_slip.html")]
pub struct PackingSlipPage {
    pub around: Around,
    pub parcel: Parcel,
}

impl PackingSlipPage {
    fn facts(&self) -> Vec<(String, String)> {
        papers::parcel_facts(&self.parcel)
    }
}

/// What to fetch for several orders as a page to print.
#[derive(Template)]
#[template(path = "invoices/pick_list.html")]
pub struct PickListPage {
    pub around: Around,
    pub shop: String,
    pub picks: Vec<Pick>,
}

impl PickListPage {
    fn sorted(&self) -> Vec<Pick> {
        papers::sorted(&self.picks)
    }

    fn summary(&self) -> String {
        papers::summary(&self.picks)
    }

    fn has_locations(&self) -> bool {
        self.picks.iter().any(|pick| !pick.location.is_empty())
    }
}
