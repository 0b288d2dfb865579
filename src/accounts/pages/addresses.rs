//! A customer's address book.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    accounts::{
        forms::BookForm,
        model::{AddressUse, SavedAddress},
        ops::addresses as ops,
        store::addresses,
    },
    base::{AccountId, AddressId, Error, Problems, Result},
    settings::{self, AddressForm},
    web::{Access, App, Customer, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/account/addresses", Access::SignedIn, list)
        .post("/account/addresses", Access::SignedIn, create)
        .get("/account/addresses/new", Access::SignedIn, new)
        .get("/account/addresses/{id}/edit", Access::SignedIn, edit)
        .post("/account/addresses/{id}/edit", Access::SignedIn, update)
        .get("/account/addresses/{id}/deletion", Access::SignedIn, confirm_deletion)
        .post("/account/addresses/{id}/deletion", Access::SignedIn, delete)
        .post("/account/addresses/{id}/default/{use}", Access::SignedIn, set_default);
}

#[derive(Template)]
#[template(path = "accounts/addresses.html")]
struct ListPage {
    shell: Shell,
    addresses: Vec<SavedAddress>,
}

impl ListPage {
    fn has_room(&self) -> bool {
        (self.addresses.len() as i64) < addresses::MOST
    }
}

async fn list(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let addresses = app.db.read(move |conn| addresses::of(conn, account.id)).await?;
    private_html(StatusCode::OK, &ListPage { shell: Shell::of(&request).await?, addresses })
}

#[derive(Template)]
#[template(path = "accounts/address_form.html")]
struct FormPage {
    shell: Shell,
    /// `None` while it is new.
    id: Option<AddressId>,
    form: BookForm,
    problems: Problems,
}

impl FormPage {
    fn action(&self) -> String {
        self.id.map_or_else(|| "/account/addresses".to_owned(), |id| format!("/account/addresses/{id}/edit"))
    }
}

async fn new(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let country = app.db.read(settings::store).await?.country;
    let form = BookForm { address: AddressForm { name: account.name, country, ..AddressForm::default() }, ..BookForm::default() };
    private_html(StatusCode::OK, &FormPage { shell: Shell::of(&request).await?, id: None, form, problems: Problems::default() })
}

async fn edit(Customer(account): Customer, id: web::Path<AddressId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let form = BookForm::from(&find(account.id, id, &app).await?.kept);
    private_html(StatusCode::OK, &FormPage { shell: Shell::of(&request).await?, id: Some(id), form, problems: Problems::default() })
}

async fn find(account: AccountId, id: AddressId, app: &App) -> Result<SavedAddress> {
    app.db.read(move |conn| addresses::find(conn, account, id)).await
}

async fn create(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<BookForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    save(None, account.id, visitor, form.0, request, app).await
}

async fn update(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<AddressId>,
    form: Form<BookForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    find(account.id, id, &app).await?;
    save(Some(id), account.id, visitor, form.0, request, app).await
}

async fn save(
    id: Option<AddressId>,
    account: AccountId,
    visitor: Visitor,
    form: BookForm,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    if form.only_chooses_country() {
        let page = FormPage { shell: Shell::of(&request).await?, id, form, problems: Problems::default() };
        return private_html(StatusCode::OK, &page);
    }
    let saved = match (form.parse(), id) {
        (Ok(kept), Some(id)) => app.db.write(move |conn| ops::change(conn, account, id, &kept)).await,
        (Ok(kept), None) => app.db.write(move |conn| ops::add(conn, account, kept).map(|_| ())).await,
        (Err(problems), _) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The address is saved.", "/account/addresses?saved=yes"),
        Err(error) => {
            let page = FormPage { problems: error.into_problems()?, shell: Shell::of(&request).await?, id, form };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/address_deletion.html")]
struct DeletionPage {
    shell: Shell,
    saved: SavedAddress,
}

async fn confirm_deletion(Customer(account): Customer, id: web::Path<AddressId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let saved = find(account.id, id.into_inner(), &app).await?;
    private_html(StatusCode::OK, &DeletionPage { shell: Shell::of(&request).await?, saved })
}

async fn delete(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<AddressId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    match app.db.write(move |conn| addresses::delete(conn, account.id, id)).await {
        // Whoever presses twice has what they want.
        Ok(()) | Err(Error::NotFound) => {
            see_other_with(&visitor.session, FlashKind::Success, "The address is deleted.", "/account/addresses")
        }
        Err(error) => Err(error),
    }
}

async fn set_default(
    Customer(account): Customer,
    visitor: Visitor,
    path: web::Path<(AddressId, String)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (id, kind) = path.into_inner();
    let kind: AddressUse = kind.parse().map_err(|_| Error::NotFound)?;
    app.db.write(move |conn| ops::set_default(conn, account.id, id, kind)).await?;
    let said = match kind {
        AddressUse::Delivery => "We offer this address first for deliveries.",
        AddressUse::Billing => "We offer this address first for bills.",
    };
    see_other_with(&visitor.session, FlashKind::Success, said, "/account/addresses")
}
