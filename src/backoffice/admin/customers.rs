use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::{self, ActingForm, BlockForm, Blocking, BuyerForm, CustomerNote, CustomerTag, Group, NoteForm, TagForm, customer_path},
    backoffice::{
        model::{Customer, Known},
        store,
    },
    base::{AccountId, Conn, Email, Error, Money, Page, PageRequest, Permission, Problems, Result, TagId},
    credit,
    orders::{self, Order},
    settings::{self, Store},
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/customers", Permission::CustomersSee, list)
        .get("/admin/customers/{key}", Permission::CustomersSee, show)
        .get("/admin/customers/guests/{number}", Permission::CustomersSee, show_guest)
        .post("/admin/customers/{id}/buyer", Permission::CustomersTerms, set_buyer);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    q: String,
    /// A tag's number; empty: any.
    #[serde(default)]
    tag: String,
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/customers/list.html")]
struct ListPage {
    desk: Desk,
    store: Store,
    /// What was searched for, as it was typed and as it stands in the address.
    text: String,
    q: String,
    tags: Vec<CustomerTag>,
    tag: Option<TagId>,
    page: Page<Customer>,
}

impl ListPage {
    fn money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }

    fn page_base(&self) -> String {
        let tag = self.tag.map(|tag| tag.to_string()).unwrap_or_default();
        format!("/admin/customers?{}&", serde_urlencoded::to_string([("q", &self.q), ("tag", &tag)]).unwrap_or_default())
    }

    fn is_chosen(&self, tag: &CustomerTag) -> bool {
        self.tag == Some(tag.id)
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let Query { q, tag, page } = query.into_inner();
    let tag = tag.parse().ok();
    let text: String = app.opened_search(&q).trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let (sought, request) = (text.clone(), PageRequest::new(page, 50));
    let load = move |conn: &mut Conn| {
        let page = store::customers(conn, &sought, tag, request)?;
        Ok(ListPage { desk, store: settings::store(conn)?, text, q, tags: accounts::customer_tags(conn)?, tag, page })
    };
    private_html(StatusCode::OK, &app.db.read(load).await?)
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
    groups: Vec<Group>,
    /// `None` for a guest, who is in no group.
    form: Option<BuyerForm>,
    /// `None` for a guest, of whom nothing is kept but orders.
    care: Option<Care>,
    problems: Problems,
}

/// What staff keep about a customer with an account, and what is being typed about them.
#[derive(Default)]
pub struct Care {
    pub tags: Vec<CustomerTag>,
    pub notes: Vec<CustomerNote>,
    pub blocking: Blocking,
    pub tag: TagForm,
    pub note: NoteForm,
    pub block: BlockForm,
    pub acting: ActingForm,
    /// Addresses of accounts that this one took over.
    pub also: Vec<String>,
}

impl Care {
    fn of(conn: &mut Conn, id: AccountId) -> Result<Self> {
        let (tags, notes) = (accounts::tags_of(conn, id)?, accounts::notes_of(conn, id)?);
        let also = accounts::merged_from(conn, id)?.into_iter().map(|shell| shell.email).collect();
        Ok(Self { tags, notes, also, blocking: accounts::blocking_of(conn, id)?, ..Self::default() })
    }
}

impl ShowPage {
    fn spent(&self) -> Money {
        self.store.money(self.customer.spent)
    }

    fn page_base(&self) -> String {
        format!("{}?", self.customer.url())
    }
}

/// By the number of the account. An e-mail address, as stood here once, leads on to where the page is now.
async fn show(desk: Desk, key: web::Path<String>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let key = key.into_inner();
    if key.contains('@') {
        let customer = app.db.read(move |conn| store::customer(conn, &key)).await?;
        return Ok(see_other(&customer.url()));
    }
    let id = key.parse().map_err(|_| Error::NotFound)?;
    page_of(desk, Known::Account(id), query.page, &app).await
}

async fn show_guest(desk: Desk, number: web::Path<String>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    page_of(desk, Known::Buyer(number.into_inner()), query.page, &app).await
}

/// Somebody is known in more than one way: what leads to them otherwise leads on to their one page.
async fn page_of(desk: Desk, known: Known, page: Option<i64>, app: &App) -> Result<HttpResponse> {
    let (asked, request) = (known.clone(), PageRequest::new(page, 20));
    let page = app.db.read(move |conn| load(conn, desk, &asked, request)).await?;
    if page.customer.known() == known { private_html(StatusCode::OK, &page) } else { Ok(see_other(&page.customer.url())) }
}

/// # Errors
/// `NotFound` when there is no such account or order.
fn find(conn: &mut Conn, known: &Known) -> Result<Customer> {
    let email = match known {
        Known::Account(id) => accounts::find(conn, *id)?.ok_or(Error::NotFound)?.email,
        Known::Buyer(number) => orders::find_by_number(conn, number)?.email,
    };
    store::customer(conn, &email)
}

fn load(conn: &mut Conn, desk: Desk, known: &Known, request: PageRequest) -> Result<ShowPage> {
    let customer = find(conn, known)?;
    let store = settings::store(conn)?;
    let account = Email::parse(&customer.email).ok().map(|email| accounts::find_by_email(conn, &email)).transpose()?.flatten();
    let care = customer.account.map(|id| Care::of(conn, id)).transpose()?;
    let also = care.iter().flat_map(|care| care.also.iter().cloned());
    let emails: Vec<String> = [customer.email.clone()].into_iter().chain(also).collect();
    Ok(ShowPage {
        desk,
        credit: account.as_ref().map(|account| credit_of(conn, &store, account.id)).transpose()?,
        store,
        page: orders::by_emails(conn, &emails, request)?,
        groups: accounts::groups(conn)?,
        care,
        form: account.filter(|account| account.role.is_none()).map(BuyerForm::from),
        problems: Problems::default(),
        customer,
    })
}

async fn set_buyer(
    visitor: Visitor,
    id: web::Path<AccountId>,
    form: Form<BuyerForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let saved = match form.parse() {
        Ok((group, exemption)) => app.db.write(move |conn| accounts::set_buyer(conn, id, group, &exemption)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "Group and tax are saved.", &customer_path(id)),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let page = app.db.read(move |conn| load(conn, desk, &Known::Account(id), PageRequest::new(None, 20))).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { form: Some(form), problems, ..page })
        }
    }
}

/// The customer's page again, with what was typed and what is the matter with it.
pub async fn again(
    request: &HttpRequest,
    app: &App,
    id: AccountId,
    problems: Problems,
    typed: impl FnOnce(&mut Care),
) -> Result<HttpResponse> {
    let desk = Desk::of(request).await?;
    let mut page = app.db.read(move |conn| load(conn, desk, &Known::Account(id), PageRequest::new(None, 20))).await?;
    page.problems = problems;
    if let Some(care) = page.care.as_mut() {
        typed(care);
    }
    private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn credit_of(conn: &mut Conn, store: &Store, id: AccountId) -> Result<(Money, String)> {
    let held = credit::store_credit_of(conn, id, store.currency)?;
    let balance = held.map_or_else(|| store.money(0), |credit| credit.balance_money());
    Ok((balance, credit::store_credit_path(id)))
}
