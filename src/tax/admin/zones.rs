use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Error, Permission, Problems, Result, TaxZoneId},
    settings::{country_name, region_name},
    tax::{
        forms::ZoneForm,
        model::{Area, Basis, RatedZone, TaxClass},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/tax/zones", Permission::SettingsChange, create)
        .get("/admin/tax/zones/new", Permission::SettingsChange, new)
        .get("/admin/tax/zones/{id}", Permission::SettingsChange, show)
        .get("/admin/tax/zones/{id}/edit", Permission::SettingsChange, edit)
        .post("/admin/tax/zones/{id}/edit", Permission::SettingsChange, update)
        .get("/admin/tax/zones/{id}/deletion", Permission::SettingsChange, confirm_deletion)
        .post("/admin/tax/zones/{id}/deletion", Permission::SettingsChange, delete);
}

impl Area {
    /// `California, United States, postcodes 90001–90899`.
    pub(super) fn told(&self) -> String {
        let mut told = country_name(&self.country);
        if !self.region.is_empty() {
            told = format!("{}, {told}", region_name(&self.region));
        }
        match (&self.postcode_from, &self.postcode_to) {
            (_, to) if to.is_empty() => told,
            (from, to) if from == to => format!("{told}, postcodes {from}…"),
            (from, to) => format!("{told}, postcodes {from}–{to}"),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/tax/zone.html")]
struct ShowPage {
    desk: Desk,
    zone: RatedZone,
    classes: Vec<TaxClass>,
    now: chrono::DateTime<chrono::Utc>,
}

impl ShowPage {
    fn class_name(&self, code: &str) -> String {
        self.classes.iter().find(|class| class.code == code).map_or_else(|| code.to_owned(), |class| class.name.clone())
    }
}

async fn show(desk: Desk, id: web::Path<TaxZoneId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (zone, classes) = app.db.read(move |conn| Ok((store::zone(conn, id)?, store::classes(conn)?))).await?;
    private_html(StatusCode::OK, &ShowPage { desk, zone, classes, now: chrono::Utc::now() })
}

#[derive(Template)]
#[template(path = "admin/tax/zone_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<TaxZoneId>,
    form: ZoneForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/tax/zones".to_owned(), |id| format!("/admin/tax/zones/{id}/edit"))
    }

    fn way_back(&self) -> String {
        self.id.map_or_else(|| "/admin/tax".to_owned(), |id| format!("/admin/tax/zones/{id}"))
    }
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, id: None, form: ZoneForm::default(), problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<TaxZoneId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let zone = app.db.read(move |conn| store::zone(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form: (&zone).into(), problems: Problems::default() })
}

async fn create(visitor: Visitor, form: Form<ZoneForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(visitor: Visitor, id: web::Path<TaxZoneId>, form: Form<ZoneForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<TaxZoneId>, visitor: Visitor, form: ZoneForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok((zone, areas)) => app.db.write(move |conn| ops::save_zone(conn, id, &zone, &areas)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(saved) => see_other_with(&visitor.session, FlashKind::Success, "The zone is saved.", &format!("/admin/tax/zones/{saved}")),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, id, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/tax/zone_deletion.html")]
struct DeletionPage {
    desk: Desk,
    zone: RatedZone,
}

async fn confirm_deletion(desk: Desk, id: web::Path<TaxZoneId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let zone = app.db.read(move |conn| store::zone(conn, id)).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, zone })
}

async fn delete(visitor: Visitor, id: web::Path<TaxZoneId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::delete_zone(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The zone and its rates are deleted.", "/admin/tax")
}
