use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Error, LocationId, Page, PageRequest, Permission, Problems, ReceiptId, Result},
    inventory::{
        forms::GoodsForm,
        model::{Location, Receipt},
        ops::goods::{self, NewReceipt},
        store::{self, goods::Moved},
    },
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/receipts", Permission::StockSee, list)
        .post("/admin/receipts", Permission::StockChange, create)
        .get("/admin/receipts/new", Permission::StockChange, new)
        .get("/admin/receipts/{id}", Permission::StockSee, show);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/inventory/receipts.html")]
struct ListPage {
    desk: Desk,
    locations: Vec<Location>,
    page: Page<(Receipt, i64)>,
}

impl ListPage {
    fn place(&self, id: &LocationId) -> &str {
        name(&self.locations, id)
    }
}

fn name<'a>(locations: &'a [Location], id: &LocationId) -> &'a str {
    locations.iter().find(|location| location.id == *id).map_or("", |location| location.name.as_str())
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let found = app.db.read(move |conn| Ok((store::places::all(conn)?, store::goods::receipts(conn, request)?)));
    let (locations, page) = found.await?;
    private_html(StatusCode::OK, &ListPage { desk, locations, page })
}

#[derive(Template)]
#[template(path = "admin/inventory/receipt_form.html")]
struct FormPage {
    desk: Desk,
    locations: Vec<Location>,
    form: GoodsForm,
    problems: Problems,
}

async fn new(desk: Desk, app: App) -> Result<HttpResponse> {
    let locations = app.db.read(store::places::all).await?;
    private_html(StatusCode::OK, &FormPage { desk, locations, form: GoodsForm::new(), problems: Problems::default() })
}

async fn create(Staff(staff): Staff, visitor: Visitor, form: Form<GoodsForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let booked = match parse(&form) {
        Ok(receipt) => app.db.write(move |conn| goods::receive(conn, &receipt, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match booked {
        Ok(id) => see_other_with(&visitor.session, FlashKind::Success, "The goods are booked in.", &format!("/admin/receipts/{id}")),
        Err(error) => {
            let (problems, locations) = (error.into_problems()?, app.db.read(store::places::all).await?);
            let desk = Desk::of(&request).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, locations, form, problems })
        }
    }
}

fn parse(form: &GoodsForm) -> Result<NewReceipt, Problems> {
    let mut problems = Problems::default();
    let receipt = NewReceipt {
        submission: form.submission(),
        location: form.place("location", &mut problems),
        supplier: form.words("supplier", &mut problems),
        reference: form.words("reference", &mut problems),
        lines: form.lines(&mut problems),
    };
    if problems.is_empty() { Ok(receipt) } else { Err(problems) }
}

#[derive(Template)]
#[template(path = "admin/inventory/receipt.html")]
struct ShowPage {
    desk: Desk,
    receipt: Receipt,
    location: Location,
    lines: Vec<Moved>,
}

impl ShowPage {
    fn units(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.units)).sum()
    }
}

async fn show(desk: Desk, id: web::Path<ReceiptId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let found = app.db.read(move |conn| {
        let receipt = store::goods::receipt(conn, id)?;
        Ok((store::places::find(conn, receipt.location_id)?, store::goods::received(conn, id)?, receipt))
    });
    let (location, lines, receipt) = found.await?;
    private_html(StatusCode::OK, &ShowPage { desk, receipt, location, lines })
}
