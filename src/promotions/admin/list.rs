use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::Utc;
use serde::Deserialize;

use crate::{
    base::{Page, PageRequest, Permission, Result},
    promotions::{
        model::{Promotion, Standing},
        ops,
        rules::summary,
        store::promotions,
    },
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/promotions", Permission::PromotionsSee, list);
}

#[derive(Deserialize)]
pub struct Query {
    pub page: Option<i64>,
}

/// A promotion as the list shows it.
struct Row {
    promotion: Promotion,
    standing: Standing,
    summary: String,
}

#[derive(Template)]
#[template(path = "admin/promotions/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<Row>,
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let loaded = app.db.read(move |conn| {
        let page = promotions::list(conn, request)?;
        Ok((ops::offers(conn, &page.items)?, page))
    });
    let (offers, page) = loaded.await?;
    let now = Utc::now();
    let (rows, page) = page.split();
    let shown = rows.into_iter().zip(&offers);
    let rows = shown.map(|(promotion, offer)| Row { standing: promotion.standing(now), summary: summary(offer), promotion }).collect();
    private_html(StatusCode::OK, &ListPage { desk, page: page.with(rows) })
}
