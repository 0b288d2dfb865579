//! All customers as a file, for whoever may carry them away.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
};
use bytes::Bytes;
use futures_util::stream;

use crate::{
    backoffice::{model::Customer, store},
    base::{Currency, Db, Error, Money, PageRequest, Permission, Result, cell},
    settings,
    web::{App, Doors},
};

/// Customers in one look at the database.
const AT_ONCE: i64 = 5000;

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/customers.csv", Permission::CustomersExport, download);
}

async fn download(app: App) -> Result<HttpResponse> {
    let currency = app.db.read(settings::store).await?.currency;
    let rows = stream::try_unfold((app.db.clone(), 1), move |(db, page)| async move {
        let text = page_of(&db, currency, page).await?;
        Ok::<_, Error>(text.map(|text| (text, (db, page + 1))))
    });
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"customers.csv\"")).streaming(rows))
}

async fn page_of(db: &Db, currency: Currency, page: i64) -> Result<Option<Bytes>> {
    let found = db.read(move |conn| store::customers(conn, "", None, PageRequest::new(Some(page), AT_ONCE))).await?;
    if found.items.is_empty() && page > 1 {
        return Ok(None);
    }
    let text = file_of(&found.items, currency, page == 1).map_err(|error| Error::Internal(error.into()))?;
    Ok(Some(text.into()))
}

fn file_of(rows: &[Customer], currency: Currency, is_first: bool) -> Result<Vec<u8>, csv::Error> {
    let mut file = csv::Writer::from_writer(vec![]);
    if is_first {
        file.write_record(["E-mail", "Name", "Account", "Orders", "Spent", "Currency", "Last order (UTC)"])?;
    }
    for row in rows {
        let last = row.last_order_at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        let account = if row.has_account() { "yes" } else { "no" }.to_owned();
        let (spent, code) = (Money::new(row.spent, currency).plain(), currency.code().to_owned());
        file.write_record([cell(&row.email), cell(&row.name), account, row.orders.to_string(), spent, code, last])?;
    }
    file.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_be_a_formula_in_the_file() {
        let row = Customer {
            email: "annie@example.com".into(),
            name: "=HYPERLINK(1)".into(),
            account: None,
            first_order: None,
            orders: 1,
            spent: 1234,
            last_order_at: None,
        };
        let file = String::from_utf8(file_of(&[row], Currency::parse("GBP").unwrap(), true).unwrap()).unwrap();
        assert!(file.contains("annie@example.com,'=HYPERLINK(1),no,1,12.34,GBP,"), "{file}");
    }
}
