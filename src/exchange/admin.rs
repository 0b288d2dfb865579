//! Files that come and go by the back office. The owner's: a file can change every price, and one that goes out may hold everybody's
//! address.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, ContentDisposition, DispositionParam, DispositionType},
    },
    web,
};
use askama::Template;
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;

use super::{
    jobs::Exchange,
    model::{Direction, Run, RunState, Subject},
    ops::runs::{self, By},
    report::Report,
    store::runs::{self as courses, Told},
};
use crate::{
    base::{Db, Error, ExchangeId, Page, PageRequest, Permission, Problems, Result, cell},
    web::{Account, App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, receive_file, see_other, see_other_with},
};

const MEGABYTE: u64 = 1_000_000;

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/exchange", Permission::ExchangeImport, list)
        .post("/admin/exchange/imports", Permission::ExchangeImport, upload)
        .post("/admin/exchange/exports", Permission::ExchangeExport, order_export)
        .post("/admin/exchange/limit", Permission::ExchangeImport, set_limit)
        .get("/admin/exchange/{id}", Permission::ExchangeImport, show)
        .post("/admin/exchange/{id}/confirmation", Permission::ExchangeImport, confirm)
        .post("/admin/exchange/{id}/cancellation", Permission::ExchangeImport, cancel)
        .post("/admin/exchange/{id}/resumption", Permission::ExchangeImport, go_on)
        .get("/admin/exchange/{id}/problems.csv", Permission::ExchangeImport, problems_file)
        .get("/admin/exchange/{id}/file", Permission::ExchangeExport, file);
}

/// Whoever may export may carry away what names nobody; what names customers takes the right to that as well.
fn may_carry(staff: &Account, subject: Subject) -> bool {
    !subject.names_people() || staff.may(Permission::CustomersExport)
}

