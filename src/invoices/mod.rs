//! Invoices and credit notes, numbered without a gap and never changed, and the papers that go with a parcel.
//!
//! Nothing here looks into an order: whoever knows it fills a [`Paper`], which is kept with its number for ever. The papers
//! ([`papers`]) are pure functions from such data to a `documents::Document`; the same data stands on the print pages.

mod admin;
mod forms;
mod model;
mod ops;
mod pages;
pub mod papers;
mod rules;
mod store;

pub use admin::routes;
pub use model::{For, Invoice, InvoiceKind};
pub use ops::{credit, issue, issue_anew, seller};
pub use pages::{Around, InvoicePage, PackingSlipPage, PickListPage, pdf_response};
pub use papers::{Buyer, Charge, LineTax, Paper, PaperLine, Parcel, ParcelLine, Payment, Pick, Reduction, Seller, TaxSum};
pub use rules::pdf;
pub use store::{find_by_number, invoice_of_order, of_order};
