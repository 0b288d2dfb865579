use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::RETRY_AFTER},
    web,
};
use askama::Template;
use serde::Deserialize;

use super::{
    LinkGonePage,
    elsewhere::{enter, offered, with_ways},
    onward, visit,
};
use crate::{
    accounts::{
        forms::{AddressForm, CodeForm, SignInForm, kept_return},
        model::{EndedBy, LinkKind},
        oidc::Provider,
        ops::{
            sign_in::{self, SignedIn},
            sign_ins,
        },
    },
    base::{Error, Problems, Result},
    web::{
        Access, App, Doors, FlashKind, Form, MailedToken, NoFields, Session, Shell, Visitor, client, private_html, see_other,
        see_other_with,
    },
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/sign-in", Access::Anybody, page)
        .post("/sign-in", Access::Anybody, by_password)
        .get("/sign-in/code", Access::Anybody, code_page)
        .post("/sign-in/code", Access::Anybody, by_code)
        .get("/sign-in/link", Access::Anybody, link_form)
        .post("/sign-in/link", Access::Anybody, ask_link)
        .get("/sign-in/link/{token}", Access::Anybody, link_page)
        .post("/sign-in/link/{token}", Access::Anybody, by_link)
        .post("/sign-out", Access::Anybody, sign_out);
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
    /// Minutes until a password is compared again; a link is mailed at any time.
    wait: Option<u32>,
    /// By which one may sign in instead.
    providers: Vec<Provider>,
    /// One of them has vouched for somebody whose account it is to be linked with.
    vouched: Option<Provider>,
}

impl SignInPage {
    async fn answer(
        request: &HttpRequest,
        app: &App,
        status: StatusCode,
        form: SignInForm,
        problems: Problems,
        wait: Option<u32>,
    ) -> Result<HttpResponse> {
        let providers = offered(app).await?;
        let unlinked = Session::of(request).unlinked();
        let vouched = unlinked.and_then(|unlinked| providers.iter().find(|provider| provider.id == unlinked.provider).cloned());
        let page = Self { shell: Shell::of(request).await?, form, problems, wait, providers, vouched };
        with_ways(request, private_html(status, &page), &page.providers)
    }
}

async fn page(query: web::Query<Query>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let form = SignInForm { return_to: query.into_inner().return_to, ..Default::default() };
    SignInPage::answer(&request, &app, StatusCode::OK, form, Problems::default(), None).await
}

