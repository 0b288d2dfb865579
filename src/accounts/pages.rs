use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::{SignInForm, SignUpForm, safe_return},
    model::Invitation,
    ops,
};
use crate::{
    base::{Error, Problems, Result},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/sign-in", Access::Anybody, sign_in_page)
        .post("/sign-in", Access::Anybody, sign_in)
        .get("/sign-up", Access::Anybody, sign_up_page)
        .post("/sign-up", Access::Anybody, sign_up)
        .post("/sign-out", Access::Anybody, sign_out)
        .get("/invitations/{token}", Access::Anybody, invitation_page)
        .post("/invitations/{token}", Access::Anybody, accept);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    return_to: String,
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: SignInForm,
    problems: Problems,
}

async fn sign_in_page(shell: Shell, query: web::Query<Query>) -> Result<HttpResponse> {
    let form = SignInForm { return_to: query.into_inner().return_to, ..Default::default() };
    private_html(StatusCode::OK, &SignInPage { shell, form, problems: Problems::default() })
}

async fn sign_in(visitor: Visitor, form: Form<SignInForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let signed_in = match form.parse() {
        Ok((email, password)) => ops::sign_in(&app.db, email, password).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match signed_in {
        Ok(account) => {
            visitor.session.sign_in(account.id, account.generation)?;
            let default = if account.role.is_some() { "/admin" } else { "/account" };
            Ok(see_other(if form.return_to.is_empty() { default } else { safe_return(&form.return_to) }))
        }
        Err(error) => {
            let page = SignInPage { problems: error.into_problems()?, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/sign_up.html")]
struct SignUpPage {
    shell: Shell,
    form: SignUpForm,
    problems: Problems,
}

async fn sign_up_page(shell: Shell, query: web::Query<Query>) -> Result<HttpResponse> {
    let form = SignUpForm { return_to: query.into_inner().return_to, ..Default::default() };
    private_html(StatusCode::OK, &SignUpPage { shell, form, problems: Problems::default() })
}

async fn sign_up(visitor: Visitor, form: Form<SignUpForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let made = match form.parse() {
        Ok(person) => ops::sign_up(&app.db, person).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match made {
        Ok(account) => {
            visitor.session.sign_in(account.id, account.generation)?;
            let welcome = format!("Welcome, {}. Your account is ready.", account.name);
            see_other_with(&visitor.session, FlashKind::Success, &welcome, safe_return(&form.return_to))
        }
        Err(error) => {
            let page = SignUpPage { problems: error.into_problems()?, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn sign_out(visitor: Visitor, _form: Form<NoFields>) -> Result<HttpResponse> {
    visitor.session.sign_out()?;
    see_other_with(&visitor.session, FlashKind::Success, "You are signed out.", "/")
}

#[derive(Template)]
#[template(path = "accounts/invitation.html")]
struct InvitationPage {
    shell: Shell,
    token: String,
    invitation: Invitation,
    form: SignUpForm,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "accounts/invitation_gone.html")]
struct InvitationGonePage {
    shell: Shell,
}

async fn invitation_page(shell: Shell, token: web::Path<String>, app: App) -> Result<HttpResponse> {
    let token = token.into_inner();
    let invitation = match find_invitation(&app, &token).await {
        Err(Error::NotFound) => return private_html(StatusCode::NOT_FOUND, &InvitationGonePage { shell }),
        found => found?,
    };
    let form = SignUpForm { email: invitation.email.clone().unwrap_or_default(), ..Default::default() };
    private_html(StatusCode::OK, &InvitationPage { shell, token, invitation, form, problems: Problems::default() })
}

async fn accept(
    visitor: Visitor,
    token: web::Path<String>,
    form: Form<SignUpForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (token, Form(mut form)) = (token.into_inner(), form);
    let invitation = find_invitation(&app, &token).await?;
    if let Some(email) = &invitation.email {
        form.email = email.clone();
    }
    let accepted = match form.parse() {
        Ok(person) => ops::accept(&app.db, token.clone(), person).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match accepted {
        Ok(account) => {
            visitor.session.sign_in(account.id, account.generation)?;
            see_other_with(&visitor.session, FlashKind::Success, "Your password is set. This is the back office.", "/admin")
        }
        Err(error) => {
            let page = InvitationPage { problems: error.into_problems()?, token, invitation, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn find_invitation(app: &App, token: &str) -> Result<Invitation> {
    let token = token.to_owned();
    app.db.read(move |conn| ops::invitation(conn, &token)).await
}
