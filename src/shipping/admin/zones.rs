use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::DeletionPage;
use crate::{
    base::{Error, Permission, Problems, Result, ShippingZoneId},
    settings::{Country, countries},
    shipping::{
        continents::{CONTINENTS, Continent},
        forms::ZoneForm,
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/delivery/zones", Permission::SettingsChange, create)
        .get("/admin/delivery/zones/new", Permission::SettingsChange, new)
        .get("/admin/delivery/zones/{id}/edit", Permission::SettingsChange, edit)
        .post("/admin/delivery/zones/{id}/edit", Permission::SettingsChange, update)
        .get("/admin/delivery/zones/{id}/deletion", Permission::SettingsChange, confirm_deletion)
        .post("/admin/delivery/zones/{id}/deletion", Permission::SettingsChange, delete);
}

#[derive(Template)]
#[template(path = "admin/shipping/zone_form.html")]
struct FormPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<ShippingZoneId>,
    form: ZoneForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/delivery/zones".to_owned(), |id| format!("/admin/delivery/zones/{id}/edit"))
    }

    /// Each continent with its countries by name.
    fn continents(&self) -> Vec<(&'static Continent, Vec<Country>)> {
        let all = countries();
        let of = |continent: &Continent| all.iter().filter(|country| continent.countries.contains(&country.code)).cloned().collect();
        CONTINENTS.iter().map(|continent| (continent, of(continent))).collect()
    }

    fn ticked_in(&self, continent: &Continent) -> usize {
        continent.countries.iter().filter(|code| self.form.has_country(code)).count()
    }
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, id: None, form: ZoneForm::default(), problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<ShippingZoneId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let zone = app.db.read(move |conn| store::zone(conn, id)).await?;
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form: zone.settings.into(), problems: Problems::default() })
}

async fn create(visitor: Visitor, form: Form<ZoneForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<ShippingZoneId>,
    form: Form<ZoneForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<ShippingZoneId>, visitor: Visitor, form: ZoneForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok(zone) => app.db.write(move |conn| ops::save_zone(conn, id, &zone)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(_) => see_other_with(&visitor.session, FlashKind::Success, "The zone is saved.", "/admin/delivery?saved=yes#zones"),
        Err(error) => {
            let page = FormPage { desk: Desk::of(&request).await?, id, form, problems: error.into_problems()? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn confirm_deletion(desk: Desk, id: web::Path<ShippingZoneId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (zone, tariffs) = app.db.read(move |conn| Ok((store::zone(conn, id)?, store::tariffs(conn)?))).await?;
    let priced = tariffs.iter().filter(|tariff| tariff.zone_id == id).count();
    let methods = if priced == 1 { "1 method has".to_owned() } else { format!("{priced} methods have") };
    let page = DeletionPage {
        desk,
        name: zone.settings.name,
        consequence: format!(
            "{methods} a price for this zone, which goes with it. Where no wider zone holds a place, nothing is delivered there."
        ),
        button: "Delete the zone",
        action: format!("/admin/delivery/zones/{id}/deletion"),
        back: format!("/admin/delivery/zones/{id}/edit"),
    };
    private_html(StatusCode::OK, &page)
}

async fn delete(visitor: Visitor, id: web::Path<ShippingZoneId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::delete_zone(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The zone is deleted.", "/admin/delivery")
}
