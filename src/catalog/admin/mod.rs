//! Staff's forms for products, variants, pictures, product types, brands, categories, collections and redirects; histories and bulk edits. The
//! product's own page, which shows stock beside them, is `backoffice`'s.

mod brands;
mod bulk;
mod categories;
mod collections;
mod deletion;
mod history;
mod images;
mod library;
mod matrix;
mod pictures;
mod products;
mod redirects;
mod relations;
mod types;
mod variants;

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::{
    base::{Error, Result},
    catalog::model::Editor,
    web::{Account, Doors, FlashKind, Visitor, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    pictures::routes(doors);
    library::routes(doors);
    products::routes(doors);
    matrix::routes(doors);
    variants::routes(doors);
    images::routes(doors);
    history::routes(doors);
    bulk::routes(doors);
    types::routes(doors);
    brands::routes(doors);
    categories::routes(doors);
    collections::routes(doors);
    relations::routes(doors);
    redirects::routes(doors);
}

/// Who works here, as histories know them.
fn editor(staff: &Account) -> Editor {
    Editor { account: Some(staff.id), name: staff.name.clone() }
}

/// What many products have yet to follow, and how many have: told where it was changed.
fn following(done: i64) -> String {
    match done {
        0 => "The new name is on its way to the products. Shop and search follow in a few moments.".to_owned(),
        done => format!("The new name is on its way to the products: {done} have it so far. Shop and search follow."),
    }
}

/// The answer to who wanted something deleted that is in the list: it is, or it can't be.
fn deleted(visitor: &Visitor, deleted: Result<()>, said: &str, list: &str) -> Result<HttpResponse> {
    match deleted {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, said, list),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, list),
        Err(error) => Err(error),
    }
}

/// What a list is narrowed to, and which page of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    q: String,
    page: Option<i64>,
}

impl ListQuery {
    fn text(&self) -> String {
        self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect()
    }
}
