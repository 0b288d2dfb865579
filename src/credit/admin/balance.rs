//! The owner corrects what is on a gift card.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::cards;
use crate::{
    base::{CreditId, Error, Problems, Result},
    credit::{forms::ChangeForm, model::Credit, ops},
    web::{App, Desk, FlashKind, Form, Owner, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/gift-cards/{id}/adjustments/new", web::get().to(new))
        .route("/admin/gift-cards/{id}/adjustments", web::post().to(create));
}

#[derive(Template)]
#[template(path = "admin/credit/adjust.html")]
struct AdjustPage {
    desk: Desk,
    card: Credit,
    form: ChangeForm,
    problems: Problems,
}

async fn new(_owner: Owner, desk: Desk, id: web::Path<CreditId>, app: App) -> Result<HttpResponse> {
    let card = cards::find(&app, id.into_inner()).await?;
    let form = ChangeForm { direction: "add".into(), seen: card.balance, ..Default::default() };
    private_html(StatusCode::OK, &AdjustPage { desk, card, form, problems: Problems::default() })
}

async fn create(
    Owner(owner): Owner,
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
