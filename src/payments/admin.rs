//! How the shop takes money: the ways of paying, their keys, and whether they answer.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    forms::SettingsForm,
    gateways::{Field, Kind},
    model::{Attempt, GatewaySettings},
    ops,
    registry::Gateways,
    store,
};
use crate::{
    base::{Door, Error, Permission, Problems, Result},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/payment-methods", Permission::PaymentsSettings, list)
        .get("/admin/payment-methods/{code}", Permission::PaymentsSettings, edit)
        .post("/admin/payment-methods/{code}", Permission::PaymentsSettings, save)
        .post("/admin/payment-methods/{code}/test", Permission::PaymentsSettings, test);
}

/// One line of the list.
struct Method {
    kind: &'static Kind,
    settings: GatewaySettings,
    door: Door,
    /// Whether all its keys are there.
    is_set_up: bool,
}

impl Method {
    fn shown_name(&self) -> &str {
        if self.settings.name.is_empty() { self.kind.label } else { &self.settings.name }
    }
}

#[derive(Template)]
#[template(path = "admin/payments/list.html")]
struct ListPage {
    desk: Desk,
    methods: Vec<Method>,
    flagged: Vec<(Attempt, String)>,
}

impl ListPage {
    fn offers_anything(&self) -> bool {
        self.methods.iter().any(|method| method.settings.active)
    }

    /// Whether shoppers can pretend to pay.
    fn pretends(&self) -> bool {
        self.methods.iter().any(|method| method.settings.active && method.kind.code == "sandbox")
    }
}

async fn list(desk: Desk, app: App, gateways: web::Data<Gateways>) -> Result<HttpResponse> {
    gateways.reload().await?;
    let (settings, flagged) = app.db.read(|conn| Ok((store::all_settings(conn)?, store::flagged(conn, 20)?))).await?;
    let method = |settings: GatewaySettings| {
        let kind = Kind::of(&settings.code).filter(|kind| !kind.is_for_staff())?;
        Some(Method { kind, door: gateways.door(kind.code), is_set_up: gateways.get(kind.code).is_ok(), settings })
    };
    private_html(StatusCode::OK, &ListPage { desk, methods: settings.into_iter().filter_map(method).collect(), flagged })
}

#[derive(Template)]
#[template(path = "admin/payments/edit.html")]
struct EditPage {
    desk: Desk,
    kind: &'static Kind,
    settings: GatewaySettings,
    door: Door,
    form: SettingsForm,
    problems: Problems,
    webhook_url: String,
    /// What is told of each stored secret: how it ends.
    endings: HashMap<&'static str, String>,
}

impl EditPage {
    /// What stands below the label of a key.
    fn hint(&self, field: &Field) -> String {
        match self.endings.get(field.name) {
            Some(ending) => format!("Set, {ending}. Leave this empty to keep it. {}", field.hint),
            None => field.hint.to_owned(),
        }
    }
}

async fn page(desk: Desk, code: &str, app: &App, gateways: &Gateways) -> Result<EditPage> {
    let kind = kind(code)?;
    let settings = app.db.read(move |conn| store::settings_of(conn, kind.code)).await?;
    let endings = kind.fields.iter().filter(|field| field.is_secret);
    let endings = endings.filter_map(|field| Some((field.name, ending(&settings, gateways, field.name)?))).collect();
    Ok(EditPage {
        desk,
        kind,
        form: SettingsForm::of(&settings, kind),
        door: gateways.door(kind.code),
        settings,
        problems: Problems::default(),
        webhook_url: app.absolute(&format!("/webhooks/{}", kind.code)),
        endings,
    })
}

fn kind(code: &str) -> Result<&'static Kind> {
    Kind::of(code).filter(|kind| !kind.is_for_staff()).ok_or(Error::NotFound)
}

/// The last four characters of a long secret tell which one it is, and nothing more.
fn ending(settings: &GatewaySettings, gateways: &Gateways, field: &str) -> Option<String> {
    match settings.secret(gateways.keys(), field) {
        Ok(secret) => secret.map(|secret| {
            let is_long = secret.chars().count() >= 12;
            let last: String = secret.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
            if is_long { format!("ends in …{last}") } else { "too short to show its end".to_owned() }
        }),
        Err(error) => {
            tracing::error!(gateway = settings.code, error = format!("{error:#}"), "a secret can't be opened");
            Some("but it can’t be read any more: enter it anew".to_owned())
        }
    }
}

async fn edit(desk: Desk, code: web::Path<String>, app: App, gateways: web::Data<Gateways>) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &page(desk, &code, &app, &gateways).await?)
}

async fn save(
    visitor: Visitor,
    code: web::Path<String>,
    form: Form<HashMap<String, String>>,
    request: HttpRequest,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (kind, form) = (kind(&code)?, SettingsForm::from(form.0));
    let (typed, keys) = (form.clone(), gateways.keys().clone());
    match app.db.write(move |conn| ops::save_settings(conn, &keys, kind, &typed)).await {
        Ok(()) => {
            gateways.reload().await?;
            let back = format!("/admin/payment-methods/{}?saved=yes", kind.code);
            see_other_with(&visitor.session, FlashKind::Success, "The settings are saved.", &back)
        }
        Err(error) => {
            let problems = error.into_problems()?;
            let shown = page(Desk::of(&request).await?, &code, &app, &gateways).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &EditPage { form, problems, ..shown })
        }
    }
}

/// Asks the provider whether it knows the keys, with no lock and no connection held.
async fn test(visitor: Visitor, code: web::Path<String>, _form: Form<NoFields>, gateways: web::Data<Gateways>) -> Result<HttpResponse> {
    let kind = kind(&code)?;
    gateways.reload().await?;
    let back = format!("/admin/payment-methods/{}", kind.code);
    let Ok(gateway) = gateways.get(kind.code) else {
        return see_other_with(&visitor.session, FlashKind::Error, "Enter and save the keys first.", &back);
    };
    match gateway.test().await {
        Ok(words) => see_other_with(&visitor.session, FlashKind::Success, &words, &back),
        Err(error) => see_other_with(&visitor.session, FlashKind::Error, &format!("It did not work: {error}."), &back),
    }
}
