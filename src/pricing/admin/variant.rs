use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    base::{Conn, Error, Money, Permission, Result, VariantId, db_now},
    catalog::{self, VariantForSale},
    pricing::{
        model::{HistoryEntry, ListState, ListTerms, Offer, PriceList, UnitPrice},
        ops, rules,
        store::variants,
    },
    settings::{self, Store},
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/variants/{id}/prices", Permission::CatalogSee, show);
}

#[derive(Template)]
#[template(path = "admin/pricing/variant.html")]
struct VariantPage {
    desk: Desk,
    store: Store,
    of: VariantForSale,
    now: DateTime<Utc>,
    /// What everybody is asked for one unit now, in the shop's currency.
    asked: Option<UnitPrice>,
    offers: Vec<(ListTerms, Offer)>,
    history: Vec<HistoryEntry>,
}

impl VariantPage {
    fn money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }

    fn money_of(&self, list: &PriceList, minor: &i64) -> Money {
        list.money(*minor)
    }

    fn state(&self, list: &PriceList) -> ListState {
        rules::state(list, self.now)
    }

    fn is_planned(&self, entry: &HistoryEntry) -> bool {
        entry.valid_from > self.now
    }
}

async fn show(desk: Desk, id: web::Path<VariantId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let page = app.db.read(move |conn| load(conn, desk, id)).await?;
    private_html(StatusCode::OK, &page)
}

fn load(conn: &mut Conn, desk: Desk, id: VariantId) -> Result<VariantPage> {
    let of = catalog::for_sale(conn, &[id])?.pop().ok_or(Error::NotFound)?;
    let store = settings::store(conn)?;
    let book = ops::book(conn, store.currency, &[id])?;
    Ok(VariantPage {
        desk,
        store,
        of,
        now: db_now(conn)?,
        asked: book.unit(id, 1, None, book.at),
        offers: variants::offers(conn, id)?,
        history: variants::history(conn, id)?,
    })
}
