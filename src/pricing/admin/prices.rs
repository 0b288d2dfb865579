use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Error, Money, Page, PageRequest, Permission, PriceListId, Problems, Result, VariantId, db_now},
    pricing::{
        forms::PriceForm,
        model::{ListState, ListTerms, PriceList, PriceRow},
        ops, rules,
        store::{lists, prices},
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/price-lists/{id}", Permission::PricesSee, show)
        .post("/admin/price-lists/{id}/prices", Permission::PricesChange, put)
        .post("/admin/price-lists/{id}/prices/{variant}/{from}/removal", Permission::PricesChange, remove);
}

/// What the table is narrowed to, and what stands in the form for changing a price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    q: String,
    page: Option<i64>,
    sku: String,
    from: String,
    amount: String,
    compare_at: String,
}

#[derive(Template)]
#[template(path = "admin/pricing/show.html")]
struct ShowPage {
    desk: Desk,
    store: Store,
    list: PriceList,
    group: String,
    state: ListState,
    text: String,
    page: Page<PriceRow>,
    form: PriceForm,
    problems: Problems,
}

impl ShowPage {
    fn money(&self, minor: &i64) -> Money {
        self.list.money(*minor)
    }

    fn base_money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }

    fn page_base(&self) -> String {
        format!("{}?{}&", self.list.path(), serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }

    /// The same page with this price in the form.
    fn change_url(&self, row: &PriceRow) -> String {
        let mut pairs = vec![
            ("sku", row.sku.clone()),
            ("from", row.min_quantity.to_string()),
            ("amount", self.list.money(row.amount).plain()),
            ("q", self.text.clone()),
        ];
        pairs.extend(row.compare_at.map(|minor| ("compare_at", self.list.money(minor).plain())));
        format!("{}?{}#price", self.list.path(), serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

impl PriceRow {
    fn label(&self) -> String {
        self.option_values.join(" · ")
    }
}

async fn show(desk: Desk, id: web::Path<PriceListId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let Query { sku, from, amount, compare_at, .. } = query.clone();
    let form = PriceForm { sku, from, amount, compare_at };
    private_html(StatusCode::OK, &load(&app, desk, id.into_inner(), query, form, Problems::default()).await?)
}

async fn load(app: &App, desk: Desk, id: PriceListId, query: Query, form: PriceForm, problems: Problems) -> Result<ShowPage> {
    let text: String = query.q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let request = PageRequest::new(query.page, 50);
    let found = app.db.read(move |conn| {
        let ListTerms { list, group } = lists::find_with_group(conn, id)?;
        let state = rules::state(&list, db_now(conn)?);
        let page = prices::of_list(conn, id, &text, request)?;
        Ok(ShowPage { desk, store: settings::store(conn)?, list, group, state, text, page, form, problems })
    });
    found.await
}

async fn put(visitor: Visitor, id: web::Path<PriceListId>, form: Form<PriceForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let list = app.db.read(move |conn| lists::find(conn, id)).await?;
    let saved = match form.parse(list.currency) {
        Ok(price) => app.db.write(move |conn| ops::put_price(conn, id, &price)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The price is saved.", &list.path()),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let page = load(&app, desk, id, Query::default(), form, problems).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn remove(visitor: Visitor, path: web::Path<(PriceListId, VariantId, i32)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (list, variant, from) = path.into_inner();
    app.db.write(move |conn| ops::remove_price(conn, list, variant, from)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The price is removed from the list.", &format!("/admin/price-lists/{list}"))
}
