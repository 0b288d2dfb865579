//! Staff's forms for products, variants, pictures, product types, brands, categories and redirects; histories and bulk edits. The
//! product's own page, which shows stock beside them, is `backoffice`'s.

mod brands;
mod bulk;
mod categories;
mod deletion;
mod history;
mod images;
mod library;
mod matrix;
mod pictures;
mod products;
mod redirects;
mod types;
mod variants;

use actix_web::web::ServiceConfig;
use serde::Deserialize;

use crate::{catalog::model::Editor, web::Account};

pub fn routes(config: &mut ServiceConfig) {
    pictures::routes(config);
    library::routes(config);
    products::routes(config);
    matrix::routes(config);
    variants::routes(config);
    images::routes(config);
    history::routes(config);
    bulk::routes(config);
    types::routes(config);
    brands::routes(config);
    categories::routes(config);
    redirects::routes(config);
}

/// Who works here, as histories know them.
fn editor(staff: &Account) -> Editor {
    Editor { account: Some(staff.id), name: staff.name.clone() }
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
