//! Who gets the newsletter, for staff. They add nobody by hand: who wants it says so.

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
    forms::ListQuery,
    model::{State, Subscriber},
    store,
};
use crate::{
    base::{Error, Page, PageRequest, Permission, Result, cell},
    web::{App, Desk, Doors, Staff, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/newsletter", Permission::NewsletterSee, list).get("/admin/newsletter.csv", Permission::NewsletterExport, download);
}

#[derive(Template)]
#[template(path = "admin/newsletter/list.html")]
struct ListPage {
    desk: Desk,
    query: ListQuery,
    page: Page<Subscriber>,
}

impl ListPage {
    /// Each tab: its address, what it is called, and whether it is open.
    fn tabs(&self) -> Vec<(String, &'static str, bool)> {
        let open = self.query.state();
        let all = ("/admin/newsletter".to_owned(), "All", open.is_none());
        let of = |state: &State| (format!("/admin/newsletter?state={state}"), state.label(), open == Some(*state));
        std::iter::once(all).chain(State::ALL.iter().map(of)).collect()
    }

    fn page_base(&self) -> String {
        self.query.state().map_or_else(|| "/admin/newsletter?".to_owned(), |state| format!("/admin/newsletter?state={state}&"))
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let (state, request) = (query.state(), PageRequest::new(query.page, 50));
    let page = app.db.read(move |conn| store::list(conn, state, request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, query, page })
}

/// Those who get it, each with the address that ends it, which every newsletter must carry.
async fn download(Staff(staff): Staff, app: App) -> Result<HttpResponse> {
    let rows = app.db.read(store::confirmed).await?;
    tracing::info!(event = "subscribers_downloaded", account.id = staff.id.0, "staff downloaded who gets the newsletter");
    let body = file_of(&rows, &app.absolute("")).map_err(|error| Error::Internal(error.into()))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"newsletter.csv\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}

fn file_of(rows: &[Subscriber], site: &str) -> Result<Vec<u8>, csv::Error> {
    let mut file = csv::Writer::from_writer(vec![]);
    file.write_record(["E-mail", "Confirmed (UTC)", "Asked for in", "Ends by"])?;
    for row in rows {
        let confirmed = row.confirmed_at.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        let end = format!("{site}/newsletter/end?token={}", row.end_token);
        file.write_record([cell(&row.email), confirmed, cell(&row.source), end])?;
    }
    file.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::base::SubscriberId;

    #[test]
    fn an_address_can_not_be_a_formula_in_the_file() {
        let row = Subscriber {
            id: SubscriberId(1),
            email: "=cmd|'/c calc'@example.com".into(),
            state: State::Confirmed,
            end_token: "t".repeat(40),
            source: "form".into(),
            asked_at: Utc::now(),
            confirmed_at: Some(Utc::now()),
            ended_at: None,
        };
        let file = String::from_utf8(file_of(&[row], "https://shop.example").unwrap()).unwrap();
        assert!(file.contains("\n'=cmd|"), "{file}");
        assert!(file.contains("https://shop.example/newsletter/end?token=ttt"), "{file}");
    }
}
