//! Where you are signed in.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::USER_AGENT},
    web,
};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::{
        model::{Device, EndedBy, SignInRow},
        ops::sign_ins,
        rules::Hold,
    },
    base::{Error, Page, PageRequest, Result, SignInId},
    web::{
        Access, Account, App, Customer, Doors, FlashKind, Form, NoFields, Session, Shell, SignIn, Visitor, private_html, see_other_with,
    },
};

const LIST: &str = "/account/sign-ins";

/// Ending one asks who is there (ASVS 5.0, 7.5.2): whoever found an open browser must not lock its owner out of the others.
pub fn routes(doors: &mut Doors) {
    doors.get(LIST, Access::SignedIn, list).post("/account/sign-ins/others/end", Access::Proved, end_others).post(
        "/account/sign-ins/{id}/end",
        Access::Proved,
        end,
    );
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "accounts/sign_ins.html")]
struct SignInsPage {
    shell: Shell,
    page: Page<SignInRow>,
    /// The one of this browser.
    here: SignInId,
    hold: Hold,
}

async fn list(Customer(account): Customer, visitor: Visitor, query: web::Query<Query>, shell: Shell, app: App) -> Result<HttpResponse> {
    let here = sign_in(&visitor)?.id;
    let (id, is_staff, request) = (account.id, account.role.is_some(), PageRequest::new(query.page, 20));
    let page = app.db.read(move |conn| sign_ins::list(conn, id, is_staff, request)).await?;
    private_html(StatusCode::OK, &SignInsPage { shell, page, here, hold: Hold::of(is_staff) })
}

async fn end(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<SignInId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (id, here) = (id.into_inner(), sign_in(&visitor)?.id);
    let by = if id == here { EndedBy::Own } else { EndedBy::Elsewhere };
    // Pressed twice, the second finds what it wanted. Whether it is another's, nobody learns.
    match app.db.write(move |conn| sign_ins::end(conn, account.id, id, by)).await {
        Ok(()) | Err(Error::NotFound) => {}
        Err(other) => return Err(other),
    }
    if id == here {
        visitor.session.sign_out()?;
        return see_other_with(&visitor.session, FlashKind::Success, "You are signed out.", "/");
    }
    see_other_with(&visitor.session, FlashKind::Success, "That device is signed out.", &format!("{LIST}?saved=yes"))
}

async fn end_others(Customer(account): Customer, visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    keep_this_one(&app, &visitor, &account, EndedBy::Elsewhere).await?;
    let done = "You are signed out everywhere else.";
    see_other_with(&visitor.session, FlashKind::Success, done, &format!("{LIST}?saved=yes"))
}

/// Ends all sign-ins of the account but that of this browser, whose cookie learns of it.
///
/// # Errors
/// The database can't be written.
pub async fn keep_this_one(app: &App, visitor: &Visitor, account: &Account, by: EndedBy) -> Result<()> {
    let (id, keep) = (account.id, sign_in(visitor)?.id);
    let generation = app.db.write(move |conn| sign_ins::end_others(conn, id, keep, by)).await?;
    visitor.session.note_generation(generation)
}

/// The browser that asks, known again by the mark in its cookie.
///
/// # Errors
/// The session can't be written.
pub fn device(request: &HttpRequest, session: &Session) -> Result<Device> {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    Ok(Device::of(agent, &session.device_mark()?))
}

/// The sign-in of who is signed in.
pub fn sign_in(visitor: &Visitor) -> Result<SignIn> {
    visitor.session.signed_in().ok_or(Error::SignInNeeded)
}
