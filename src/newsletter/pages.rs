use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    forms::{AskForm, Token, WishForm},
    model::{Said, Subscriber, WORDING},
    ops, store,
};
use crate::{
    base::{Email, Error, Problems, Result},
    limits::{self, Door, Who},
    web::{Access, App, Customer, Doors, FlashKind, Form, MailedToken, Shell, Visitor, client, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/newsletter", Access::Anybody, show)
        .post("/newsletter", Access::Anybody, ask)
        .get("/newsletter/asked", Access::Anybody, asked)
        .get("/newsletter/confirmation", Access::Anybody, ask_confirmation)
        .post("/newsletter/confirmation", Access::Anybody, confirm)
        .get("/newsletter/end", Access::Anybody, ask_end)
        // Mail programs post here by one click (RFC 8058), without a page of ours: the link's token is what they prove.
        .post("/newsletter/end", Access::OwnKey, end)
        .get("/account/newsletter", Access::SignedIn, account)
        .post("/account/newsletter", Access::SignedIn, choose);
}

#[derive(Template)]
#[template(path = "newsletter/ask.html")]
struct AskPage {
    shell: Shell,
    wording: &'static str,
    form: AskForm,
    problems: Problems,
}

async fn show(shell: Shell) -> Result<HttpResponse> {
    let form = AskForm { email: shell.account.as_ref().map(|account| account.email.clone()).unwrap_or_default() };
    private_html(StatusCode::OK, &AskPage { shell, wording: WORDING, form, problems: Problems::default() })
}

/// Leads to the same words whether the address is on the list, was asked too often, or gets a mail now.
async fn ask(visitor: Visitor, form: Form<AskForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let email = match form.parse() {
        Ok(email) => email,
        Err(problems) => {
            let page = AskPage { shell: Shell::of(&request).await?, wording: WORDING, form, problems };
            return private_html(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    limits::ask(&app.db, &Door::Newsletter.by_address(), &Who::address(&client(&request))).await?;
    if may_be_mailed(&email, &app).await? {
        let (site, said) = (app.absolute(""), said(&visitor, "form", &request));
        app.db.write(move |conn| ops::ask(conn, &site, &email, said)).await?;
    }
    Ok(see_other("/newsletter/asked"))
}

/// `false`: the address was sent as many mails as it may get in a day.
async fn may_be_mailed(email: &Email, app: &App) -> Result<bool> {
    match limits::ask(&app.db, &Door::Newsletter.by_person(), &Who::email(email)).await {
        Ok(()) => Ok(true),
        Err(Error::TooMany(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn said(visitor: &Visitor, source: &'static str, request: &HttpRequest) -> Said {
    Said { account: visitor.account.as_ref().map(|account| account.id), source, address: Some(client(request).address) }
}

/// What a link leads to, and what was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Asked,
    Confirms,
    Confirmed,
    Ends,
    Ended,
    /// The link is not one of ours, or not any more.
    Gone,
}

#[derive(Template)]
#[template(path = "newsletter/step.html")]
struct StepPage {
    shell: Shell,
    step: Step,
    wording: &'static str,
    /// For the form that confirms.
    token: String,
}

impl StepPage {
    fn respond(shell: Shell, step: Step, token: String) -> Result<HttpResponse> {
        let status = if step == Step::Gone { StatusCode::NOT_FOUND } else { StatusCode::OK };
        private_html(status, &Self { shell, step, wording: WORDING, token })
    }
}

async fn asked(shell: Shell) -> Result<HttpResponse> {
    StepPage::respond(shell, Step::Asked, String::new())
}

/// Changes nothing: mail programs look into links by themselves.
async fn ask_confirmation(MailedToken(token): MailedToken, shell: Shell, app: App) -> Result<HttpResponse> {
    let sought = token.clone();
    let works = app.db.read(move |conn| ops::is_link(conn, &sought)).await?;
    StepPage::respond(shell, if works { Step::Confirms } else { Step::Gone }, token)
}

/// Answers with a page: the link works once, so there is none to lead to.
async fn confirm(visitor: Visitor, form: Form<Token>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (Form(Token { token }), said) = (form, said(&visitor, "mail", &request));
    let confirmed = app.db.write(move |conn| ops::confirm(conn, &token, said)).await;
    let shell = Shell::of(&request).await?;
    match confirmed {
        Ok(subscriber) => {
            visitor.session.carry("/newsletter/end", &subscriber.end_token)?;
            StepPage::respond(shell, Step::Confirmed, String::new())
        }
        Err(Error::NotFound) => StepPage::respond(shell, Step::Gone, String::new()),
        Err(error) => Err(error),
    }
}

async fn ask_end(MailedToken(token): MailedToken, shell: Shell, app: App) -> Result<HttpResponse> {
    let is_ours = app.db.read(move |conn| ops::is_end_link(conn, &token)).await?;
    StepPage::respond(shell, if is_ours { Step::Ends } else { Step::Gone }, String::new())
}

/// Says the same for links that are none: whoever posts here has nothing to learn.
async fn end(MailedToken(token): MailedToken, visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let said = said(&visitor, "mail", &request);
    app.db.write(move |conn| ops::end_by_link(conn, &token, said)).await?;
    StepPage::respond(Shell::of(&request).await?, Step::Ended, String::new())
}

#[derive(Template)]
#[template(path = "newsletter/account.html")]
struct AccountPage {
    shell: Shell,
    email: String,
    wording: &'static str,
    subscriber: Option<Subscriber>,
}

impl AccountPage {
    fn gets_it(&self) -> bool {
        self.subscriber.as_ref().is_some_and(Subscriber::is_confirmed)
    }
}

async fn account(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let email = account.email.clone();
    let subscriber = app.db.read(move |conn| store::by_email(conn, &email)).await?;
    private_html(StatusCode::OK, &AccountPage { shell: Shell::of(&request).await?, email: account.email, wording: WORDING, subscriber })
}

async fn choose(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<WishForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let wanted = form.0.is_wanted();
    let email = Email::parse(&account.email).map_err(Error::internal)?;
    if wanted && !may_be_mailed(&email, &app).await? {
        let said = "You have asked for it often today. Look into your mail, or ask again tomorrow.";
        return see_other_with(&visitor.session, FlashKind::Notice, said, "/account/newsletter?saved=no");
    }
    let (site, said) = (app.absolute(""), said(&visitor, "account", &request));
    let done = app.db.write(move |conn| ops::choose(conn, &site, account.id, wanted, said)).await?;
    let words = match (wanted, done) {
        (true, true) => "You get the newsletter from now on.",
        (true, false) => "We have sent you a mail with a link. You get the newsletter once you follow it.",
        (false, _) => "You get no more newsletters.",
    };
    see_other_with(&visitor.session, FlashKind::Success, words, "/account/newsletter?saved=yes")
}
