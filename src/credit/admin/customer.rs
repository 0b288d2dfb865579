//! A customer's store credit: what it is, what it was, and a way to change it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::{self, AccountRow},
    base::{AccountId, Conn, Error, Money, Page, PageRequest, Permission, Problems, Result},
    credit::{
        forms::{Change, ChangeForm},
        model::{Credit, Entry, store_credit_path},
        ops, store,
    },
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/credits/{account}", Permission::CreditSee, show).post(
        "/admin/credits/{account}/entries",
        Permission::CreditIssue,
        create,
    );
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

struct Held {
    store: Store,
    account: AccountRow,
    credits: Vec<Credit>,
    page: Page<Entry>,
}

impl Held {
    /// In the shop's own currency.
    fn balance(&self) -> Money {
        let own = self.credits.iter().find(|credit| credit.currency == self.store.currency);
        own.map_or_else(|| self.store.money(0), Credit::balance_money)
    }

    /// In other currencies.
    fn foreign(&self) -> Vec<Money> {
        self.credits.iter().filter(|credit| credit.currency != self.store.currency).map(Credit::balance_money).collect()
    }
}

#[derive(Template)]
#[template(path = "admin/credit/customer.html")]
struct CustomerPage {
    desk: Desk,
    held: Held,
    form: ChangeForm,
    problems: Problems,
}

impl CustomerPage {
    fn path(&self) -> String {
        store_credit_path(self.held.account.id)
    }

    fn customer_path(&self) -> String {
        accounts::customer_path(self.held.account.id)
    }
}

fn load(conn: &mut Conn, account: AccountId, request: PageRequest) -> Result<Held> {
    let account = accounts::find(conn, account)?.ok_or(Error::NotFound)?;
    let credits = store::store_credits_of(conn, account.id)?;
    let ids: Vec<_> = credits.iter().map(|credit| credit.id).collect();
    Ok(Held { store: settings::store(conn)?, page: store::entries(conn, &ids, request)?, account, credits })
}

async fn show(desk: Desk, account: web::Path<AccountId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (account, request) = (account.into_inner(), PageRequest::new(query.page, 50));
    let held = app.db.read(move |conn| load(conn, account, request)).await?;
    let form = ChangeForm { direction: "add".into(), seen: held.balance().minor, ..Default::default() };
    private_html(StatusCode::OK, &CustomerPage { desk, held, form, problems: Problems::default() })
}

async fn create(
    Staff(staff): Staff,
    visitor: Visitor,
    account: web::Path<AccountId>,
    form: Form<ChangeForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (account, Form(form)) = (account.into_inner(), form);
    if form.takes() && !staff.may(Permission::CreditAdjust) {
        return Err(Error::Forbidden);
    }
    let currency = app.db.read(settings::store).await?.currency;
    let changed = match form.parse(currency) {
        Ok(change) => app.db.write(move |conn| save(conn, account, &change, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match changed {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The store credit is changed.", &store_credit_path(account)),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let held = app.db.read(move |conn| load(conn, account, PageRequest::new(None, 50))).await?;
            let form = ChangeForm { seen: held.balance().minor, ..form };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &CustomerPage { desk, held, form, problems })
        }
    }
}

fn save(conn: &mut Conn, account: AccountId, change: &Change, actor: &str) -> Result<()> {
    accounts::find(conn, account)?.ok_or(Error::NotFound)?;
    if change.amount.minor > 0 {
        return ops::grant_seen(conn, account, change.amount, change.seen, &change.reason, actor).map(|_| ());
    }
    let held = store::store_credit_of(conn, account, change.amount.currency)?;
    let held = held.ok_or_else(|| Error::invalid("amount", "There is no store credit to take off"))?;
    ops::adjust(conn, held.id, change.amount.minor, change.seen, &change.reason, actor)
}
