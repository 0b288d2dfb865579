//! A product that is not sold any more: its page says so, and leads on.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    base::{Conn, Error, PageRequest, Result, db_now},
    catalog::{self, Product, Scope, Sort, Status},
    storefront::model::{Looker, Shown, TaxNote, Tile, tiles},
    web::{Shell, moved_permanently, private_html},
};

/// Other products that are offered instead.
const INSTEAD: usize = 8;

#[derive(Template)]
#[template(path = "storefront/gone.html")]
pub struct GonePage {
    shell: Shell,
    product: Product,
    instead: Vec<Tile>,
    tax_note: TaxNote,
}

pub enum Gone {
    /// Staff said where its visitors are to go.
    Moved(String),
    Page(Box<GonePage>),
}

/// What to tell of a product that is not shown now.
///
/// # Errors
/// `NotFound` for one that nobody may know of yet.
pub fn load(conn: &mut Conn, shell: Shell, looker: &Looker, product: Product) -> Result<Gone> {
    let now = db_now(conn)?;
    let is_over = product.on_sale_until.is_some_and(|until| until <= now) && product.status == Status::Active;
    if product.status != Status::Archived && !is_over {
        return Err(Error::NotFound);
    }
    if let Some(to) = catalog::redirect_target(conn, &product.url())? {
        return Ok(Gone::Moved(to));
    }
    let terms = looker.terms(conn)?;
    let mut ids = catalog::related_ids(conn, product.id)?;
    for category in catalog::categories_of(conn, product.id)?.into_iter().take(2) {
        let beside = catalog::cards(conn, Scope::Category(category.id), Sort::Newest, PageRequest::new(None, INSTEAD as i64))?;
        ids.extend(beside.items.into_iter().map(|card| card.id).filter(|id| *id != product.id));
    }
    let mut cards = catalog::cards_in_order(conn, &ids)?;
    cards.truncate(INSTEAD);
    let instead = tiles(conn, &terms, cards, &mut Shown::begin())?;
    Ok(Gone::Page(Box::new(GonePage { shell, product, instead, tax_note: terms.tax_note() })))
}

impl Gone {
    pub fn respond(&self) -> Result<HttpResponse> {
        match self {
            Self::Moved(to) => Ok(moved_permanently(to)),
            Self::Page(page) => private_html(StatusCode::GONE, &**page),
        }
    }
}