async fn by_password(visitor: Visitor, form: Form<SignInForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let done = match form.parse() {
        Ok((email, password)) => {
            let visit = visit(&request, &app, &visitor.session)?;
            sign_in::sign_in(&app.db, visit, email, password, kept_return(&form.return_to)).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Ok(signed_in) => lead_on(&visitor, signed_in, &form.return_to, &request, &app).await,
        Err(Error::TooMany(seconds)) => {
            let wait = Some(seconds.div_ceil(60));
            let mut answer = SignInPage::answer(&request, &app, StatusCode::TOO_MANY_REQUESTS, form, Problems::default(), wait).await?;
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(answer)
        }
        Err(error) => SignInPage::answer(&request, &app, StatusCode::UNPROCESSABLE_ENTITY, form, error.into_problems()?, None).await,
    }
}

/// To where they wanted to go, or to what is owed before.
pub async fn lead_on(visitor: &Visitor, signed_in: SignedIn, return_to: &str, request: &HttpRequest, app: &App) -> Result<HttpResponse> {
    match signed_in {
        SignedIn::Whole(account, sign_in) => {
            enter(visitor, &account, sign_in, request, app).await?;
            Ok(see_other(onward(return_to, account.role)))
        }
        SignedIn::CodeOwed(half) => {
            visitor.session.set_half(Some(half))?;
            Ok(see_other(&code_url(return_to)?))
        }
        SignedIn::LinkOwed => {
            let told = "Confirm your address first: we have sent you a link that does it and signs you in.";
            see_other_with(&visitor.session, FlashKind::Notice, told, "/sign-in/mailed")
        }
    }
}

fn code_url(return_to: &str) -> Result<String> {
    if return_to.is_empty() {
        return Ok("/sign-in/code".to_owned());
    }
    let query = serde_urlencoded::to_string([("return_to", return_to)]).map_err(|error| Error::Internal(error.into()))?;
    Ok(format!("/sign-in/code?{query}"))
}

#[derive(Template)]
#[template(path = "accounts/code.html")]
struct CodePage {
    shell: Shell,
    form: CodeForm,
    problems: Problems,
}

async fn code_page(visitor: Visitor, query: web::Query<Query>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Some(half) = visitor.session.half() else { return Ok(see_other("/sign-in")) };
    match sign_in::awaited(&app.db, half).await {
        Err(Error::SignInNeeded) => begin_again(&visitor, "That took too long. Sign in again."),
        Err(error) => Err(error),
        Ok(()) => {
            let form = CodeForm { return_to: query.into_inner().return_to, ..Default::default() };
            private_html(StatusCode::OK, &CodePage { shell: Shell::of(&request).await?, form, problems: Problems::default() })
        }
    }
}

async fn by_code(visitor: Visitor, form: Form<CodeForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let Some(half) = visitor.session.half() else { return Ok(see_other("/sign-in")) };
    let done = match form.parse() {
        Ok(code) => sign_in::by_code(&app.db, &app.keys, visit(&request, &app, &visitor.session)?, half, code).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Ok((account, sign_in)) => {
            enter(&visitor, &account, sign_in, &request, &app).await?;
            Ok(see_other(onward(&form.return_to, account.role)))
        }
        Err(Error::SignInNeeded) => begin_again(&visitor, "That took too long. Sign in again."),
        Err(Error::TooMany(_)) => begin_again(&visitor, "Too many wrong codes. Wait ten minutes, then sign in again."),
        Err(error) => {
            let page = CodePage {
                problems: error.into_problems()?,
                form: CodeForm { code: String::new(), ..form },
                shell: Shell::of(&request).await?,
            };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// The half that was done is forgotten.
fn begin_again(visitor: &Visitor, why: &str) -> Result<HttpResponse> {
    visitor.session.set_half(None)?;
    see_other_with(&visitor.session, FlashKind::Error, why, "/sign-in")
}

#[derive(Template)]
#[template(path = "accounts/ask_link.html")]
struct AskLinkPage {
    shell: Shell,
    form: AddressForm,
    problems: Problems,
}

async fn link_form(shell: Shell, query: web::Query<Query>) -> Result<HttpResponse> {
    let form = AddressForm { return_to: query.into_inner().return_to, ..Default::default() };
    private_html(StatusCode::OK, &AskLinkPage { shell, form, problems: Problems::default() })
}

/// The same answer whether there is an account or not.
async fn ask_link(visitor: Visitor, form: Form<AddressForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let asked = match form.parse() {
        Ok((email, return_to)) => sign_in::ask_link(&app.db, email, &return_to, &client(&request)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match asked {
        Ok(()) => {
            let told = format!("If there is an account of {}, a link to sign in is on its way to it.", form.email.trim());
            see_other_with(&visitor.session, FlashKind::Success, &told, "/sign-in/mailed")
        }
        Err(error) => {
            let page = AskLinkPage { problems: error.into_problems()?, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/use_link.html")]
struct UseLinkPage {
    shell: Shell,
    email: String,
}

/// Changes nothing: mail programs look into links by themselves.
async fn link_page(MailedToken(token): MailedToken, request: HttpRequest, app: App) -> Result<HttpResponse> {
    match sign_in::linked(&app.db, token).await {
        Err(Error::NotFound) => link_gone(&request).await,
        email => private_html(StatusCode::OK, &UseLinkPage { shell: Shell::of(&request).await?, email: email? }),
    }
}

async fn link_gone(request: &HttpRequest) -> Result<HttpResponse> {
    LinkGonePage::answer(request, LinkKind::SignIn.life_in_words(), "/sign-in/link", "Ask for a new link").await
}

async fn by_link(
    MailedToken(token): MailedToken,
    visitor: Visitor,
    _form: Form<NoFields>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let visit = visit(&request, &app, &visitor.session)?;
    match sign_in::by_link(&app.db, visit, token).await {
        Err(Error::NotFound) => link_gone(&request).await,
        done => {
            let (signed_in, return_to) = done?;
            lead_on(&visitor, signed_in, &return_to, &request, &app).await
        }
    }
}

/// Ends the sign-in itself: a copy of the cookie is worth nothing afterwards.
async fn sign_out(visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    if let Some(sign_in) = visitor.session.signed_in() {
        let ended = app.db.write(move |conn| sign_ins::end(conn, sign_in.account, sign_in.id, EndedBy::Own)).await;
        match ended {
            // Ended elsewhere meanwhile.
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    visitor.session.sign_out()?;
    see_other_with(&visitor.session, FlashKind::Success, "You are signed out.", "/")
}
