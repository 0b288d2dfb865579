use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Error, LocationId, Page, PageRequest, Permission, Problems, Result, TransferId},
    inventory::{
        forms::GoodsForm,
        model::{Location, Transfer},
        ops::goods::{self, NewTransfer},
        store::{self, goods::Moved},
    },
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/transfers", Permission::StockSee, list)
        .post("/admin/transfers", Permission::StockChange, create)
        .get("/admin/transfers/new", Permission::StockChange, new)
        .get("/admin/transfers/{id}", Permission::StockSee, show);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/inventory/transfers.html")]
struct ListPage {
    desk: Desk,
    locations: Vec<Location>,
    page: Page<(Transfer, i64)>,
}

impl ListPage {
    fn place(&self, id: &LocationId) -> &str {
        self.locations.iter().find(|location| location.id == *id).map_or("", |location| location.name.as_str())
    }

    fn is_possible(&self) -> bool {
        self.locations.iter().filter(|location| location.active).count() > 1
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let found = app.db.read(move |conn| Ok((store::places::all(conn)?, store::goods::transfers(conn, request)?)));
    let (locations, page) = found.await?;
    private_html(StatusCode::OK, &ListPage { desk, locations, page })
}

#[derive(Template)]
#[template(path = "admin/inventory/transfer_form.html")]
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
        Ok(transfer) => app.db.write(move |conn| goods::transfer(conn, &transfer, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match booked {
        Ok(id) => see_other_with(&visitor.session, FlashKind::Success, "The transfer is booked.", &format!("/admin/transfers/{id}")),
        Err(error) => {
            let (problems, locations) = (error.into_problems()?, app.db.read(store::places::all).await?);
            let desk = Desk::of(&request).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, locations, form, problems })
        }
    }
}

fn parse(form: &GoodsForm) -> Result<NewTransfer, Problems> {
    let mut problems = Problems::default();
    let transfer = NewTransfer {
        submission: form.submission(),
        from: form.place("location", &mut problems),
        to: form.place("to", &mut problems),
        reference: form.words("reference", &mut problems),
        lines: form.lines(&mut problems),
    };
    if problems.is_empty() { Ok(transfer) } else { Err(problems) }
}

#[derive(Template)]
#[template(path = "admin/inventory/transfer.html")]
struct ShowPage {
    desk: Desk,
    transfer: Transfer,
    from: Location,
    to: Location,
    lines: Vec<Moved>,
}

impl ShowPage {
    fn units(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.units)).sum()
    }
}

async fn show(desk: Desk, id: web::Path<TransferId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let found = app.db.read(move |conn| {
        let transfer = store::goods::transfer(conn, id)?;
        let (from, to) = (store::places::find(conn, transfer.from_id)?, store::places::find(conn, transfer.to_id)?);
        Ok((transfer, from, to, store::goods::transferred(conn, id)?))
    });
    let (transfer, from, to, lines) = found.await?;
    private_html(StatusCode::OK, &ShowPage { desk, transfer, from, to, lines })
}
