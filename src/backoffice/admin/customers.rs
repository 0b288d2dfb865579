use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts,
    backoffice::{model::Customer, store},
    base::{Conn, Email, Money, Page, PageRequest, Result},
    credit,
    orders::{self, Order},
    settings::{self, Store},
    web::{App, Desk, private_html},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/customers", web::get().to(list)).route("/admin/customers/{email}", web::get().to(show));
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    q: String,
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/customers/list.html")]
struct ListPage {
    desk: Desk,
    store: Store,
    text: String,
    page: Page<Customer>,
}

impl ListPage {
    fn money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }

    fn page_base(&self) -> String {
        format!("/admin/customers?{}&", serde_urlencoded::to_string([("q", &self.text)]).unwrap_or_default())
    }
}

/// The path of a customer's page.
pub fn customer_url(email: &str) -> String {
    let escaped: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    format!("/admin/customers/{}", escaped.replace('+', "%20"))
}

impl Customer {
    fn url(&self) -> String {
        customer_url(&self.email)
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let Query { q, page } = query.into_inner();
    let text: String = q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let (sought, request) = (text.clone(), PageRequest::new(page, 50));
    let (store, page) = app.db.read(move |conn| Ok((settings::store(conn)?, store::customers(conn, &sought, request)?))).await?;
    private_html(StatusCode::OK, &ListPage { desk, store, text, page })
}

#[derive(Template)]
#[template(path = "admin/customers/show.html")]
struct ShowPage {
    desk: Desk,
    store: Store,
    customer: Customer,
    /// Balance and page of the store credit; `None` for a guest.
    credit: Option<(Money, String)>,
    page: Page<Order>,
}

impl ShowPage {
    fn spent(&self) -> Money {
        self.store.money(self.customer.spent)
    }

    fn page_base(&self) -> String {
        format!("{}?", self.customer.url())
    }
}

async fn show(desk: Desk, email: web::Path<String>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (email, request) = (email.into_inner(), PageRequest::new(query.page, 20));
    let found = app.db.read(move |conn| {
        let customer = store::customer(conn, &email)?;
        let store = settings::store(conn)?;
        let credit = credit_of(conn, &store, &customer)?;
        Ok((store, orders::by_email(conn, &customer.email, request)?, customer, credit))
    });
    let (store, page, customer, credit) = found.await?;
    private_html(StatusCode::OK, &ShowPage { desk, store, customer, credit, page })
}

fn credit_of(conn: &mut Conn, store: &Store, customer: &Customer) -> Result<Option<(Money, String)>> {
    let Ok(email) = Email::parse(&customer.email) else { return Ok(None) };
    let Some(account) = accounts::find_by_email(conn, &email)? else { return Ok(None) };
    let held = credit::store_credit_of(conn, account.id, store.currency)?;
    let balance = held.map_or_else(|| store.money(0), |credit| credit.balance_money());
    Ok(Some((balance, credit::store_credit_path(account.id))))
}
