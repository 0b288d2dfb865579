use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{sign_ins::sign_in, visit};
use crate::{
    accounts::{
        forms::PasswordForm,
        ops::{elsewhere, passwords},
        store,
    },
    base::{AccountId, Error, Problems, Result},
    web::{Access, App, Customer, Doors, FlashKind, Form, Shell, Visitor, private_html, see_other_with},
};

/// The present password is asked for on the form itself, so nothing else need be proved.
pub fn routes(doors: &mut Doors) {
    doors.get("/account/password", Access::SignedIn, page).post("/account/password", Access::SignedIn, change);
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    shell: Shell,
    email: String,
    /// Whether there is one that could be asked for.
    has_password: bool,
    /// Whether a provider of identities could open the account, or does.
    has_others: bool,
    problems: Problems,
}

async fn page(Customer(account): Customer, shell: Shell, app: App) -> Result<HttpResponse> {
    let (has_password, has_others) = ways(&app, account.id).await?;
    let page = PasswordPage { shell, email: account.email, has_password, has_others, problems: Problems::default() };
    private_html(StatusCode::OK, &page)
}

async fn ways(app: &App, id: AccountId) -> Result<(bool, bool)> {
    let read = app.db.read(move |conn| {
        let has_password = store::find(conn, id)?.ok_or(Error::NotFound)?.has_password;
        Ok((has_password, !elsewhere::offered(conn)?.is_empty() || !elsewhere::linked(conn, id)?.is_empty()))
    });
    read.await
}

async fn change(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<PasswordForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let changed = match form.0.parse() {
        Ok((present, chosen)) => {
            let visit = visit(&request, &app, &visitor.session)?;
            passwords::change(&app.db, visit, sign_in(&visitor)?, present, chosen).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match changed {
        Ok(generation) => {
            visitor.session.note_generation(generation)?;
            visitor.session.renew()?;
            let told = "Your password is changed. Whoever was signed in elsewhere is signed out.";
            see_other_with(&visitor.session, FlashKind::Success, told, "/account/password?saved=yes")
        }
        Err(error) => {
            let (problems, (has_password, has_others)) = (error.into_problems()?, ways(&app, account.id).await?);
            let page = PasswordPage { shell: Shell::of(&request).await?, email: account.email, has_password, has_others, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
