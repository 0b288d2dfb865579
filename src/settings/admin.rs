use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{forms::StoreForm, ops, store};
use crate::{
    base::{Error, Problems, Result},
    web::{App, Desk, FlashKind, Form, Owner, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/settings", web::get().to(edit)).route("/admin/settings", web::post().to(save));
}

#[derive(Template)]
#[template(path = "admin/settings/edit.html")]
struct EditPage {
    desk: Desk,
    form: StoreForm,
    problems: Problems,
}

async fn edit(_owner: Owner, desk: Desk, app: App) -> Result<HttpResponse> {
    let store = app.db.read(store::find).await?;
    private_html(StatusCode::OK, &EditPage { desk, form: store.into(), problems: Problems::default() })
}

async fn save(_owner: Owner, visitor: Visitor, form: Form<StoreForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let saved = match form.parse() {
        Ok(store) => app.db.write(move |conn| ops::save(conn, &store)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The settings are saved.", "/admin/settings?saved=yes"),
        Err(error) => {
            let problems = error.into_problems()?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { desk: Desk::of(&request).await?, form, problems })
        }
    }
}