fn by(owner: &Account) -> By {
    By { account: owner.id, name: owner.name.clone() }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct PageQuery {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/exchange/list.html")]
struct ListPage {
    desk: Desk,
    page: Page<Run>,
    stuck: HashMap<ExchangeId, String>,
    megabytes: String,
    problems: Problems,
}

impl ListPage {
    /// What this person may write out.
    fn subjects(&self) -> Vec<Subject> {
        Subject::ALL.iter().copied().filter(|subject| may_carry(&self.desk.staff, *subject)).collect()
    }

    fn is_stuck(&self, run: &Run) -> bool {
        run.state.is_moving() && self.stuck.contains_key(&run.id)
    }
}

async fn list(desk: Desk, query: web::Query<PageQuery>, app: App) -> Result<HttpResponse> {
    show_list(StatusCode::OK, desk, query.page, None, Problems::default(), &app).await
}

async fn show_list(
    status: StatusCode,
    desk: Desk,
    page: Option<i64>,
    typed: Option<String>,
    problems: Problems,
    app: &App,
) -> Result<HttpResponse> {
    let request = PageRequest::new(page, 25);
    let read = app.db.read(move |conn| Ok((courses::list(conn, request)?, courses::limit(conn)?, runs::stuck(conn)?)));
    let (page, limit, stuck) = read.await?;
    private_html(status, &ListPage { desk, page, stuck, megabytes: typed.unwrap_or_else(|| limit.to_string()), problems })
}

/// The file goes to disk as it comes; then a worker looks it through.
async fn upload(
    Staff(owner): Staff,
    request: HttpRequest,
    payload: web::Payload,
    services: web::Data<Exchange>,
    app: App,
) -> Result<HttpResponse> {
    let (id, limit) = (ExchangeId::new(), app.db.read(courses::limit).await?);
    let most = u64::try_from(limit).unwrap_or(0) * MEGABYTE;
    tokio::fs::create_dir_all(&services.folder).await.map_err(|error| Error::Internal(error.into()))?;
    let path = runs::desk_of(&services.folder, id);
    let received = receive_file(&request, payload.into_inner(), &path, most).await;
    let taken = match received {
        Ok(Some(file)) => runs::receive(&services, id, &file.name, &by(&owner)).await,
        Ok(None) => Err(Error::invalid("file", "Choose a file first")),
        Err(Error::TooLarge) => {
            Err(Error::invalid("file", format!("The file is larger than {limit} MB. Raise the limit below, or split it")))
        }
        Err(error) => Err(error),
    };
    if let Err(error) = taken {
        let _ = tokio::fs::remove_file(&path).await;
        let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
        return show_list(StatusCode::UNPROCESSABLE_ENTITY, desk, None, None, problems, &app).await;
    }
    Ok(see_other(&format!("/admin/exchange/{id}")))
}

#[derive(Deserialize)]
struct ExportForm {
    subject: String,
}

async fn order_export(Staff(owner): Staff, form: Form<ExportForm>, app: App) -> Result<HttpResponse> {
    let subject: Subject = form.0.subject.parse().map_err(|_| Error::invalid("subject", "Choose what to write out"))?;
    if !may_carry(&owner, subject) {
        return Err(Error::Forbidden);
    }
    let by = by(&owner);
    let id = app.db.write(move |conn| runs::order_export(conn, subject, &by)).await?;
    Ok(see_other(&format!("/admin/exchange/{id}")))
}

#[derive(Deserialize)]
struct LimitForm {
    #[serde(default)]
    megabytes: String,
}

async fn set_limit(visitor: Visitor, form: Form<LimitForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let typed = form.0.megabytes;
    let saved = match typed.trim().parse::<i32>() {
        Ok(megabytes) => app.db.write(move |conn| courses::set_limit(conn, megabytes)).await,
        Err(_) => Err(Error::invalid("megabytes", "Enter a number from 1 to 10240")),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The limit is saved.", "/admin/exchange?saved=yes"),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            show_list(StatusCode::UNPROCESSABLE_ENTITY, desk, None, Some(typed), problems, &app).await
        }
    }
}

#[derive(Template)]
#[template(path = "admin/exchange/show.html")]
struct ShowPage {
    desk: Desk,
    run: Run,
    counts: Report,
    told: Page<Told>,
    has_file: bool,
    /// Nobody tries it any more; what it failed of last.
    stuck: Option<String>,
}

impl ShowPage {
    fn is(&self, state: &str) -> bool {
        self.run.state.as_str() == state
    }

    fn is_import(&self) -> bool {
        self.run.direction == Direction::In
    }

    fn may_fetch(&self) -> bool {
        self.desk.may(Permission::ExchangeExport) && may_carry(&self.desk.staff, self.run.subject)
    }

    fn is_of_products(&self) -> bool {
        self.run.subject == Subject::Products
    }

    /// How far it is, in what the file is made of.
    fn so_far(&self) -> String {
        let noun = match self.run.subject {
            Subject::Products => "product",
            Subject::Orders => "order",
            _ => "row",
        };
        format!("{} {noun}{}", self.run.position, if self.run.position == 1 { "" } else { "s" })
    }

    fn what_stays(&self) -> &'static str {
        match self.run.subject {
            Subject::Products => {
                "What the file doesn't say stays as it is. Products that are not in it stay too. Each product that changes keeps in its history what it was, and how to take the change back."
            }
            Subject::Stock => "Units are set to what the file says. Variants and locations that are not in it stay as they are.",
            Subject::Redirects => "Redirects that are not in the file stay.",
            Subject::Customers => {
                "New customers come without a password, so they can't sign in, and can't sign up with the same address either; they order as guests. Customers that are not in the file stay as they are."
            }
            Subject::Orders => {
                "They come in as records: no stock is touched, nothing is charged, and nobody is mailed. Orders that the shop has stay as they are."
            }
        }
    }

    fn page_base(&self) -> String {
        format!("/admin/exchange/{}?", self.run.id)
    }
}

async fn show(
    desk: Desk,
    id: web::Path<ExchangeId>,
    query: web::Query<PageQuery>,
    services: web::Data<Exchange>,
    app: App,
) -> Result<HttpResponse> {
    let (id, request) = (id.into_inner(), PageRequest::new(query.page, 50));
    let read = app.db.read(move |conn| Ok((courses::find(conn, id)?, courses::problems(conn, id, request)?, runs::stuck(conn)?)));
    let (run, told, mut stuck) = read.await?;
    let stuck = stuck.remove(&id).filter(|_| run.state.is_moving());
    let is_out = run.direction == Direction::Out && run.state == RunState::Done;
    let has_file = is_out && !run.has_expired() && services.media.has_file(&runs::name_of(id)).await?;
    private_html(StatusCode::OK, &ShowPage { desk, counts: run.counts(), run, told, has_file, stuck })
}

