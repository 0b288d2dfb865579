use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::review::{billed, held};
use crate::{
    base::{AttemptId, CartId, Email, Error, OrderId, Problems, Result},
    checkout::{
        forms::PaymentForm,
        model::{Bill, Checkout, Onward, Stage, Step, Till, Wish},
        ops,
    },
    limits::{self, Door, Who},
    orders::{self, Order, PaymentState, Source, Viewer},
    payments::{self, Gateways},
    web::{Access, App, Doors, FlashKind, Form, Shell, Visitor, client, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/checkout/payment", Access::Anybody, show)
        .post("/checkout/payment", Access::Anybody, place)
        .get("/checkout/return/{attempt}", Access::Anybody, come_back)
        .get("/checkout/return/{number}/{token}", Access::Anybody, come_back_by_token)
        .post("/orders/{number}/payments", Access::Anybody, pay_again);
}

#[derive(Template)]
#[template(path = "checkout/payment.html")]
struct PaymentPage {
    shell: Shell,
    stage: Stage,
    checkout: Checkout,
    bill: Bill,
    gateways: Gateways,
    /// The chosen gateway's code.
    chosen: String,
    /// The gift card's code as it was typed and refused.
    card: String,
    seal: String,
    problems: Problems,
}

async fn show(visitor: Visitor, request: HttpRequest, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let shell = Shell::of(&request).await?;
    render(&visitor, shell, Filled::default(), Problems::default(), &app, &till).await
}

/// What was typed into the forms of this page.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    pub gateway: Option<String>,
    pub card: String,
}

/// The page with what was typed and what is wrong with it. Coming here prolongs what is set aside.
pub async fn render(visitor: &Visitor, shell: Shell, filled: Filled, problems: Problems, app: &App, till: &Till) -> Result<HttpResponse> {
    let (checkout, bill) = match billed(visitor, app).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if let Err(elsewhere) = held(visitor, &bill, app).await? {
        return Ok(elsewhere);
    }
    till.gateways.refresh().await;
    let gateways = till.gateways.clone();
    let first = || gateways.iter().next().map(|gateway| gateway.code().to_owned()).unwrap_or_default();
    let chosen = filled.gateway.unwrap_or_else(first);
    let seal = seal(app, visitor, bill.cart.id)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let stage = Stage::of(Step::Payment, bill.cart.quote.parcel.needs_delivery);
    let page = PaymentPage { shell, stage, checkout, bill, gateways, chosen, card: filled.card, seal, problems };
    private_html(status, &page)
}

/// Binds the cart to the session. After a first click the session has no cart any more, and a second click must still find
/// the first one's order, while a stranger who knows a cart's id must not.
fn seal(app: &App, visitor: &Visitor, cart: CartId) -> Result<String> {
    Ok(app.keys.sign(SEAL, bound(visitor, cart)?.as_bytes()))
}

/// What the seal is made for.
const SEAL: &str = "cart to be ordered";

fn bound(visitor: &Visitor, cart: CartId) -> Result<String> {
    Ok(format!("{}:{cart}", visitor.session.secret()?))
}

/// Who orders, for the timeline.
fn actor(visitor: &Visitor) -> String {
    let staff = visitor.account.as_ref().and_then(|account| account.acted_by.as_ref());
    staff.map_or_else(|| "customer".to_owned(), |staff| format!("{}, for the customer", staff.name))
}

/// Places the order. What changed meanwhile comes back as a problem to mend; a second click finds the first one's order.
async fn place(visitor: Visitor, form: Form<PaymentForm>, request: HttpRequest, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let Form(form) = form;
    if !app.keys.signs(SEAL, bound(&visitor, form.cart)?.as_bytes(), &form.seal) {
        return Err(Error::SessionEnded);
    }
    till.gateways.refresh().await;
    // Where gift cards pay for everything there is nothing to choose.
    if form.due != Some(0) && till.gateways.offered(&form.gateway).is_err() {
        let problems = Problems::of("gateway", "Choose how you want to pay");
        let filled = Filled { gateway: Some(form.gateway), ..Filled::default() };
        return render(&visitor, Shell::of(&request).await?, filled, problems, &app, &till).await;
    }
    keep_from_looping(&visitor, &request, form.cart, &app).await?;
    let ordered = form.cart;
    let wish = Wish {
        cart: form.cart,
        account: visitor.account.as_ref().map(|account| account.id),
        gateway: form.gateway.clone(),
        seen_total: form.total,
        seen_due: form.due.unwrap_or(form.total),
        source: Source::Shop,
        actor: actor(&visitor),
    };
    match ops::place(&till, wish).await {
        Ok(placed) => {
            if visitor.session.cart() == Some(ordered) {
                visitor.session.set_cart(None)?;
            }
            visitor.session.open_order(placed.order, &placed.token)?;
            go(&visitor, placed.onward)
        }
        // The review leads on to the cart where a line of it is what changed.
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, Step::Review.path()),
        Err(error) => Err(error),
    }
}

