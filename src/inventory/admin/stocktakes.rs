use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Error, LocationId, Page, PageRequest, Permission, Problems, Result, StocktakeId},
    catalog::{self, CategoryTree},
    inventory::{
        forms::{CountsForm, SkuForm, StocktakeForm},
        model::{Location, Stocktake},
        ops::stocktakes as verbs,
        store::{
            self,
            stocktakes::{Line, Progress},
        },
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/stocktakes", Permission::StockSee, list)
        .post("/admin/stocktakes", Permission::StockChange, start)
        .get("/admin/stocktakes/{id}", Permission::StockSee, show)
        .post("/admin/stocktakes/{id}/counts", Permission::StockChange, enter)
        .post("/admin/stocktakes/{id}/lines", Permission::StockChange, add_line)
        .get("/admin/stocktakes/{id}/sheet", Permission::StockSee, sheet)
        .get("/admin/stocktakes/{id}/differences", Permission::StockSee, differences)
        .post("/admin/stocktakes/{id}/booking", Permission::StockChange, book)
        .get("/admin/stocktakes/{id}/abandonment", Permission::StockChange, ask_abandon)
        .post("/admin/stocktakes/{id}/abandonment", Permission::StockChange, abandon);
}

/// Lines on a page: a form of them stays far below what a form may hold.
const LINES: i64 = 50;

/// Lines on a sheet of paper list; a longer one is printed in parts.
const SHEET: i64 = 500;

#[derive(Clone, Copy, Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/inventory/stocktakes.html")]
struct ListPage {
    desk: Desk,
    locations: Vec<Location>,
    categories: Vec<CategoryTree>,
    page: Page<Stocktake>,
    form: StocktakeForm,
    problems: Problems,
}

impl ListPage {
    fn place(&self, id: &LocationId) -> &str {
        self.locations.iter().find(|location| location.id == *id).map_or("", |location| location.name.as_str())
    }

