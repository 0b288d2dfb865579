use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    forms::AlertForm,
    model::{Kind, NewAlert, Thing, Waiting},
    ops, store,
};
use crate::{
    accounts,
    base::{AccountId, AlertId, Conn, Error, Problems, Result, VariantId},
    limits::{self, Door},
    pricing,
    web::{Access, App, Customer, Doors, FlashKind, Form, MailedToken, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/account/alerts", Access::SignedIn, list)
        .post("/account/alerts", Access::SignedIn, create)
        .get("/account/alerts/new/{kind}/{variant}", Access::SignedIn, new)
        .post("/account/alerts/{id}/removal", Access::SignedIn, remove)
        .get("/alerts/end", Access::Anybody, ask_end)
        // Mail programs post here by one click (RFC 8058), without a page of ours: the link's token is what they prove.
        .post("/alerts/end", Access::OwnKey, end);
}

#[derive(Template)]
#[template(path = "alerts/list.html")]
struct ListPage {
    shell: Shell,
    waiting: Vec<Waiting>,
}

async fn list(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let waiting = app.db.read(move |conn| ops::waiting(conn, account.id)).await?;
    private_html(StatusCode::OK, &ListPage { shell: Shell::of(&request).await?, waiting })
}

#[derive(Template)]
#[template(path = "alerts/new.html")]
struct NewPage {
    shell: Shell,
    email: String,
    is_confirmed: bool,
    kind: Kind,
    thing: Thing,
    /// As it was typed.
    below: String,
    problems: Problems,
}

impl NewPage {
    fn is_price(&self) -> bool {
        self.kind == Kind::Price
    }
}

/// The thing as this visitor finds it, and whether their address is confirmed.
async fn look(visitor: &Visitor, account: AccountId, variant: VariantId, app: &App) -> Result<(Thing, bool)> {
    let chosen = visitor.session.currency();
    let look = move |conn: &mut Conn| {
        let currency = pricing::currency_of(conn, chosen.as_deref())?;
        Ok((ops::thing(conn, account, variant, currency)?, accounts::is_confirmed(conn, account)?))
    };
    app.db.read(look).await
}

async fn new(
    Customer(account): Customer,
    visitor: Visitor,
    path: web::Path<(String, VariantId)>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (kind, variant) = path.into_inner();
    let kind: Kind = kind.parse().map_err(|_| Error::NotFound)?;
    let (thing, is_confirmed) = look(&visitor, account.id, variant, &app).await?;
    let below = thing.price.map(|price| price.plain()).unwrap_or_default();
    let (shell, problems) = (Shell::of(&request).await?, Problems::default());
    private_html(StatusCode::OK, &NewPage { shell, email: account.email, is_confirmed, kind, thing, below, problems })
}

async fn create(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<AlertForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    limits::knock_at(Door::Alert, &visitor, &request).await?;
    let (Form(form), id) = (form, account.id);
    let (thing, is_confirmed) = look(&visitor, id, form.variant, &app).await?;
    let variant = form.variant;
    let asked = match form.parse(thing.price) {
        Ok(below) => app.db.write(move |conn| ops::ask(conn, &NewAlert { account: id, variant, below })).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match asked {
        Ok(()) => {
            let said = format!("We write to {} once, when it is so.", account.email);
            see_other_with(&visitor.session, FlashKind::Success, &said, "/account/alerts?saved=yes")
        }
        Err(error) => {
            let (problems, shell) = (error.into_problems()?, Shell::of(&request).await?);
            let AlertForm { kind, below, .. } = form;
            let page = NewPage { shell, email: account.email, is_confirmed, kind, thing, below, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn remove(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<AlertId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| store::remove(conn, account.id, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "We don’t write to you about it.", "/account/alerts")
}

#[derive(Template)]
#[template(path = "alerts/end.html")]
struct EndPage {
    shell: Shell,
    /// `None`: ended. Else whether the link is one of ours.
    asks: Option<bool>,
}

/// Changes nothing: mail programs look into links by themselves.
async fn ask_end(MailedToken(token): MailedToken, shell: Shell, app: App) -> Result<HttpResponse> {
    let is_link = app.db.read(move |conn| ops::is_link(conn, &token)).await?;
    let status = if is_link { StatusCode::OK } else { StatusCode::NOT_FOUND };
    private_html(status, &EndPage { shell, asks: Some(is_link) })
}

/// Answers with a page and not by leading to one: who comes from a mail program has no session that could carry a message. Says the
/// same for links that are none.
async fn end(MailedToken(token): MailedToken, request: HttpRequest, app: App) -> Result<HttpResponse> {
    app.db.write(move |conn| ops::end_by_link(conn, &token)).await?;
    private_html(StatusCode::OK, &EndPage { shell: Shell::of(&request).await?, asks: None })
}
