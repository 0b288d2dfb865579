use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{forms::StoreForm, ops, store};
use crate::{
    base::{Error, Permission, Problems, Result},
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/settings", Permission::SettingsChange, edit).post("/admin/settings", Permission::SettingsChange, save);
}

#[derive(Template)]
#[template(path = "admin/settings/edit.html")]
struct EditPage {
    desk: Desk,
    form: StoreForm,
    problems: Problems,
}

async fn edit(desk: Desk, app: App) -> Result<HttpResponse> {
    let store = app.db.read(store::find).await?;
    private_html(StatusCode::OK, &EditPage { desk, form: store.into(), problems: Problems::default() })
}

async fn save(visitor: Visitor, form: Form<StoreForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
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
