use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::Utc;

use super::list::Query;
use crate::{
    base::{ConditionId, Conn, Error, Money, Page, PageRequest, Permission, PromotionId, Result},
    promotions::{
        model::{ConditionKind, Promotion, Standing, Use},
        ops,
        rules::{asks, summary},
        store::{coupons, promotions, uses},
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/promotions/{id}", Permission::PromotionsSee, show)
        .get("/admin/promotions/{id}/uses", Permission::PromotionsSee, list_uses)
        .post("/admin/promotions/{id}/activation", Permission::PromotionsChange, activate)
        .post("/admin/promotions/{id}/deactivation", Permission::PromotionsChange, deactivate)
        .get("/admin/promotions/{id}/deletion", Permission::PromotionsChange, confirm_deletion)
        .post("/admin/promotions/{id}/deletion", Permission::PromotionsChange, delete);
}

#[derive(Template)]
#[template(path = "admin/promotions/show.html")]
struct ShowPage {
    desk: Desk,
    promotion: Promotion,
    standing: Standing,
    summary: String,
    /// With what each asks for.
    conditions: Vec<(ConditionId, String)>,
    kinds: &'static [ConditionKind],
    coupons: i64,
    is_used: bool,
}

impl ShowPage {
    fn load(conn: &mut Conn, desk: Desk, id: PromotionId) -> Result<Self> {
        let promotion = promotions::find(conn, id)?;
        let offer = ops::offer(conn, &promotion)?;
        let rows = promotions::conditions(conn, &[id])?;
        let asked = rows.iter().zip(&offer.conditions).map(|(row, condition)| (row.id, asks(condition, offer.currency))).collect();
        Ok(Self {
            desk,
            standing: promotion.standing(Utc::now()),
            summary: summary(&offer),
            conditions: asked,
            kinds: ConditionKind::ALL,
            coupons: coupons::count(conn, id)?,
            is_used: promotions::is_used(conn, id)?,
            promotion,
        })
    }

    fn most(&self) -> Option<Money> {
        self.promotion.plan.most.map(|most| Money::new(most, self.promotion.plan.currency))
    }
}

async fn show(desk: Desk, id: web::Path<PromotionId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let page = app.db.read(move |conn| ShowPage::load(conn, desk, id)).await?;
    private_html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "admin/promotions/uses.html")]
struct UsesPage {
    desk: Desk,
    promotion: Promotion,
    page: Page<Use>,
}

async fn list_uses(desk: Desk, id: web::Path<PromotionId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (id, request) = (id.into_inner(), PageRequest::new(query.page, 50));
    let (promotion, page) = app.db.read(move |conn| Ok((promotions::find(conn, id)?, uses::list(conn, id, request)?))).await?;
    private_html(StatusCode::OK, &UsesPage { desk, promotion, page })
}

async fn activate(visitor: Visitor, id: web::Path<PromotionId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    switch(id.into_inner(), true, &visitor, &app).await
}

async fn deactivate(visitor: Visitor, id: web::Path<PromotionId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    switch(id.into_inner(), false, &visitor, &app).await
}

async fn switch(id: PromotionId, on: bool, visitor: &Visitor, app: &App) -> Result<HttpResponse> {
    app.db.write(move |conn| ops::set_active(conn, id, on)).await?;
    let said = if on { "The promotion is on." } else { "The promotion is off. Orders that have it keep it." };
    see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/promotions/{id}"))
}

#[derive(Template)]
#[template(path = "admin/promotions/deletion.html")]
struct DeletionPage {
    desk: Desk,
    promotion: Promotion,
    coupons: i64,
}

async fn confirm_deletion(desk: Desk, id: web::Path<PromotionId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (promotion, coupons) = app.db.read(move |conn| Ok((promotions::find(conn, id)?, coupons::count(conn, id)?))).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, promotion, coupons })
}

async fn delete(visitor: Visitor, id: web::Path<PromotionId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| ops::delete(conn, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The promotion is deleted.", "/admin/promotions"),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, &format!("/admin/promotions/{id}")),
        Err(error) => Err(error),
    }
}
