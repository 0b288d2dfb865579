use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Error, Meanwhile, Permission, Problems, Result, TaxRateId, TaxZoneId, meanwhile},
    tax::{
        forms::RateForm,
        model::{Rate, RateChange, TaxClass, Zone},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/tax/zones/{id}/rates/new", Permission::SettingsChange, new)
        .post("/admin/tax/zones/{id}/rates", Permission::SettingsChange, create)
        .get("/admin/tax/rates/{id}/edit", Permission::SettingsChange, edit)
        .post("/admin/tax/rates/{id}/edit", Permission::SettingsChange, update)
        .get("/admin/tax/rates/{id}/deletion", Permission::SettingsChange, confirm_deletion)
        .post("/admin/tax/rates/{id}/deletion", Permission::SettingsChange, delete);
}

#[derive(Template)]
#[template(path = "admin/tax/rate_form.html")]
struct FormPage {
    desk: Desk,
    zone: Zone,
    classes: Vec<TaxClass>,
    /// `None` while it is new.
    id: Option<TaxRateId>,
    form: RateForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        match self.id {
            Some(id) => format!("/admin/tax/rates/{id}/edit"),
            None => format!("/admin/tax/zones/{}/rates", self.zone.id),
        }
    }
}

async fn new(desk: Desk, id: web::Path<TaxZoneId>, app: App) -> Result<HttpResponse> {
    let (zone, classes) = zone_and_classes(&app, id.into_inner()).await?;
    private_html(StatusCode::OK, &FormPage { desk, zone, classes, id: None, form: RateForm::default(), problems: Problems::default() })
}

async fn zone_and_classes(app: &App, id: TaxZoneId) -> Result<(Zone, Vec<TaxClass>)> {
    app.db.read(move |conn| Ok((store::zone(conn, id)?.zone, store::classes(conn)?))).await
}

async fn edit(desk: Desk, id: web::Path<TaxRateId>, app: App) -> Result<HttpResponse> {
    let rate = find(&app, id.into_inner()).await?;
    let (zone, classes) = zone_and_classes(&app, rate.zone_id).await?;
    let form = RateForm::from(&rate);
    private_html(StatusCode::OK, &FormPage { desk, zone, classes, id: Some(rate.id), form, problems: Problems::default() })
}

async fn find(app: &App, id: TaxRateId) -> Result<Rate> {
    app.db.read(move |conn| store::rate(conn, id)).await
}

async fn create(visitor: Visitor, id: web::Path<TaxZoneId>, form: Form<RateForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(id.into_inner(), None, visitor, form.0, request, app).await
}

async fn update(visitor: Visitor, id: web::Path<TaxRateId>, form: Form<RateForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let rate = find(&app, id.into_inner()).await?;
    save(rate.zone_id, Some(rate.id), visitor, form.0, request, app).await
}

/// Over what the form showed; what is another by now is told.
fn save_over(conn: &mut Conn, (zone, id): (TaxZoneId, Option<TaxRateId>), typed: &RateForm, change: &RateChange) -> Result<Meanwhile<()>> {
    let Some(id) = id else { return ops::add_rate(conn, zone, change).map(|_| Meanwhile::Saved(())) };
    let now = RateForm::from(&store::lock_rate(conn, id)?);
    meanwhile::unless_changed(&typed.was, &now.fields(), &typed.fields(), || ops::change_rate(conn, id, change))
}

async fn save(
    zone: TaxZoneId,
    id: Option<TaxRateId>,
    visitor: Visitor,
    mut form: RateForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (zone_shown, classes) = zone_and_classes(&app, zone).await?;
    let typed = form.clone();
    let saved = match form.parse() {
        Ok(rate) => app.db.write(move |conn| save_over(conn, (zone, id), &typed, &rate)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (status, problems) = match saved {
        Ok(Meanwhile::Saved(())) => {
            let url = format!("/admin/tax/zones/{zone}");
            return see_other_with(&visitor.session, FlashKind::Success, "The rate is saved.", &url);
        }
        Ok(Meanwhile::Changed { told, was }) => {
            form.was = was;
            (StatusCode::CONFLICT, told)
        }
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.into_problems()?),
    };
    private_html(status, &FormPage { desk: Desk::of(&request).await?, zone: zone_shown, classes, id, form, problems })
}

#[derive(Template)]
#[template(path = "admin/tax/rate_deletion.html")]
struct DeletionPage {
    desk: Desk,
    zone: Zone,
    rate: Rate,
}

async fn confirm_deletion(desk: Desk, id: web::Path<TaxRateId>, app: App) -> Result<HttpResponse> {
    let rate = find(&app, id.into_inner()).await?;
    let (zone, _) = zone_and_classes(&app, rate.zone_id).await?;
    private_html(StatusCode::OK, &DeletionPage { desk, zone, rate })
}

async fn delete(visitor: Visitor, id: web::Path<TaxRateId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let rate = find(&app, id.into_inner()).await?;
    app.db.write(move |conn| ops::delete_rate(conn, rate.id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The rate is deleted.", &format!("/admin/tax/zones/{}", rate.zone_id))
}
