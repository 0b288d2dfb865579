//! Many prices at once: so much off the base prices. First a look at what it would do, then the deed.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Error, Money, Permission, PriceListId, Problems, Result},
    catalog::{self, CategoryTree},
    pricing::{
        forms::ReductionForm,
        model::{PriceList, ReducedPrice, ReductionPlan},
        ops,
        store::lists,
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

/// Prices that the look beforehand shows as examples.
const EXAMPLES: usize = 10;

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/price-lists/{id}/reduction", Permission::PricesChange, show).post(
        "/admin/price-lists/{id}/reduction",
        Permission::PricesChange,
        apply,
    );
}

#[derive(Template)]
#[template(path = "admin/pricing/reduction.html")]
struct ReductionPage {
    desk: Desk,
    store: Store,
    list: PriceList,
    categories: Vec<CategoryTree>,
    form: ReductionForm,
    /// What it would do; `None` before anything was asked.
    plan: Option<ReductionPlan>,
    problems: Problems,
}

impl ReductionPage {
    fn needs_rate(&self) -> bool {
        self.list.currency != self.store.currency
    }

    fn rate_hint(&self) -> String {
        format!("How many {} for 1 {}.", self.list.currency.code(), self.store.currency.code())
    }

    fn examples(&self) -> &[ReducedPrice] {
        let prices = self.plan.as_ref().map_or(&[][..], |plan| &plan.prices);
        &prices[..prices.len().min(EXAMPLES)]
    }

    fn money(&self, minor: &i64) -> Money {
        self.list.money(*minor)
    }

    fn base_money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }
}

async fn show(
    desk: Desk,
    id: web::Path<PriceListId>,
    form: web::Query<ReductionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, form, asked) = (id.into_inner(), form.into_inner(), !request.query_string().is_empty());
    let page = app.db.read(move |conn| load(conn, desk, id, form, asked)).await?;
    let status = if page.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &page)
}

/// `asked`: with what it would do.
fn load(conn: &mut Conn, desk: Desk, id: PriceListId, form: ReductionForm, asked: bool) -> Result<ReductionPage> {
    let (list, store, categories) = (lists::find(conn, id)?, settings::store(conn)?, catalog::category_tree(conn)?);
    let parsed = form.parse(list.currency != store.currency).map_err(Error::Invalid);
    let planned = if asked { parsed.and_then(|reduction| ops::plan_reduction(conn, &list, &reduction).map(Some)) } else { Ok(None) };
    let (plan, problems) = match planned {
        Ok(plan) => (plan, Problems::default()),
        Err(error) => (None, error.into_problems()?),
    };
    Ok(ReductionPage { desk, store, list, categories, form, plan, problems })
}

async fn apply(
    visitor: Visitor,
    id: web::Path<PriceListId>,
    form: Form<ReductionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let typed = form.clone();
    let done = app.db.write(move |conn| {
        let needs_rate = lists::find(conn, id)?.currency != settings::store(conn)?.currency;
        ops::reduce(conn, id, &typed.parse(needs_rate).map_err(Error::Invalid)?)
    });
    match done.await {
        Ok(count) => {
            let said = format!("{count} {} written into the list.", if count == 1 { "price is" } else { "prices are" });
            see_other_with(&visitor.session, FlashKind::Success, &said, &format!("/admin/price-lists/{id}"))
        }
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let page = app.db.read(move |conn| load(conn, desk, id, form, false)).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ReductionPage { problems, ..page })
        }
    }
}
