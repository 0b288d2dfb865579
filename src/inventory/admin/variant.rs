use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Error, LocationId, Page, PageRequest, Permission, Problems, Result, VariantId},
    catalog::{self, VariantForSale},
    inventory::{
        forms::{PolicyForm, StockForm},
        model::{Cause, Location, Movement, Policy, Stock},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/variants/{id}/stock", Permission::StockSee, show)
        .post("/admin/variants/{id}/stock", Permission::StockChange, count)
        .post("/admin/variants/{id}/stock/policy", Permission::StockChange, set_policy);
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Query {
    page: Option<i64>,
    /// Where is counted.
    location: Option<LocationId>,
}

/// All that the page shows of the variant.
struct Found {
    of: VariantForSale,
    stock: Stock,
    policy: Policy,
    /// Where it can be, with the units there.
    places: Vec<(Location, i32)>,
    page: Page<Movement>,
}

#[derive(Template)]
#[template(path = "admin/inventory/stock.html")]
struct StockPage {
    desk: Desk,
    found: Found,
    form: StockForm,
    policy_form: PolicyForm,
    problems: Problems,
}

impl StockPage {
    /// The one where is counted.
    fn place(&self) -> Option<&(Location, i32)> {
        self.found.places.iter().find(|(location, _)| location.id.to_string() == self.form.location)
    }

    fn is_counted(&self, location: &Location) -> bool {
        location.id.to_string() == self.form.location
    }

    fn count_label(&self) -> String {
        match self.place() {
            Some((location, _)) if self.found.places.len() > 1 => format!("Units at {}", location.name),
            _ => "Units on hand".to_owned(),
        }
    }
}

impl Found {
    fn count_form(&self, location: Option<LocationId>) -> StockForm {
        let chosen = self.places.iter().find(|(place, _)| Some(place.id) == location).or(self.places.first());
        StockForm {
            on_hand: chosen.map_or(self.stock.on_hand, |(_, units)| *units).to_string(),
            location: chosen.map(|(place, _)| place.id.to_string()).unwrap_or_default(),
            seen: chosen.map(|(_, units)| units.to_string()).unwrap_or_default(),
            untracked: (!self.stock.tracked).then(|| "on".to_owned()),
        }
    }
}

async fn show(desk: Desk, id: web::Path<VariantId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let found = find(&app, id.into_inner(), query.page).await?;
    let (form, policy_form) = (found.count_form(query.location), found.policy.into());
    private_html(StatusCode::OK, &StockPage { desk, found, form, policy_form, problems: Problems::default() })
}

async fn find(app: &App, id: VariantId, page: Option<i64>) -> Result<Found> {
    let request = PageRequest::new(page, 50);
    let found = app.db.read(move |conn| {
        let of = catalog::for_sale(conn, &[id])?.pop().ok_or(Error::NotFound)?;
        Ok(Found {
            of,
            stock: store::stock::find(conn, id)?,
            policy: store::stock::policy(conn, id)?,
            places: places(conn, id)?,
            page: store::ledger::of_variant(conn, id, request)?,
        })
    });
    found.await
}

/// Locations in use, and those where some are all the same.
fn places(conn: &mut Conn, id: VariantId) -> Result<Vec<(Location, i32)>> {
    let there = store::places::of_variant(conn, id)?;
    let units = |location: &Location| there.iter().find(|(place, _)| place.id == location.id).map_or(0, |(_, units)| *units);
    let all = store::places::all(conn)?.into_iter().map(|location| (units(&location), location));
    Ok(all.filter(|(units, location)| location.active || *units > 0).map(|(units, location)| (location, units)).collect())
}

async fn count(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<VariantId>,
    form: Form<StockForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(mut form)) = (id.into_inner(), form);
    let saved = match form.parse() {
        Ok(Some(counted)) => {
            let by = staff.name;
            let write = app.db.write(move |conn| match counted.location {
                Some(location) => ops::count_at(conn, id, location, counted.units, counted.seen, &by),
                None => ops::count(conn, id, counted.units, Cause::Adjusted, &by),
            });
            write.await
        }
        Ok(None) => app.db.write(move |conn| ops::count_untracked(conn, id, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => saved_at(&visitor, id, &form.location, "The stock is saved."),
        Err(error) => {
            let (problems, found) = (error.into_problems()?, find(&app, id, None).await?);
            // Who saves again has seen what changed.
            form.seen = found.count_form(form.location.parse().ok()).seen;
            let policy_form = found.policy.into();
            let page = StockPage { desk: Desk::of(&request).await?, found, form, policy_form, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

fn saved_at(visitor: &Visitor, id: VariantId, location: &str, words: &str) -> Result<HttpResponse> {
    let place = if location.parse::<LocationId>().is_ok() { format!("&location={location}") } else { String::new() };
    see_other_with(&visitor.session, FlashKind::Success, words, &format!("/admin/variants/{id}/stock?saved=yes{place}"))
}

async fn set_policy(
    visitor: Visitor,
    id: web::Path<VariantId>,
    form: Form<PolicyForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(policy_form)) = (id.into_inner(), form);
    let saved = match policy_form.parse() {
        Ok(policy) => app.db.write(move |conn| ops::set_policy(conn, id, &policy)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => saved_at(&visitor, id, "", "How it is sold is saved."),
        Err(error) => {
            let (problems, found) = (error.into_problems()?, find(&app, id, None).await?);
            let form = found.count_form(None);
            let page = StockPage { desk: Desk::of(&request).await?, found, form, policy_form, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
