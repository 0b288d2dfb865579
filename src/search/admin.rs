use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::{PinForm, SynonymForm},
    index::SearchIndex,
    model::{Pinned, Searched, SynonymRow},
    ops,
    rules::folded,
    store::{terms, words},
};
use crate::{
    base::{Error, Page, PageRequest, Permission, Problems, Result, SynonymId},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

const PAGE: i64 = 50;

/// Days that the reports look back.
const DAYS: &[i32] = &[7, 30, 90, 365];

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/search", Permission::ContentSee, report)
        .get("/admin/search/synonyms", Permission::ContentSee, synonyms)
        .post("/admin/search/synonyms", Permission::ContentChange, create_synonym)
        .get("/admin/search/synonyms/new", Permission::ContentChange, new_synonym)
        .get("/admin/search/synonyms/{id}", Permission::ContentChange, edit_synonym)
        .post("/admin/search/synonyms/{id}", Permission::ContentChange, update_synonym)
        .post("/admin/search/synonyms/{id}/removal", Permission::ContentChange, remove_synonym)
        .get("/admin/search/pins", Permission::ContentSee, pins)
        .post("/admin/search/pins", Permission::ContentChange, save_pins)
        .get("/admin/search/pins/edit", Permission::ContentChange, edit_pins)
        .post("/admin/search/pins/removal", Permission::ContentChange, remove_pins);
}

#[derive(Deserialize)]
#[serde(default)]
struct ReportQuery {
    show: String,
    days: i32,
    page: Option<i64>,
}

impl Default for ReportQuery {
    fn default() -> Self {
        Self { show: String::new(), days: 30, page: None }
    }
}

#[derive(Template)]
#[template(path = "admin/search/report.html")]
struct ReportPage {
    desk: Desk,
    fruitless: bool,
    days: i32,
    page: Page<Searched>,
    is_ready: bool,
}

impl ReportPage {
    fn choices(&self) -> &'static [i32] {
        DAYS
    }

    fn page_base(&self) -> String {
        format!("/admin/search?show={}&days={}&", if self.fruitless { "not-found" } else { "all" }, self.days)
    }
}

/// The address of the shop's results for a text.
fn results_url(text: &str) -> String {
    format!("/search?{}", serde_urlencoded::to_string([("q", text)]).unwrap_or_default())
}

/// The address where staff say what stands first for a text.
fn pin_url(text: &str) -> String {
    format!("/admin/search/pins/edit?{}", serde_urlencoded::to_string([("q", text)]).unwrap_or_default())
}

async fn report(desk: Desk, query: web::Query<ReportQuery>, app: App, index: web::Data<SearchIndex>) -> Result<HttpResponse> {
    let fruitless = query.show == "not-found";
    let days = *DAYS.iter().find(|days| **days == query.days).unwrap_or(&30);
    let request = PageRequest::new(query.page, PAGE);
    let page = app.db.read(move |conn| terms::list(conn, days, fruitless, request)).await?;
    private_html(StatusCode::OK, &ReportPage { desk, fruitless, days, page, is_ready: index.is_ready() })
}

#[derive(Deserialize)]
struct ListQuery {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/search/synonyms.html")]
struct SynonymsPage {
    desk: Desk,
    page: Page<SynonymRow>,
}

async fn synonyms(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, PAGE);
    let page = app.db.read(move |conn| words::list_synonyms(conn, request)).await?;
    private_html(StatusCode::OK, &SynonymsPage { desk, page })
}

#[derive(Template)]
#[template(path = "admin/search/synonym_form.html")]
struct SynonymPage {
    desk: Desk,
    /// `None` while it is new.
    id: Option<SynonymId>,
    form: SynonymForm,
    problems: Problems,
}

impl SynonymPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/admin/search/synonyms".to_owned(), |id| format!("/admin/search/synonyms/{id}"))
    }
}

#[derive(Deserialize)]
struct WordQuery {
    #[serde(default)]
    q: String,
}

async fn new_synonym(desk: Desk, query: web::Query<WordQuery>) -> Result<HttpResponse> {
    let form = SynonymForm { words: query.into_inner().q, way: "both".to_owned() };
    private_html(StatusCode::OK, &SynonymPage { desk, id: None, form, problems: Problems::default() })
}

async fn edit_synonym(desk: Desk, id: web::Path<SynonymId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let row = app.db.read(move |conn| words::synonym(conn, id)).await?;
    private_html(StatusCode::OK, &SynonymPage { desk, id: Some(id), form: row.into(), problems: Problems::default() })
}

async fn create_synonym(visitor: Visitor, form: Form<SynonymForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    save_synonym(None, visitor, form.0, request, app).await
}

async fn update_synonym(
    visitor: Visitor,
    id: web::Path<SynonymId>,
    form: Form<SynonymForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save_synonym(Some(id.into_inner()), visitor, form.0, request, app).await
}

async fn save_synonym(id: Option<SynonymId>, visitor: Visitor, form: SynonymForm, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = match form.parse() {
        Ok((list, one_way)) => app.db.write(move |conn| ops::save_synonym(conn, id, &list, one_way)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The words are saved.", "/admin/search/synonyms?saved=yes"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &SynonymPage { desk, id, form, problems })
        }
    }
}

async fn remove_synonym(visitor: Visitor, id: web::Path<SynonymId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| words::delete_synonym(conn, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The words are taken out.", "/admin/search/synonyms?removed=yes")
}

#[derive(Template)]
#[template(path = "admin/search/pins.html")]
struct PinsPage {
    desk: Desk,
    page: Page<Pinned>,
}

async fn pins(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, PAGE);
    let page = app.db.read(move |conn| words::list_pins(conn, request)).await?;
    private_html(StatusCode::OK, &PinsPage { desk, page })
}

#[derive(Template)]
#[template(path = "admin/search/pin_form.html")]
struct PinPage {
    desk: Desk,
    form: PinForm,
    /// What stands first today.
    pinned: Option<Pinned>,
    problems: Problems,
}

async fn edit_pins(desk: Desk, query: web::Query<WordQuery>, app: App) -> Result<HttpResponse> {
    let text = folded(&query.q);
    let pinned = app.db.read(move |conn| words::pins_of(conn, text)).await?;
    let form = pinned.clone().into();
    let pinned = Some(pinned).filter(|pinned| !pinned.products.is_empty());
    private_html(StatusCode::OK, &PinPage { desk, form, pinned, problems: Problems::default() })
}

async fn save_pins(visitor: Visitor, form: Form<PinForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let saved = match form.parse() {
        Ok((query, skus)) => app.db.write(move |conn| ops::pin(conn, &query, &skus)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "These products now stand first.", "/admin/search/pins?saved=yes"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &PinPage { desk, form, pinned: None, problems })
        }
    }
}

#[derive(Deserialize)]
struct RemovalForm {
    query: String,
}

async fn remove_pins(visitor: Visitor, form: Form<RemovalForm>, app: App) -> Result<HttpResponse> {
    let query = folded(&form.0.query);
    app.db.write(move |conn| ops::pin(conn, &query, &[])).await?;
    see_other_with(&visitor.session, FlashKind::Success, "Nothing is pinned to this search any more.", "/admin/search/pins?removed=yes")
}
