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

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeZone, Utc};
    use scraper::{Html, Selector};

    use super::*;
    use crate::{
        base::Currency,
        documents,
        invoices::{ParcelLine, Seller, papers::packing_slip, papers::pick_list},
        settings::Address,
    };

    fn around() -> Around {
        Around { back: "/admin".into(), back_label: "Back".into(), pdf: "/admin/pdf".into() }
    }

    fn parcel(unit_price: Option<Money>) -> Parcel {
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        Parcel {
            seller: Seller { shop: "Corve Ironmongery".into(), ..Seller::default() },
            address: Address { name: "Annie <i>Preece</i>".into(), country: "GB".into(), ..Address::default() },
            order_number: "7XQ2-9KD4".into(),
            ordered_on: day,
            shipped_on: None,
            delivery_method: "Royal Mail Tracked 48".into(),
            tracking: String::new(),
            lines: vec![ParcelLine {
                title: "Claw hammer".into(),
                options: "Ash, 16 oz".into(),
                sku: "HAM-16".into(),
                ordered: 5,
                in_this_parcel: 3,
                to_follow: 2,
                unit_price,
            }],
            notes: vec!["Happy birthday!".into()],
        }
    }

    fn pick(location: &str, sku: &str, order_number: &str, quantity: i32) -> Pick {
        let (title, options) = (format!("Thing {sku}"), String::new());
        Pick { order_number: order_number.into(), location: location.into(), sku: sku.into(), title, options, quantity }
    }

    fn cells(html: &str) -> Vec<String> {
        let page = Html::parse_document(html);
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        page.select(&Selector::parse("tbody td, tbody th").unwrap()).map(|cell| words(cell.text().collect())).collect()
    }

    #[test]
    fn a_packing_slip_says_what_is_in_the_parcel_and_no_prices() {
        let html = PackingSlipPage { around: around(), parcel: parcel(None) }.render().unwrap();
        assert_eq!(cells(&html), ["HAM-16", "Claw hammerAsh, 16 oz", "5", "3", "2"]);
        assert!(html.contains("&#60;i&#62;Preece") && html.contains("Happy birthday!") && !html.contains("Unit price"));
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let slip = packing_slip(&parcel(None), now);
        assert!(!format!("{slip:?}").contains("price"));
        documents::pdf(&slip).unwrap();
    }

    #[test]
    fn a_packing_slip_says_prices_where_customs_want_them() {
        let price = Money::new(2495, Currency::parse("GBP").unwrap());
        let html = PackingSlipPage { around: around(), parcel: parcel(Some(price)) }.render().unwrap();
        assert_eq!(cells(&html).last().unwrap(), "£24.95");
    }

    #[test]
    fn a_pick_list_goes_along_the_shelves() {
        let picks =
            vec![pick("B2", "NAIL", "O-1", 3), pick("A1", "SAW", "O-2", 1), pick("B2", "NAIL", "O-0", 2), pick("A1", "AXE", "O-1", 1)];
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        documents::pdf(&pick_list("Corve", "GB", &picks, now)).unwrap();
        let page = PickListPage { around: around(), shop: "Corve".into(), picks };
        assert_eq!(page.summary(), "7 pieces for 3 orders");
        let html = page.render().unwrap();
        let found: Vec<String> = cells(&html).chunks(6).map(|row| format!("{} {} {} {}", row[1], row[2], row[4], row[5])).collect();
        assert_eq!(found, ["A1 AXE O-1 1", "A1 SAW O-2 1", "B2 NAIL O-0 2", "B2 NAIL O-1 3"]);
    }

    #[test]
    fn an_empty_pick_list_says_so() {
        let page = PickListPage { around: around(), shop: "Corve".into(), picks: vec![] };
        assert!(page.render().unwrap().contains("no order waits"));
    }
}
