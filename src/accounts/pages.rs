//! Pages on which people come and go: sign-up, sign-in, sign-out, invitations, and what concerns their password, address and codes.

mod addresses;
mod details;
mod elsewhere;
mod email;
mod identities;
mod invitation;
mod password;
mod proof;
mod reset;
mod second_factor;
mod sign_in;
mod sign_ins;
mod sign_up;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{forms::safe_return, ops::sign_in::Visit};
use crate::{
    base::{Problems, Result},
    web::{App, Doors, Role, Session, Shell, client, private_html},
};

pub fn routes(doors: &mut Doors) {
    sign_in::routes(doors);
    sign_up::routes(doors);
    reset::routes(doors);
    invitation::routes(doors);
    password::routes(doors);
    email::routes(doors);
    second_factor::routes(doors);
    sign_ins::routes(doors);
    elsewhere::routes(doors);
    identities::routes(doors);
    proof::routes(doors);
    addresses::routes(doors);
    details::routes(doors);
}

/// Where the visitor stands, for a sign-in.
fn visit(request: &HttpRequest, app: &App, session: &Session) -> Result<Visit> {
    let (device, mark) = (sign_ins::device(request, session)?, session.device_mark()?);
    Ok(Visit { client: client(request), device, mark, site: app.absolute("") })
}

/// Where one goes on to after signing in.
fn onward(return_to: &str, role: Option<Role>) -> &str {
    match (return_to, role) {
        ("", Some(_)) => "/admin",
        (path, _) => safe_return(path),
    }
}

/// A link that leads nowhere any more, with what to do instead.
#[derive(Template)]
#[template(path = "accounts/link_gone.html")]
struct LinkGonePage {
    shell: Shell,
    /// For how long such a link works, in words.
    life: &'static str,
    again_url: &'static str,
    again: &'static str,
}

impl LinkGonePage {
    async fn answer(request: &HttpRequest, life: &'static str, again_url: &'static str, again: &'static str) -> Result<HttpResponse> {
        private_html(StatusCode::NOT_FOUND, &Self { shell: Shell::of(request).await?, life, again_url, again })
    }
}

/// A page on which a password is chosen behind a link.
#[derive(Template)]
#[template(path = "accounts/choose_password.html")]
struct ChoosePage {
    shell: Shell,
    title: &'static str,
    lead: &'static str,
    button: &'static str,
    /// Where the form goes.
    action: &'static str,
    email: String,
    problems: Problems,
}
