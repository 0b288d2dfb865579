use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::ReviewForm,
    model::{Author, Review, ReviewState, Reviewed, Standing},
    ops, store,
};
use crate::{
    base::{Conn, Error, Page, PageRequest, Problems, Result, ReviewId},
    catalog,
    limits::{self, Door},
    web::{Access, Account, App, Customer, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/products/{slug}/reviews/new", Access::SignedIn, new)
        .post("/products/{slug}/reviews", Access::SignedIn, write)
        .get("/account/reviews", Access::SignedIn, list)
        .get("/account/reviews/{id}/deletion", Access::SignedIn, ask_deletion)
        .post("/account/reviews/{id}/deletion", Access::SignedIn, delete);
}

fn author(account: &Account) -> Author {
    let is_acted_for = account.acted_by.is_some();
    Author { account: account.id, is_confirmed: account.confirmed, is_blocked: account.blocked, is_acted_for }
}

#[derive(Template)]
#[template(path = "reviews/form.html")]
struct FormPage {
    shell: Shell,
    product: Reviewed,
    standing: Standing,
    /// What they said before.
    own: Option<Review>,
    form: ReviewForm,
    problems: Problems,
}

impl FormPage {
    /// How many stars, and what that says.
    fn choices(&self) -> [(i16, &'static str); 5] {
        [(5, "Excellent"), (4, "Good"), (3, "Fair"), (2, "Poor"), (1, "Bad")]
    }
}

async fn new(Customer(account): Customer, slug: web::Path<String>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let author = author(&account);
    let (product, standing, own) = app.db.write(move |conn| load(conn, &author, &slug)).await?;
    let form = own.as_ref().map_or_else(|| ReviewForm::of(&account.name), ReviewForm::from);
    let shell = Shell::of(&request).await?;
    private_html(StatusCode::OK, &FormPage { shell, product, standing, own, form, problems: Problems::default() })
}

fn load(conn: &mut Conn, author: &Author, slug: &str) -> Result<(Reviewed, Standing, Option<Review>)> {
    let product = shown(conn, slug)?;
    let (standing, own) = (ops::standing(conn, author, product.id)?, store::own(conn, product.id, author.account)?);
    Ok((product, standing, own))
}

/// # Errors
/// `NotFound` while the shop does not show it.
fn shown(conn: &mut Conn, slug: &str) -> Result<Reviewed> {
    let (product, is_shown) = catalog::product_in_shop(conn, slug)?.ok_or(Error::NotFound)?;
    let catalog::Product { id, slug, title, .. } = product;
    if is_shown { Ok(Reviewed { id, slug, title }) } else { Err(Error::NotFound) }
}

async fn write(
    Customer(account): Customer,
    visitor: Visitor,
    slug: web::Path<String>,
    form: Form<ReviewForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), author, slug) = (form, author(&account), slug.into_inner());
    let written = match form.parse() {
        Ok(said) => {
            limits::knock_at(Door::Review, &visitor, &request).await?;
            let slug = slug.clone();
            let write = move |conn: &mut Conn| {
                let product = shown(conn, &slug)?;
                ops::write(conn, &author, product.id, &said)
            };
            app.db.write(write).await
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match written {
        Ok(state) => see_other_with(&visitor.session, FlashKind::Success, thanks(state), "/account/reviews"),
        Err(error) => {
            let problems = error.into_problems()?;
            let (product, standing, own) = app.db.write(move |conn| load(conn, &author, &slug)).await?;
            // Why they may not write stands on the page already.
            let problems = if standing.may_write() { problems } else { Problems::default() };
            let page = FormPage { shell: Shell::of(&request).await?, product, standing, own, form, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

fn thanks(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Waiting => "Thank you. We read every review before it is shown, usually within a day or two.",
        ReviewState::Published => "Thank you. Your review is on the product’s page.",
        ReviewState::Refused => "Your review is as it was. We do not show it; change it, and we look at it again.",
    }
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

/// Things on the account's page that wait for a word.
const UNREVIEWED: i64 = 12;

#[derive(Template)]
#[template(path = "reviews/account.html")]
struct AccountPage {
    shell: Shell,
    page: Page<(Review, Reviewed)>,
    /// Bought, and nothing is said of them yet.
    unreviewed: Vec<Reviewed>,
    is_confirmed: bool,
}

async fn list(Customer(account): Customer, query: web::Query<Query>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (asked, author) = (PageRequest::new(query.page, 10), author(&account));
    let found =
        app.db.write(move |conn| Ok((store::of_account(conn, author.account, asked)?, ops::unreviewed(conn, &author, UNREVIEWED)?)));
    let (page, unreviewed) = found.await?;
    let page = AccountPage { shell: Shell::of(&request).await?, page, unreviewed, is_confirmed: account.confirmed };
    private_html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "reviews/deletion.html")]
struct DeletionPage {
    shell: Shell,
    review: Review,
    product: Reviewed,
}

async fn ask_deletion(Customer(account): Customer, id: web::Path<ReviewId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (review, product) = app.db.read(move |conn| store::find_own(conn, id, account.id)).await?;
    private_html(StatusCode::OK, &DeletionPage { shell: Shell::of(&request).await?, review, product })
}

async fn delete(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<ReviewId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::remove(conn, id, account.id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "Your review is deleted.", "/account/reviews")
}