/// Goods are set aside for each order, so that whoever orders in a loop would empty the shelves: counted are the address, and the
/// account or the e-mail address that the order is for.
async fn keep_from_looping(visitor: &Visitor, request: &HttpRequest, cart: CartId, app: &App) -> Result<()> {
    let who = client(request);
    if !app.wall.counts(who) {
        return Ok(());
    }
    let person = match &visitor.account {
        Some(account) => Some(Who::account(account.id)),
        None => {
            let checkout = app.db.read(move |conn| ops::find(conn, cart)).await?;
            checkout.and_then(|checkout| Email::parse(&checkout.email).ok()).map(|email| Who::email(&email))
        }
    };
    limits::knock(&app.db, Door::Place, &who, person).await.map(drop)
}

fn go(visitor: &Visitor, onward: Onward) -> Result<HttpResponse> {
    match onward {
        Onward::GoTo(url) => Ok(see_other(&url)),
        Onward::Unknown(page) => {
            let words = "The payment provider does not answer just now. Your order is kept, and you will not be charged twice. Try again in a moment, or pay another way.";
            see_other_with(&visitor.session, FlashKind::Error, words, &page)
        }
    }
}

/// How long the shopper who comes back waits for the gateway's word. What it does not say by then is found out later.
const PATIENCE: Duration = Duration::from_secs(8);

/// Back from the gateway's page. Whatever the provider adds to the query is not looked at.
async fn come_back(
    visitor: Visitor,
    attempt: web::Path<AttemptId>,
    request: HttpRequest,
    app: App,
    till: web::Data<Till>,
) -> Result<HttpResponse> {
    let attempt = attempt.into_inner();
    let order = app.db.read(move |conn| Ok(payments::attempt(conn, attempt)?.order_id)).await?;
    ask_and_show(&visitor, order, &request, &app, &till).await
}

/// The same by the order's token, as addresses of return were once: what was begun then comes back so.
async fn come_back_by_token(
    visitor: Visitor,
    path: web::Path<(String, String)>,
    request: HttpRequest,
    app: App,
    till: web::Data<Till>,
) -> Result<HttpResponse> {
    let (number, token) = path.into_inner();
    let order = app.db.read(move |conn| orders::find_by_number(conn, &number)).await?;
    if !orders::opens(&token, &order) {
        return Err(Error::NotFound);
    }
    visitor.session.open_order(order.id, &order.token)?;
    ask_and_show(&visitor, order.id, &request, &app, &till).await
}

/// What somebody is told who comes back in another browser than the one that ordered: how the payment stands, and nothing of whose
/// it is.
#[derive(Template)]
#[template(path = "checkout/returned.html")]
struct ReturnedPage {
    shell: Shell,
    order: Order,
}

impl ReturnedPage {
    fn is_paid(&self) -> bool {
        self.order.is_secured() && !self.order.is_cancelled()
    }

    fn has_failed(&self) -> bool {
        self.order.payment_state == PaymentState::Failed
    }
}

/// Coming back proves nothing, so the gateway is asked.
async fn ask_and_show(visitor: &Visitor, id: OrderId, request: &HttpRequest, app: &App, till: &Till) -> Result<HttpResponse> {
    till.gateways.refresh().await;
    if let Ok(asked) = tokio::time::timeout(PATIENCE, ops::ask_gateways(till, id)).await {
        asked?;
    }
    let order = app.db.read(move |conn| orders::find(conn, id)).await?;
    if !Viewer::of(visitor).sees(&order) {
        return private_html(StatusCode::OK, &ReturnedPage { shell: Shell::of(request).await?, order });
    }
    let paid = order.is_secured() && !order.is_cancelled();
    Ok(see_other(&if paid { order.confirmation_path() } else { order.path() }))
}

#[derive(Deserialize)]
struct PayForm {
    #[serde(default)]
    gateway: String,
}

/// Another try for an order that stands and is not paid.
async fn pay_again(
    viewer: Viewer,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<PayForm>,
    app: App,
    till: web::Data<Till>,
) -> Result<HttpResponse> {
    let Form(PayForm { gateway }) = form;
    let order = app.db.read(move |conn| orders::find_for(conn, &number, &viewer)).await?;
    let page = order.path();
    match ops::pay_again(&till, order, gateway).await {
        Ok(onward) => go(&visitor, onward),
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, &page),
        Err(Error::NotFound) => see_other_with(&visitor.session, FlashKind::Error, "Choose how you want to pay.", &page),
        Err(error) => Err(error),
    }
}
