use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::LinkGonePage;
use crate::{
    accounts::{
        forms::AddressForm,
        model::LinkKind,
        ops::emails::{self, Agreed, Change},
    },
    base::{AccountId, Error, Problems, Result},
    web::{Access, App, Customer, Doors, FlashKind, Form, MailedToken, NoFields, Shell, Visitor, client, private_html, see_other_with},
};

/// The links are opened wherever the mail is read, by somebody signed in or not.
pub fn routes(doors: &mut Doors) {
    doors
        .get("/account/email", Access::Proved, page)
        .post("/account/email", Access::Proved, ask)
        .get("/account/email/{token}", Access::Anybody, agree_page)
        .post("/account/email/{token}", Access::Anybody, agree);
}

#[derive(Template)]
#[template(path = "accounts/email.html")]
struct EmailPage {
    shell: Shell,
    present: String,
    /// The address to which a change waits for both ends to agree.
    waiting: Option<String>,
    form: AddressForm,
    problems: Problems,
}

async fn page(Customer(account): Customer, shell: Shell, app: App) -> Result<HttpResponse> {
    let waiting = waiting(&app, account.id).await?;
    let page = EmailPage { shell, present: account.email, waiting, form: AddressForm::default(), problems: Problems::default() };
    private_html(StatusCode::OK, &page)
}

async fn waiting(app: &App, id: AccountId) -> Result<Option<String>> {
    emails::waiting(&app.db, id).await
}

async fn ask(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<AddressForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let Form(form) = form;
    let asked = match form.parse() {
        Ok((to, _)) => emails::ask(&app.db, account.id, to, &client(&request)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match asked {
        Ok(()) => {
            let told = format!("We have sent a link to {} and one to {}. Follow both.", account.email, form.email.trim());
            see_other_with(&visitor.session, FlashKind::Success, &told, "/account/email?saved=yes")
        }
        Err(error) => {
            let (problems, waiting) = (error.into_problems()?, waiting(&app, account.id).await?);
            let page = EmailPage { shell: Shell::of(&request).await?, present: account.email, waiting, form, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/email_agree.html")]
struct AgreePage {
    shell: Shell,
    change: Change,
}

/// Changes nothing: mail programs look into links by themselves.
async fn agree_page(MailedToken(token): MailedToken, request: HttpRequest, app: App) -> Result<HttpResponse> {
    match emails::asked(&app.db, token).await {
        Err(Error::NotFound) => gone(&request).await,
        change => private_html(StatusCode::OK, &AgreePage { shell: Shell::of(&request).await?, change: change? }),
    }
}

async fn gone(request: &HttpRequest) -> Result<HttpResponse> {
    LinkGonePage::answer(request, LinkKind::EmailNew.life_in_words(), "/account/email", "Change your address").await
}

async fn agree(
    MailedToken(token): MailedToken,
    visitor: Visitor,
    _form: Form<NoFields>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    // A sign-in that does not hold any more is not kept either.
    let staying = visitor.account.as_ref().and_then(|_| visitor.session.signed_in());
    let back = if staying.is_some() { "/account" } else { "/sign-in" };
    match emails::agree(&app.db, token, staying).await {
        Err(Error::NotFound) => gone(&request).await,
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, back),
        Err(error) => Err(error),
        Ok(Agreed::Half) => {
            let told = "Thank you. The address is changed as soon as the link in the other mail is followed too.";
            see_other_with(&visitor.session, FlashKind::Success, told, back)
        }
        Ok(Agreed::Whole(generation)) => {
            if let Some(generation) = generation {
                visitor.session.note_generation(generation)?;
            }
            let told = "The address of your account is changed. Sign in with the new one from now on.";
            see_other_with(&visitor.session, FlashKind::Success, told, back)
        }
    }
}
