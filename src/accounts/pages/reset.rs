use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{ChoosePage, LinkGonePage};
use crate::{
    accounts::{
        forms::{AddressForm, ChoiceForm},
        model::{Link, LinkKind},
        ops::passwords,
    },
    base::{Error, Problems, Result},
    web::{Access, App, Doors, FlashKind, Form, MailedToken, Shell, Visitor, client, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/sign-in/reset", Access::Anybody, form)
        .post("/sign-in/reset", Access::Anybody, ask)
        .get("/sign-in/reset/{token}", Access::Anybody, choose)
        .post("/sign-in/reset/{token}", Access::Anybody, reset);
}

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    shell: Shell,
    form: AddressForm,
    problems: Problems,
}

async fn form(shell: Shell) -> Result<HttpResponse> {
    let email = shell.account.as_ref().map(|account| account.email.clone()).unwrap_or_default();
    let form = AddressForm { email, ..Default::default() };
    private_html(StatusCode::OK, &ResetPage { shell, form, problems: Problems::default() })
}

/// The same answer whether there is an account or not.
async fn ask(visitor: Visitor, form: Form<AddressForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let asked = match form.parse() {
        Ok((email, _)) => passwords::ask_reset(&app.db, email, &client(&request)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match asked {
        Ok(()) => {
            let told = format!("If there is an account of {}, a link to choose a new password is on its way to it.", form.email.trim());
            see_other_with(&visitor.session, FlashKind::Success, &told, "/sign-in/mailed")
        }
        Err(error) => {
            let page = ResetPage { problems: error.into_problems()?, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Changes nothing: mail programs look into links by themselves.
async fn choose(MailedToken(token): MailedToken, request: HttpRequest, app: App) -> Result<HttpResponse> {
    match passwords::asked(&app.db, token).await {
        Err(Error::NotFound) => gone(&request).await,
        found => private_html(StatusCode::OK, &page(&request, found?, Problems::default()).await?),
    }
}

async fn gone(request: &HttpRequest) -> Result<HttpResponse> {
    LinkGonePage::answer(request, LinkKind::Reset.life_in_words(), "/sign-in/reset", "Ask for a new link").await
}

async fn page(request: &HttpRequest, link: Link, problems: Problems) -> Result<ChoosePage> {
    Ok(ChoosePage {
        shell: Shell::of(request).await?,
        title: "Choose a new password",
        lead: "When you have chosen, you are signed out everywhere and sign in with the new password.",
        button: "Set the password",
        action: "/sign-in/reset/opened",
        email: link.email,
        problems,
    })
}

async fn reset(
    MailedToken(token): MailedToken,
    visitor: Visitor,
    form: Form<ChoiceForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let set = match form.0.parse() {
        Ok(password) => passwords::reset(&app.db, app.absolute(""), token.clone(), password).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match set {
        Ok(()) => {
            visitor.session.sign_out()?;
            let told = "Your password is changed, and everybody is signed out. Sign in with the new one.";
            see_other_with(&visitor.session, FlashKind::Success, told, "/sign-in")
        }
        Err(Error::NotFound) => gone(&request).await,
        Err(error) => again(&request, &app, &token, error.into_problems()?).await,
    }
}

async fn again(request: &HttpRequest, app: &App, token: &str, problems: Problems) -> Result<HttpResponse> {
    match passwords::asked(&app.db, token.to_owned()).await {
        Err(Error::NotFound) => gone(request).await,
        link => private_html(StatusCode::UNPROCESSABLE_ENTITY, &page(request, link?, problems).await?),
    }
}
