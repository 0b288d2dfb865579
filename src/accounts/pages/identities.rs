//! By which providers of identities one's account is opened.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    elsewhere::{Way, leave, offered, with_ways},
    sign_ins::sign_in as here,
};
use crate::{
    accounts::{
        forms::providers::LinkForm,
        oidc::{Linked, Partners, Provider},
        ops::elsewhere,
    },
    base::{Error, IdentityId, Result},
    web::{Access, App, Customer, Doors, Errand, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

const LIST: &str = "/account/identities";

/// Who links shows first that the account is theirs, and then there who they are.
pub fn routes(doors: &mut Doors) {
    doors.get("/account/identities", Access::SignedIn, list).post("/account/identities", Access::Proved, link).post(
        "/account/identities/{id}/removal",
        Access::Proved,
        unlink,
    );
}

#[derive(Template)]
#[template(path = "accounts/identities.html")]
struct IdentitiesPage {
    shell: Shell,
    linked: Vec<Linked>,
    /// What it may be linked with besides.
    open: Vec<Provider>,
}

async fn list(Customer(account): Customer, shell: Shell, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, role) = (account.id, account.role);
    let linked = app.db.read(move |conn| elsewhere::linked(conn, id)).await?;
    let mut open = offered(&app).await?;
    open.retain(|provider| provider.serves(role));
    let page = IdentitiesPage { shell, linked, open };
    with_ways(&request, private_html(StatusCode::OK, &page), &page.open)
}

async fn link(
    visitor: Visitor,
    form: Form<LinkForm>,
    request: HttpRequest,
    app: App,
    partners: web::Data<Partners>,
) -> Result<HttpResponse> {
    let way = Way { errand: Errand::Link, by: Some(here(&visitor)?.account), to: String::new() };
    leave(&visitor, &form.0.provider, way, &request, &app, &partners).await
}

async fn unlink(visitor: Visitor, id: web::Path<IdentityId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    match elsewhere::unlink(&app.db, app.absolute(""), here(&visitor)?, id.into_inner()).await {
        Ok((name, generation)) => {
            visitor.session.note_generation(generation)?;
            let told = format!("{name} opens your account no more, and you are signed out everywhere else.");
            see_other_with(&visitor.session, FlashKind::Success, &told, &format!("{LIST}?saved=yes"))
        }
        Err(Error::Conflict(why)) => see_other_with(&visitor.session, FlashKind::Error, &why, &format!("{LIST}?saved=no")),
        Err(other) => Err(other),
    }
}
