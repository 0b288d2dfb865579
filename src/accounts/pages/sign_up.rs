use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{ChoosePage, LinkGonePage, elsewhere::enter, onward, visit};
use crate::{
    accounts::{
        forms::{ChoiceForm, SignUpForm},
        model::{Link, LinkKind},
        ops::sign_up,
    },
    base::{Error, Problems, Result},
    web::{Access, App, Doors, FlashKind, Form, MailedToken, Shell, Visitor, client, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/sign-up", Access::Anybody, form)
        .post("/sign-up", Access::Anybody, ask)
        .get("/sign-in/mailed", Access::Anybody, mailed)
        .get("/sign-up/{token}", Access::Anybody, choose)
        .post("/sign-up/{token}", Access::Anybody, confirm);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    return_to: String,
}

#[derive(Template)]
#[template(path = "accounts/sign_up.html")]
struct SignUpPage {
    shell: Shell,
    form: SignUpForm,
    problems: Problems,
}

async fn form(shell: Shell, query: web::Query<Query>) -> Result<HttpResponse> {
    let form = SignUpForm { return_to: query.into_inner().return_to, ..Default::default() };
    private_html(StatusCode::OK, &SignUpPage { shell, form, problems: Problems::default() })
}

/// The same answer whether the address has an account or not: the mail tells it to who reads the address's mail.
async fn ask(visitor: Visitor, form: Form<SignUpForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let asked = match form.parse() {
        Ok(person) => sign_up::sign_up(&app.db, person, &client(&request)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match asked {
        Ok(()) => {
            let told = format!("We have sent a mail to {}. Follow the link in it to choose a password.", form.email.trim());
            see_other_with(&visitor.session, FlashKind::Success, &told, "/sign-in/mailed")
        }
        Err(error) => {
            let page = SignUpPage { problems: error.into_problems()?, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/mailed.html")]
struct MailedPage {
    shell: Shell,
}

async fn mailed(shell: Shell) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &MailedPage { shell })
}

/// Changes nothing: mail programs look into links by themselves.
async fn choose(MailedToken(token): MailedToken, request: HttpRequest, app: App) -> Result<HttpResponse> {
    match sign_up::asked(&app.db, token).await {
        Err(Error::NotFound) => gone(&request).await,
        found => private_html(StatusCode::OK, &page(&request, found?, Problems::default()).await?),
    }
}

async fn gone(request: &HttpRequest) -> Result<HttpResponse> {
    LinkGonePage::answer(request, LinkKind::SignUp.life_in_words(), "/sign-up", "Make an account").await
}

async fn page(request: &HttpRequest, link: Link, problems: Problems) -> Result<ChoosePage> {
    Ok(ChoosePage {
        shell: Shell::of(request).await?,
        title: "Choose a password",
        lead: "This is the last step: your account is made when you have chosen.",
        button: "Make the account",
        action: "/sign-up/opened",
        email: link.email,
        problems,
    })
}

async fn confirm(
    MailedToken(token): MailedToken,
    visitor: Visitor,
    form: Form<ChoiceForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let confirmed = match form.0.parse() {
        Ok(password) => sign_up::confirm(&app.db, visit(&request, &app, &visitor.session)?, token.clone(), password).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match confirmed {
        Ok((account, sign_in, return_to)) => {
            enter(&visitor, &account, sign_in, &request, &app).await?;
            let welcome = format!("Welcome, {}. Your account is ready.", account.name);
            see_other_with(&visitor.session, FlashKind::Success, &welcome, onward(&return_to, None))
        }
        Err(Error::NotFound) => gone(&request).await,
        Err(error) => again(&request, &app, &token, error.into_problems()?).await,
    }
}

async fn again(request: &HttpRequest, app: &App, token: &str, problems: Problems) -> Result<HttpResponse> {
    match sign_up::asked(&app.db, token.to_owned()).await {
        Err(Error::NotFound) => gone(request).await,
        link => private_html(StatusCode::UNPROCESSABLE_ENTITY, &page(request, link?, problems).await?),
    }
}
