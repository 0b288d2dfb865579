use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::visit;
use crate::{
    accounts::{forms::InvitationForm, model::Invitation, ops},
    base::{Error, Problems, Result},
    web::{Access, App, Doors, FlashKind, Form, MailedToken, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/invitations/{token}", Access::Anybody, invitation_page).post("/invitations/{token}", Access::Anybody, accept);
}

#[derive(Template)]
#[template(path = "accounts/invitation.html")]
struct InvitationPage {
    shell: Shell,
    invitation: Invitation,
    /// As what they are invited.
    role: String,
    form: InvitationForm,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "accounts/invitation_gone.html")]
struct InvitationGonePage {
    shell: Shell,
}

async fn invitation_page(MailedToken(token): MailedToken, shell: Shell, app: App) -> Result<HttpResponse> {
    let (invitation, role) = match find_invitation(&app, &token).await {
        Err(Error::NotFound) => return private_html(StatusCode::NOT_FOUND, &InvitationGonePage { shell }),
        found => found?,
    };
    let form = InvitationForm { email: invitation.email.clone().unwrap_or_default(), ..Default::default() };
    private_html(StatusCode::OK, &InvitationPage { shell, invitation, role, form, problems: Problems::default() })
}

async fn accept(
    MailedToken(token): MailedToken,
    visitor: Visitor,
    form: Form<InvitationForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let Form(mut form) = form;
    let (invitation, role) = find_invitation(&app, &token).await?;
    if let Some(email) = &invitation.email {
        form.email = email.clone();
    }
    let accepted = match form.parse() {
        Ok(person) => ops::accept(&app.db, visit(&request, &app, &visitor.session)?, token, person).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match accepted {
        Ok(sign_in) => {
            visitor.session.sign_in(sign_in)?;
            see_other_with(&visitor.session, FlashKind::Success, "Your password is set. This is the back office.", "/admin")
        }
        Err(error) => {
            let page = InvitationPage { problems: error.into_problems()?, invitation, role, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn find_invitation(app: &App, token: &str) -> Result<(Invitation, String)> {
    let token = token.to_owned();
    app.db.read(move |conn| ops::invitation(conn, &token)).await
}