#[derive(Deserialize)]
struct ConfirmForm {
    fetch_images: Option<String>,
}

async fn confirm(visitor: Visitor, id: web::Path<ExchangeId>, form: Form<ConfirmForm>, app: App) -> Result<HttpResponse> {
    let (id, fetch) = (id.into_inner(), form.0.fetch_images.is_some());
    app.db.write(move |conn| runs::confirm(conn, id, fetch)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The import has begun.", &format!("/admin/exchange/{id}"))
}

async fn cancel(visitor: Visitor, id: web::Path<ExchangeId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (kind, said) = match app.db.write(move |conn| runs::cancel(conn, id)).await? {
        true => (FlashKind::Success, "It is cancelled. What was done till then stays."),
        false => (FlashKind::Error, "It had ended already."),
    };
    see_other_with(&visitor.session, kind, said, &format!("/admin/exchange/{id}"))
}

async fn go_on(visitor: Visitor, id: web::Path<ExchangeId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (kind, said) = match app.db.write(move |conn| runs::go_on(conn, id)).await? {
        true => (FlashKind::Success, "It is tried again now."),
        false => (FlashKind::Error, "It is at work already, or has ended."),
    };
    see_other_with(&visitor.session, kind, said, &format!("/admin/exchange/{id}"))
}

/// What was told of rows, as a file, page by page.
async fn problems_file(id: web::Path<ExchangeId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.read(move |conn| courses::find(conn, id)).await?;
    let rows = stream::try_unfold((app.db.clone(), 1), move |(db, page)| async move {
        let text = problems_page(&db, id, page).await?;
        Ok::<_, Error>(text.map(|text| (text, (db, page + 1))))
    });
    let name = attachment(format!("problems-{id}.csv"));
    let mut response = HttpResponse::Ok();
    Ok(response.content_type("text/csv; charset=utf-8").insert_header((CACHE_CONTROL, "no-store")).insert_header(name).streaming(rows))
}

async fn problems_page(db: &Db, id: ExchangeId, page: i64) -> Result<Option<Bytes>> {
    let told = db.read(move |conn| courses::problems(conn, id, PageRequest::new(Some(page), 1000))).await?;
    if told.items.is_empty() && page > 1 {
        return Ok(None);
    }
    let mut csv = csv::Writer::from_writer(vec![]);
    let broken = |error: csv::Error| Error::Internal(error.into());
    if page == 1 {
        csv.write_record(["Row", "Kind", "Message"]).map_err(broken)?;
    }
    for told in &told.items {
        let kind = if told.is_note { "note" } else { "problem" };
        csv.write_record([&told.line.to_string(), kind, &cell(&told.message)]).map_err(broken)?;
    }
    Ok(Some(csv.into_inner().map_err(|error| Error::internal(error.to_string()))?.into()))
}

/// What was written out, until it expires.
async fn file(Staff(staff): Staff, id: web::Path<ExchangeId>, services: web::Data<Exchange>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let run = app.db.read(move |conn| courses::find(conn, id)).await?;
    if !may_carry(&staff, run.subject) {
        return Err(Error::Forbidden);
    }
    if run.direction != Direction::Out || run.state != RunState::Done || run.has_expired() {
        return Err(Error::NotFound);
    }
    let (bytes, chunks) = services.media.open_file(&runs::name_of(id)).await?;
    let name = attachment(format!("{}-{}.csv", run.subject, run.created_at.format("%Y-%m-%d")));
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8").insert_header((CACHE_CONTROL, "no-store")).insert_header(name);
    Ok(response.body(SizedStream::new(bytes, chunks)))
}

fn attachment(name: String) -> ContentDisposition {
    ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![DispositionParam::Filename(name)] }
}
