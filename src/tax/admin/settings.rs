use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    base::{Conn, Error, Meanwhile, Permission, Problems, Result, meanwhile},
    settings::{self, Store, country_name},
    tax::{
        forms::SettingsForm,
        model::{Basis, Rounding, TaxClass, TaxSettings},
        ops, store,
        vat::VatNumber,
    },
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/tax/settings", Permission::SettingsChange, edit).post("/admin/tax/settings", Permission::SettingsChange, save);
}

#[derive(Template)]
#[template(path = "admin/tax/settings.html")]
struct EditPage {
    desk: Desk,
    shop: Store,
    classes: Vec<TaxClass>,
    form: SettingsForm,
    problems: Problems,
}

impl EditPage {
    fn is_entered(&self, basis: Basis) -> bool {
        self.form.entered == basis.as_str()
    }

    fn is_rounded(&self, rounding: Rounding) -> bool {
        self.form.rounding == rounding.as_str()
    }

    fn number_hint(&self) -> String {
        let example = VatNumber::example(&self.shop.country).map(|example| format!(", such as {example}")).unwrap_or_default();
        format!("Of {}{example}. It stands on invoices.", country_name(&self.shop.country))
    }
}

async fn edit(desk: Desk, app: App) -> Result<HttpResponse> {
    let found = app.db.read(|conn| Ok((settings::store(conn)?, store::classes(conn)?, store::settings(conn)?)));
    let (shop, classes, now) = found.await?;
    private_html(StatusCode::OK, &EditPage { desk, shop, classes, form: now.into(), problems: Problems::default() })
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, typed: &SettingsForm, settings: &TaxSettings) -> Result<Meanwhile<()>> {
    let now = SettingsForm::from(store::lock_settings(conn)?);
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::save_settings(conn, settings))
}

async fn save(visitor: Visitor, form: Form<SettingsForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(mut form) = form;
    let typed = form.clone();
    let (shop, classes) = app.db.read(|conn| Ok((settings::store(conn)?, store::classes(conn)?))).await?;
    let saved = match form.parse(&shop.country) {
        Ok(settings) => app.db.write(move |conn| save_over(conn, &typed, &settings)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (status, problems) = match saved {
        Ok(Meanwhile::Saved(())) => {
            return see_other_with(&visitor.session, FlashKind::Success, "The tax settings are saved.", "/admin/tax");
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    private_html(status, &EditPage { desk: Desk::of(&request).await?, shop, classes, form, problems })
}
