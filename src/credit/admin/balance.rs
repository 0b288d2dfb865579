//! The owner corrects what is on a gift card.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::cards;
use crate::{
    base::{CreditId, Error, Permission, Problems, Result},
    credit::{forms::ChangeForm, model::Credit, ops},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/gift-cards/{id}/adjustments/new", Permission::CreditAdjust, new).post(
        "/admin/gift-cards/{id}/adjustments",
        Permission::CreditAdjust,
        create,
    );
}

#[derive(Template)]
#[template(path = "admin/credit/adjust.html")]
struct AdjustPage {
    desk: Desk,
    card: Credit,
    form: ChangeForm,
    problems: Problems,
}

async fn new(desk: Desk, id: web::Path<CreditId>, app: App) -> Result<HttpResponse> {
    let card = cards::find(&app, id.into_inner()).await?;
    let form = ChangeForm { direction: "add".into(), seen: card.balance, ..Default::default() };
    private_html(StatusCode::OK, &AdjustPage { desk, card, form, problems: Problems::default() })
}

async fn create(
    Staff(owner): Staff,
    visitor: Visitor,
    id: web::Path<CreditId>,
    form: Form<ChangeForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let Form(form) = form;
    let card = cards::find(&app, id.into_inner()).await?;
    let id = card.id;
    let changed = match form.parse(card.currency) {
        Ok(change) => app.db.write(move |conn| ops::adjust(conn, id, change.amount.minor, change.seen, &change.reason, &owner.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match changed {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The balance is changed.", &card.admin_path()),
        Err(error) => {
            let problems = error.into_problems()?;
            let (desk, card) = (Desk::of(&request).await?, cards::find(&app, id).await?);
            let form = ChangeForm { seen: card.balance, ..form };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &AdjustPage { desk, card, form, problems })
        }
    }
}
