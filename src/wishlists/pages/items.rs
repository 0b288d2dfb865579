//! Things on a list: put there, noted beside, moved, taken off.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Error, Page, PageRequest, Problems, ProductId, Result, VariantId, WishlistId, WishlistItemId},
    cart::Whose,
    limits::{self, Door, Who},
    quote::{Looker, TaxNote},
    web::{Access, App, Customer, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other, see_other_with},
    wishlists::{
        forms::{ItemForm, NoteForm},
        model::{MOST_LISTS, Put, Wished, Wishlist},
        ops, store,
    },
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/wishlists/items", Access::Anybody, put)
        .get("/account/wishlists/adding/{product}", Access::SignedIn, ask)
        .get("/account/wishlists/adding/{product}/{variant}", Access::SignedIn, ask_chosen)
        .get("/account/wishlists/{id}", Access::SignedIn, show)
        .post("/account/wishlists/{id}/items/{item}", Access::SignedIn, note)
        .post("/account/wishlists/{id}/items/{item}/removal", Access::SignedIn, remove)
        .post("/account/wishlists/{id}/items/{item}/cart", Access::SignedIn, to_cart);
}

/// Things on one page of a list.
const PAGE: i64 = 20;

/// From a product's page, which is the same for everybody: who is not signed in signs in first and then finds what they meant.
async fn put(visitor: Visitor, form: Form<ItemForm>, app: App) -> Result<HttpResponse> {
    let ItemForm { product, variant, list } = form.0;
    let Some(account) = visitor.account.as_ref().map(|account| account.id) else {
        let back = variant
            .map_or(format!("/account/wishlists/adding/{product}"), |variant| format!("/account/wishlists/adding/{product}/{variant}"));
        let query = serde_urlencoded::to_string([("return_to", back)]).map_err(|error| Error::Internal(error.into()))?;
        return Ok(see_other(&format!("/sign-in?{query}")));
    };
    // By the account alone: many people of one house may wish for much.
    limits::ask(&app.db, &Door::Wishlist.by_person(), &Who::account(account)).await?;
    match app.db.write(move |conn| ops::put(conn, account, list, product, variant)).await {
        Ok(Put { list, title, is_new, back }) => {
            let words = if is_new {
                format!("{title} is on your list “{}”.", list.name)
            } else {
                format!("{title} was on your list “{}” already.", list.name)
            };
            see_other_with(&visitor.session, FlashKind::Success, &words, &back)
        }
        Err(error) => refused(&visitor, error, "/account/wishlists"),
    }
}

/// Goes to `back` with the problem in words.
fn refused(visitor: &Visitor, error: Error, back: &str) -> Result<HttpResponse> {
    let problems = error.into_problems()?;
    let message = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
    see_other_with(&visitor.session, FlashKind::Error, &message, back)
}

#[derive(Template)]
#[template(path = "wishlists/adding.html")]
struct AddingPage {
    shell: Shell,
    product: ProductId,
    variant: Option<VariantId>,
    title: String,
    /// What was chosen, in words.
    choice: String,
    url: String,
    lists: Vec<(Wishlist, i64)>,
}

async fn ask(customer: Customer, product: web::Path<ProductId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    adding(customer, product.into_inner(), None, &request, &app).await
}

async fn ask_chosen(customer: Customer, path: web::Path<(ProductId, VariantId)>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (product, variant) = path.into_inner();
    adding(customer, product, Some(variant), &request, &app).await
}

async fn adding(
    Customer(account): Customer,
    product: ProductId,
    variant: Option<VariantId>,
    request: &HttpRequest,
    app: &App,
) -> Result<HttpResponse> {
    let found = app.db.read(move |conn| Ok((ops::choice(conn, product, variant)?, store::of_account(conn, account.id)?)));
    let ((of, chosen), lists) = found.await?;
    let choice = chosen.map(|item| item.variant.label()).unwrap_or_default();
    let page = AddingPage { shell: Shell::of(request).await?, product, variant, url: of.url(), title: of.title, choice, lists };
    private_html(StatusCode::OK, &page)
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "wishlists/show.html")]
struct ShowPage {
    shell: Shell,
    list: Wishlist,
    /// All of them, to move a thing to another.
    lists: Vec<(Wishlist, i64)>,
    page: Page<Wished>,
    tax_note: TaxNote,
    /// Where others see it.
    link: Option<String>,
    /// The note that was refused, as it was typed.
    typed: Option<(WishlistItemId, String)>,
    problems: Problems,
}

