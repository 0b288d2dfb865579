mod items;
mod shared;
mod sharing;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    forms::ListForm,
    model::{MOST_LISTS, Wishlist},
    ops, store,
};
use crate::{
    base::{Error, Problems, Result, WishlistId},
    web::{Access, App, Customer, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/account/wishlists", Access::SignedIn, list)
        .post("/account/wishlists", Access::SignedIn, make)
        .get("/account/wishlists/{id}/edit", Access::SignedIn, edit)
        .post("/account/wishlists/{id}/edit", Access::SignedIn, update)
        .get("/account/wishlists/{id}/deletion", Access::SignedIn, ask_deletion)
        .post("/account/wishlists/{id}/deletion", Access::SignedIn, delete);
    items::routes(doors);
    sharing::routes(doors);
    shared::routes(doors);
}

#[derive(Template)]
#[template(path = "wishlists/list.html")]
struct ListPage {
    shell: Shell,
    /// With the number of things on each.
    lists: Vec<(Wishlist, i64)>,
    form: ListForm,
    problems: Problems,
}

impl ListPage {
    fn has_room(&self) -> bool {
        self.lists.len() < MOST_LISTS
    }
}

async fn list(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let lists = app.db.read(move |conn| store::of_account(conn, account.id)).await?;
    let page = ListPage { shell: Shell::of(&request).await?, lists, form: ListForm::default(), problems: Problems::default() };
    private_html(StatusCode::OK, &page)
}

async fn make(Customer(account): Customer, visitor: Visitor, form: Form<ListForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let made = match form.parse() {
        Ok(name) => app.db.write(move |conn| ops::make(conn, account.id, &name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match made {
        Ok(list) => see_other_with(&visitor.session, FlashKind::Success, "The list is made.", &list.path()),
        Err(error) => {
            let problems = error.into_problems()?;
            let lists = app.db.read(move |conn| store::of_account(conn, account.id)).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ListPage { shell: Shell::of(&request).await?, lists, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "wishlists/form.html")]
struct FormPage {
    shell: Shell,
    list: Wishlist,
    form: ListForm,
    problems: Problems,
}

async fn edit(Customer(account): Customer, id: web::Path<WishlistId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let list = app.db.read(move |conn| store::find(conn, id, account.id)).await?;
    let form = ListForm { name: list.name.clone(), is_default: list.is_default.then(|| "on".to_owned()) };
    private_html(StatusCode::OK, &FormPage { shell: Shell::of(&request).await?, list, form, problems: Problems::default() })
}

async fn update(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<WishlistId>,
    form: Form<ListForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), id) = (form, id.into_inner());
    let is_default = form.is_default.is_some();
    let saved = match form.parse() {
        Ok(name) => app.db.write(move |conn| ops::edit(conn, account.id, id, &name, is_default)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The list is saved.", &format!("/account/wishlists/{id}")),
        Err(error) => {
            let problems = error.into_problems()?;
            let list = app.db.read(move |conn| store::find(conn, id, account.id)).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell: Shell::of(&request).await?, list, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "wishlists/deletion.html")]
struct DeletionPage {
    shell: Shell,
    list: Wishlist,
}

async fn ask_deletion(Customer(account): Customer, id: web::Path<WishlistId>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let list = app.db.read(move |conn| store::find(conn, id, account.id)).await?;
    private_html(StatusCode::OK, &DeletionPage { shell: Shell::of(&request).await?, list })
}

async fn delete(
    Customer(account): Customer,
    visitor: Visitor,
    id: web::Path<WishlistId>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    app.db.write(move |conn| ops::delete(conn, account.id, id)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The list is deleted.", "/account/wishlists?deleted=yes")
}
