use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    },
    web,
};
use askama::Template;

use super::{
    forms::ErasureForm,
    model::{Erasure, Format, Hindrances, Person},
    ops::{self, Standing},
    rules, store,
};
use crate::{
    base::{Error, ExportId, Problems, Result},
    web::{Access, Account, App, Customer, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/account/data", Access::SignedIn, show)
        .post("/account/data/exports", Access::Proved, ask_export)
        .get("/account/data/exports/{file}", Access::Proved, download)
        .get("/account/data/erasure", Access::Proved, erasure)
        .post("/account/data/erasure", Access::Proved, ask_erasure)
        .post("/account/data/erasure/withdrawal", Access::SignedIn, withdraw);
}

fn person(account: &Account) -> Person {
    Person { account: Some(account.id), email: account.email.clone() }
}

#[derive(Template)]
#[template(path = "privacy/data.html")]
struct DataPage {
    shell: Shell,
    standing: Standing,
}

async fn show(shell: Shell, Customer(account): Customer, app: App) -> Result<HttpResponse> {
    let standing = app.db.read(move |conn| ops::standing(conn, account.id)).await?;
    private_html(StatusCode::OK, &DataPage { shell, standing })
}

async fn ask_export(Customer(account): Customer, visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    app.db.write(move |conn| ops::ask_export(conn, account.id)).await?;
    let words = "We are putting your copy together. A mail tells you when it is here.";
    see_other_with(&visitor.session, FlashKind::Success, words, "/account/data?asked=yes")
}

/// `{id}.json` or `{id}.html`, as an attachment: nothing in it is shown as a page of the shop.
async fn download(Customer(account): Customer, file: web::Path<String>, app: App) -> Result<HttpResponse> {
    let (id, suffix) = file.split_once('.').ok_or(Error::NotFound)?;
    let id: ExportId = id.parse().map_err(|_| Error::NotFound)?;
    let (format, kind) = match suffix {
        "json" => (Format::Json, "application/json"),
        "html" => (Format::Html, "text/html; charset=utf-8"),
        _ => return Err(Error::NotFound),
    };
    let text = app.db.read(move |conn| store::find_export(conn, account.id, id, format)).await?;
    let name = format!("attachment; filename=\"my-data.{suffix}\"");
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(text))
}

#[derive(Template)]
#[template(path = "privacy/erasure.html")]
struct ErasurePage {
    shell: Shell,
    hindrances: Hindrances,
    asked: Option<Erasure>,
    days: i32,
    form: ErasureForm,
    problems: Problems,
}

async fn erasure(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    render(StatusCode::OK, &account, ErasureForm::default(), Problems::default(), &request, &app).await
}

async fn render(
    status: StatusCode,
    account: &Account,
    form: ErasureForm,
    problems: Problems,
    request: &HttpRequest,
    app: &App,
) -> Result<HttpResponse> {
    let (person, id) = (person(account), account.id);
    let (hindrances, asked) = app.db.read(move |conn| Ok((ops::hindrances(conn, &person)?, store::open_of(conn, id)?))).await?;
    let shell = Shell::of(request).await?;
    private_html(status, &ErasurePage { shell, hindrances, asked, days: rules::DAYS_TO_WITHDRAW, form, problems })
}

async fn ask_erasure(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<ErasureForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), who, site) = (form, person(&account), app.absolute(""));
    let gives_up = form.gives_up_credit.is_some();
    match app.db.write(move |conn| ops::ask_erasure(conn, &who, gives_up, "customer", &site)).await {
        Ok(()) => {
            let words = "Your data will be erased. A mail says on which day; until then you can take it back here.";
            see_other_with(&visitor.session, FlashKind::Success, words, "/account/data?asked=yes")
        }
        Err(error) => render(StatusCode::UNPROCESSABLE_ENTITY, &account, form, error.into_problems()?, &request, &app).await,
    }
}

async fn withdraw(Customer(account): Customer, visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let open = app.db.read(move |conn| store::open_of(conn, account.id)).await?.ok_or(Error::NotFound)?;
    app.db.write(move |conn| ops::withdraw(conn, open.id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "Your account stays, with all that is in it.", "/account/data?kept=yes")
}
