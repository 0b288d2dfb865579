use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Error, LocationId, Permission, Problems, Result},
    inventory::{
        forms::{HoldForm, LocationForm},
        model::{Location, LocationKind},
        ops::goods,
        store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/locations", Permission::StockSettings, list)
        .post("/admin/locations", Permission::StockSettings, create)
        .get("/admin/locations/new", Permission::StockSettings, new)
        .post("/admin/locations/holds", Permission::StockSettings, set_hold)
        .get("/admin/locations/{id}/edit", Permission::StockSettings, edit)
        .post("/admin/locations/{id}", Permission::StockSettings, update)
        .post("/admin/locations/{id}/default", Permission::StockSettings, make_default)
        .post("/admin/locations/{id}/archive", Permission::StockSettings, archive)
        .post("/admin/locations/{id}/restoration", Permission::StockSettings, restore);
}

const LIST: &str = "/admin/locations?saved=yes";

#[derive(Template)]
#[template(path = "admin/inventory/locations.html")]
struct ListPage {
    desk: Desk,
    locations: Vec<Location>,
    units: HashMap<LocationId, i64>,
    form: HoldForm,
    problems: Problems,
}

impl ListPage {
    fn units(&self, id: &LocationId) -> i64 {
        self.units.get(id).copied().unwrap_or(0)
    }
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let minutes = app.db.read(store::holds::minutes).await?;
    let page = list_page(desk, &app, HoldForm { minutes: minutes.to_string() }, Problems::default()).await?;
    private_html(StatusCode::OK, &page)
}

async fn list_page(desk: Desk, app: &App, form: HoldForm, problems: Problems) -> Result<ListPage> {
    let (locations, units) = app.db.read(|conn| Ok((store::places::all(conn)?, store::places::units(conn)?))).await?;
    Ok(ListPage { desk, locations, units, form, problems })
}

async fn set_hold(visitor: Visitor, form: Form<HoldForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    match form.parse() {
        Ok(minutes) => {
            app.db.write(move |conn| goods::set_hold_minutes(conn, minutes)).await?;
            see_other_with(&visitor.session, FlashKind::Success, "The time is saved.", LIST)
        }
        Err(problems) => {
            let page = list_page(Desk::of(&request).await?, &app, form, problems).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/inventory/location_form.html")]
struct FormPage {
    desk: Desk,
    id: Option<LocationId>,
    form: LocationForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/locations".to_owned(), |id| format!("/admin/locations/{id}"))
    }

    fn kinds(&self) -> &'static [LocationKind] {
        LocationKind::ALL
    }
}

async fn new(desk: Desk) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FormPage { desk, id: None, form: LocationForm::default(), problems: Problems::default() })
}

async fn edit(desk: Desk, id: web::Path<LocationId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let Location { name, kind, address, .. } = app.db.read(move |conn| store::places::find(conn, id)).await?;
    let form = LocationForm { name, kind: kind.to_string(), address };
    private_html(StatusCode::OK, &FormPage { desk, id: Some(id), form, problems: Problems::default() })
}

async fn create(visitor: Visitor, form: Form<LocationForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save(None, visitor, form.0, request, app).await
}

async fn update(
    visitor: Visitor,
    id: web::Path<LocationId>,
    form: Form<LocationForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save(id: Option<LocationId>, visitor: Visitor, form: LocationForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok(change) => app.db.write(move |conn| goods::save_location(conn, id, &change)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(_) => see_other_with(&visitor.session, FlashKind::Success, "The location is saved.", LIST),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, id, form, problems })
        }
    }
}

async fn make_default(visitor: Visitor, id: web::Path<LocationId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let words = "Units come and go there from now on when nobody says where.";
    act(&visitor, &app, id.into_inner(), goods::make_default, words).await
}

async fn archive(visitor: Visitor, id: web::Path<LocationId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    act(&visitor, &app, id.into_inner(), goods::archive_location, "Nothing is brought there any more.").await
}

async fn restore(visitor: Visitor, id: web::Path<LocationId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    act(&visitor, &app, id.into_inner(), goods::restore_location, "The location is in use again.").await
}

async fn act(
    visitor: &Visitor,
    app: &App,
    id: LocationId,
    verb: fn(&mut Conn, LocationId) -> Result<()>,
    words: &str,
) -> Result<HttpResponse> {
    match app.db.write(move |conn| verb(conn, id)).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, words, LIST),
        Err(Error::Conflict(reason)) => see_other_with(&visitor.session, FlashKind::Error, &reason, "/admin/locations?saved=no"),
        Err(error) => Err(error),
    }
}