impl ShowPage {
    fn page_base(&self) -> String {
        format!("{}?", self.list.path())
    }

    /// What stands in the field: the refused answer, or the note.
    fn note_of(&self, wished: &Wished) -> String {
        let typed = self.typed.as_ref().filter(|(of, _)| *of == wished.item.id);
        typed.map_or(&wished.item.note, |(_, text)| text).clone()
    }

    fn problem_of(&self, wished: &Wished) -> Option<&str> {
        self.problems.on(&field_of(wished.item.id))
    }

    fn others(&self) -> impl Iterator<Item = &Wishlist> {
        self.lists.iter().map(|(list, _)| list).filter(|list| list.id != self.list.id).take(MOST_LISTS)
    }
}

fn field_of(item: WishlistItemId) -> String {
    format!("note-{item}")
}

/// What is refused on the page, with what was typed.
#[derive(Default)]
struct Refused {
    typed: Option<(WishlistItemId, String)>,
    problems: Problems,
}

async fn show(
    customer: Customer,
    id: web::Path<WishlistId>,
    query: web::Query<Query>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let page = load(customer, id.into_inner(), query.page, &request, &app, Refused::default()).await?;
    private_html(StatusCode::OK, &page)
}

async fn load(
    Customer(account): Customer,
    id: WishlistId,
    number: Option<i64>,
    request: &HttpRequest,
    app: &App,
    refused: Refused,
) -> Result<ShowPage> {
    let shell = Shell::of(request).await?;
    let looker = Looker::of(&shell);
    let found = app.db.read(move |conn| {
        let (list, terms) = (store::find(conn, id, account.id)?, looker.terms(conn)?);
        let page = ops::look(conn, list.id, &terms, PageRequest::new(number, PAGE))?;
        Ok((list, store::of_account(conn, account.id)?, page, terms.tax_note()))
    });
    let (list, lists, page, tax_note) = found.await?;
    let link = ops::token(&app.keys, &list).map(|token| app.absolute(&format!("/wishlists/{token}")));
    let Refused { typed, problems } = refused;
    Ok(ShowPage { shell, list, lists, page, tax_note, link, typed, problems })
}

type ItemPath = web::Path<(WishlistId, WishlistItemId)>;

async fn note(
    customer: Customer,
    visitor: Visitor,
    path: ItemPath,
    form: Form<NoteForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let ((id, item), Form(form), account) = (path.into_inner(), form, customer.0.id);
    let (field, to) = (field_of(item), form.list);
    let saved = match form.parse(&field) {
        Ok(text) => app.db.write(move |conn| ops::note(conn, account, id, item, &text, to)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => {
            let words = if to.is_some_and(|to| to != id) { "It is on the other list." } else { "The note is saved." };
            see_other_with(&visitor.session, FlashKind::Success, words, &format!("/account/wishlists/{id}?saved=yes"))
        }
        Err(error) => {
            let messages = error.into_problems()?.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join(" ");
            let refused = Refused { typed: Some((item, form.note)), problems: Problems::of(&field, messages) };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &load(customer, id, None, &request, &app, refused).await?)
        }
    }
}

async fn remove(Customer(account): Customer, visitor: Visitor, path: ItemPath, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, item) = path.into_inner();
    app.db.write(move |conn| ops::remove(conn, account.id, id, item)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "It is off the list.", &format!("/account/wishlists/{id}?removed=yes"))
}

async fn to_cart(Customer(account): Customer, visitor: Visitor, path: ItemPath, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, item) = path.into_inner();
    let (session, currency) = (visitor.session.cart(), visitor.session.currency());
    let moved = move |conn: &mut Conn| {
        let whose = Whose { session, account: Some(account.id), currency: currency.as_deref() };
        ops::to_cart(conn, account.id, id, item, whose)
    };
    let back = format!("/account/wishlists/{id}");
    match app.db.write(moved).await {
        Ok(cart) => {
            visitor.session.set_cart(Some(cart))?;
            see_other_with(&visitor.session, FlashKind::Success, "It is in your cart.", &back)
        }
        // Pressed twice: the first has moved it.
        Err(Error::NotFound) => Ok(see_other(&back)),
        Err(error) => refused(&visitor, error, &back),
    }
}
