//! Issuing a gift card by hand, and sending one again.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::Months;
use uuid::Uuid;

use super::cards;
use crate::{
    base::{CreditId, Error, Permission, Problems, Result},
    credit::{
        forms::{IssueForm, RecipientForm},
        model::Credit,
        ops, store,
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/gift-cards/new", Permission::CreditIssue, new)
        .post("/admin/gift-cards", Permission::CreditIssue, create)
        .get("/admin/gift-cards/{id}/mails/new", Permission::CreditIssue, new_mail)
        .post("/admin/gift-cards/{id}/mails", Permission::CreditIssue, send);
}

#[derive(Template)]
#[template(path = "admin/credit/issue.html")]
struct IssuePage {
    desk: Desk,
    store: Store,
    form: IssueForm,
    problems: Problems,
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    let (store, now) = app.db.read(|conn| Ok((settings::store(conn)?, store::time(conn)?))).await?;
    let months = store.gift_card_months.and_then(|months| u32::try_from(months).ok());
    let last_day = months.and_then(|months| now.date_naive().checked_add_months(Months::new(months)));
    let expires = last_day.map(|day| day.to_string()).unwrap_or_default();
    let form = IssueForm { request: Uuid::now_v7().to_string(), expires, ..Default::default() };
    private_html(StatusCode::OK, &IssuePage { desk, store, form, problems: Problems::default() })
}

async fn create(Staff(staff): Staff, visitor: Visitor, form: Form<IssueForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let (store, now) = app.db.read(|conn| Ok((settings::store(conn)?, store::time(conn)?))).await?;
    let issued = match form.parse(store.currency, now) {
        Ok(new) => {
            let site = app.absolute("");
            app.db.write(move |conn| ops::issue(conn, &site, &new, &staff.name)).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match issued {
        Ok(id) => {
            let said = "The gift card is issued and its code is on its way by e-mail.";
            see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/gift-cards/{id}"))
        }
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &IssuePage { desk, store, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/credit/send.html")]
struct SendPage {
    desk: Desk,
    card: Credit,
    form: RecipientForm,
    problems: Problems,
}

async fn new_mail(desk: Desk, id: web::Path<CreditId>, app: App) -> Result<HttpResponse> {
    let card = cards::find(&app, id.into_inner()).await?;
    let form = RecipientForm {
        email: card.recipient_email.clone(),
        name: card.recipient_name.clone(),
        message: card.message.clone(),
        last4: card.last4.clone(),
    };
    private_html(StatusCode::OK, &SendPage { desk, card, form, problems: Problems::default() })
}

async fn send(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<CreditId>,
    form: Form<RecipientForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let sent = match form.parse() {
        Ok(to) => {
            let (site, seen) = (app.absolute(""), form.last4.clone());
            app.db.write(move |conn| ops::send_seen(conn, &site, id, &seen, &to, &staff.name)).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match sent {
        Ok(()) => {
            let said = "The gift card is on its way with a new code. The old code is worth nothing now.";
            see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/gift-cards/{id}"))
        }
        Err(error) => {
            let (problems, card) = (error.into_problems()?, cards::find(&app, id).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &SendPage { desk: Desk::of(&request).await?, card, form, problems })
        }
    }
}
