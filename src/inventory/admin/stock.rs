use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{LocationId, Page, PageRequest, Permission, Result},
    inventory::{
        model::Location,
        store::{
            self,
            levels::{Level, Listed, StockFilter},
        },
    },
    settings,
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/stock", Permission::StockSee, list);
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    level: String,
    q: String,
    location: String,
    page: Option<i64>,
}

impl Query {
    fn with_level(&self, level: &str) -> String {
        let all = [("level", level), ("q", &self.q), ("location", &self.location)];
        let kept: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/admin/stock?{}", serde_urlencoded::to_string(kept).unwrap_or_default())
    }

    fn filter(&self) -> StockFilter {
        StockFilter {
            level: self.level.parse().ok(),
            text: self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect(),
            location: self.location.parse().ok(),
        }
    }

    fn is_narrowed(&self) -> bool {
        !self.q.is_empty() || !self.location.is_empty()
    }
}

#[derive(Template)]
#[template(path = "admin/inventory/list.html")]
struct ListPage {
    desk: Desk,
    query: Query,
    locations: Vec<Location>,
    page: Page<Listed>,
}

impl ListPage {
    fn page_base(&self) -> String {
        format!("{}&", self.query.with_level(&self.query.level))
    }

    fn is_chosen(&self, location: &LocationId) -> bool {
        self.query.location == location.to_string()
    }

    fn levels(&self) -> [(&'static str, &'static str); 3] {
        [("", "All"), (Level::Low.as_str(), "Low"), (Level::Out.as_str(), "Out of stock")]
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let (filter, request) = (query.filter(), PageRequest::new(query.page, 50));
    let found = app.db.read(move |conn| {
        let threshold = settings::store(conn)?.low_stock;
        Ok((store::places::all(conn)?, store::levels::list(conn, &filter, threshold, request)?))
    });
    let (locations, page) = found.await?;
    private_html(StatusCode::OK, &ListPage { desk, query, locations, page })
}