    fn is_chosen(&self, location: &Location) -> bool {
        self.form.location == location.id.to_string()
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let page = list_page(desk, &app, query.page, StocktakeForm::default(), Problems::default()).await?;
    private_html(StatusCode::OK, &page)
}

async fn list_page(desk: Desk, app: &App, page: Option<i64>, form: StocktakeForm, problems: Problems) -> Result<ListPage> {
    let request = PageRequest::new(page, 50);
    let found =
        app.db.read(move |conn| Ok((store::places::all(conn)?, catalog::category_tree(conn)?, store::stocktakes::list(conn, request)?)));
    let (locations, categories, page) = found.await?;
    Ok(ListPage { desk, locations, categories, page, form, problems })
}

async fn start(Staff(staff): Staff, visitor: Visitor, form: Form<StocktakeForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let started = match form.parse() {
        Ok((location, category)) => {
            let write = app.db.write(move |conn| {
                let scope = match category {
                    Some(category) => category_name(conn, category)?,
                    None => "Everything".to_owned(),
                };
                verbs::start(conn, location, category, &scope, &staff.name)
            });
            write.await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match started {
        Ok(id) => see_other_with(&visitor.session, FlashKind::Success, "The stocktake is open.", &format!("/admin/stocktakes/{id}")),
        Err(error) => {
            let page = list_page(Desk::of(&request).await?, &app, None, form, error.into_problems()?).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

fn category_name(conn: &mut Conn, id: crate::base::CategoryId) -> Result<String> {
    let tree = catalog::category_tree(conn)?;
    let mut all = tree.into_iter().flat_map(|top| {
        let above = top.category.name.clone();
        let below = top.children.into_iter().map(move |child| (child.id, format!("{above} › {}", child.name)));
        std::iter::once((top.category.id, top.category.name)).chain(below).collect::<Vec<_>>()
    });
    all.find(|(known, _)| *known == id)
        .map(|(_, name)| name)
        .ok_or_else(|| Error::invalid("category", "This category is gone. Choose another"))
}

/// What all pages of one stocktake tell.
struct Head {
    stocktake: Stocktake,
    location: Location,
    progress: Progress,
}

fn head(conn: &mut Conn, id: StocktakeId) -> Result<Head> {
    let stocktake = store::stocktakes::find(conn, id)?;
    Ok(Head { location: store::places::find(conn, stocktake.location_id)?, progress: store::stocktakes::progress(conn, id)?, stocktake })
}

#[derive(Template)]
#[template(path = "admin/inventory/stocktake.html")]
struct ShowPage {
    desk: Desk,
    head: Head,
    page: Page<Line>,
    form: CountsForm,
    sku: String,
    problems: Problems,
}

impl ShowPage {
    /// What stands in the line's field.
    fn typed(&self, line: &Line) -> String {
        let counted = || line.counted.map(|counted| counted.to_string()).unwrap_or_default();
        self.form.typed_for(line.variant_id).map_or_else(counted, str::to_owned)
    }

    fn problem(&self, line: &Line) -> Option<&str> {
        self.problems.on(&format!("counted-{}", line.variant_id))
    }
}

async fn show(desk: Desk, id: web::Path<StocktakeId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let page = show_page(desk, &app, id.into_inner(), query.page, CountsForm::default(), Problems::default()).await?;
    private_html(StatusCode::OK, &page)
}

async fn show_page(desk: Desk, app: &App, id: StocktakeId, page: Option<i64>, form: CountsForm, problems: Problems) -> Result<ShowPage> {
    let request = PageRequest::new(page, LINES);
    let (head, page) = app.db.read(move |conn| Ok((head(conn, id)?, store::stocktakes::lines(conn, id, request)?))).await?;
    Ok(ShowPage { desk, head, page, form, sku: String::new(), problems })
}

async fn enter(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<StocktakeId>,
    form: Form<CountsForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let entered = match form.parse() {
        Ok(counts) => app.db.write(move |conn| verbs::enter(conn, id, &counts, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let number = form.page.unwrap_or(1);
    match entered {
        Ok(changed) => {
            let words = if changed == 1 { "1 count is saved.".to_owned() } else { format!("{changed} counts are saved.") };
            see_other_with(&visitor.session, FlashKind::Success, &words, &format!("/admin/stocktakes/{id}?page={number}"))
        }
        Err(error) => {
            let problems = error.into_problems()?;
            let page = show_page(Desk::of(&request).await?, &app, id, Some(number), form, problems).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn add_line(
    visitor: Visitor,
    id: web::Path<StocktakeId>,
    form: Form<SkuForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(SkuForm { sku })) = (id.into_inner(), form);
    let wanted = sku.clone();
    match app.db.write(move |conn| verbs::add_line(conn, id, &wanted)).await {
        Ok(()) => {
            see_other_with(&visitor.session, FlashKind::Success, "It is on the list now.", &format!("/admin/stocktakes/{id}?added=yes"))
        }
        Err(error) => {
            let problems = error.into_problems()?;
            let mut page = show_page(Desk::of(&request).await?, &app, id, None, CountsForm::default(), problems).await?;
            page.sku = sku;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/inventory/stocktake_sheet.html")]
struct SheetPage {
    desk: Desk,
    head: Head,
    page: Page<Line>,
}

async fn sheet(desk: Desk, id: web::Path<StocktakeId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (id, request) = (id.into_inner(), PageRequest::new(query.page, SHEET));
    let (head, page) = app.db.read(move |conn| Ok((head(conn, id)?, store::stocktakes::lines(conn, id, request)?))).await?;
    private_html(StatusCode::OK, &SheetPage { desk, head, page })
}

#[derive(Template)]
#[template(path = "admin/inventory/stocktake_differences.html")]
struct DifferencesPage {
    desk: Desk,
    head: Head,
    page: Page<Line>,
    problems: Problems,
}

impl DifferencesPage {
    fn uncounted(&self) -> i64 {
        self.head.progress.lines - self.head.progress.counted
    }
}

async fn differences(desk: Desk, id: web::Path<StocktakeId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let page = differences_page(desk, &app, id.into_inner(), query.page, Problems::default()).await?;
    private_html(StatusCode::OK, &page)
}

async fn differences_page(desk: Desk, app: &App, id: StocktakeId, page: Option<i64>, problems: Problems) -> Result<DifferencesPage> {
    let request = PageRequest::new(page, LINES);
    let (head, page) = app.db.read(move |conn| Ok((head(conn, id)?, store::stocktakes::differences(conn, id, request)?))).await?;
    Ok(DifferencesPage { desk, head, page, problems })
}

async fn book(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<StocktakeId>,
    _form: Form<NoFields>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| verbs::book_all(conn, id, &staff.name)).await {
        Ok(()) => see_other_with(
            &visitor.session,
            FlashKind::Success,
            "The differences are booked.",
            &format!("/admin/stocktakes/{id}?booked=yes"),
        ),
        Err(error) => {
            let problems = error.into_problems()?;
            let page = differences_page(Desk::of(&request).await?, &app, id, None, problems).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "admin/inventory/stocktake_abandonment.html")]
struct AbandonPage {
    desk: Desk,
    head: Head,
}

async fn ask_abandon(desk: Desk, id: web::Path<StocktakeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let head = app.db.read(move |conn| head(conn, id)).await?;
    private_html(StatusCode::OK, &AbandonPage { desk, head })
}

async fn abandon(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<StocktakeId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| verbs::abandon(conn, id, &staff.name)).await {
        Ok(()) => see_other_with(
            &visitor.session,
            FlashKind::Success,
            "The stocktake is abandoned. Nothing was booked.",
            "/admin/stocktakes?saved=yes",
        ),
        Err(Error::Conflict(reason)) => see_other_with(&visitor.session, FlashKind::Error, &reason, &format!("/admin/stocktakes/{id}")),
        Err(error) => Err(error),
    }
}
