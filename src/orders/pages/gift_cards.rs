//! Gift cards that were bought with an order: sending one to whom it is meant for.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::find_for;
use crate::{
    base::{AccountId, Conn, CreditId, Error, Problems, Result},
    credit::{self, Credit, RecipientForm},
    orders::{forms::Ticket, model::Order},
    web::{Access, App, Doors, FlashKind, Form, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/orders/{number}/gift-cards/{id}", Access::Anybody, ask).post("/orders/{number}/gift-cards/{id}", Access::Anybody, send);
}

#[derive(Template)]
#[template(path = "orders/gift_card.html")]
struct SendPage {
    shell: Shell,
    order: Order,
    card: Credit,
    form: RecipientForm,
    problems: Problems,
}

/// A card that this order bought, for a visitor who may see the order. Others find nothing.
fn find(conn: &mut Conn, (number, id): &(String, CreditId), ticket: &Ticket, account: Option<AccountId>) -> Result<(Order, Credit)> {
    let order = find_for(conn, number, ticket, account)?;
    let card = credit::find(conn, *id)?;
    if card.order == Some(order.id) { Ok((order, card)) } else { Err(Error::NotFound) }
}

async fn ask(
    shell: Shell,
    visitor: Visitor,
    path: web::Path<(String, CreditId)>,
    ticket: web::Query<Ticket>,
    app: App,
) -> Result<HttpResponse> {
    let (path, ticket, who) = (path.into_inner(), ticket.into_inner(), visitor.account.map(|account| account.id));
    let (order, card) = app.db.read(move |conn| find(conn, &path, &ticket, who)).await?;
    let form = RecipientForm { last4: card.last4.clone(), ..RecipientForm::default() };
    private_html(StatusCode::OK, &SendPage { shell, order, card, form, problems: Problems::default() })
}

async fn send(
    visitor: Visitor,
    path: web::Path<(String, CreditId)>,
    ticket: web::Query<Ticket>,
    form: Form<RecipientForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (path, ticket, Form(form)) = (path.into_inner(), ticket.into_inner(), form);
    let who = visitor.account.as_ref().map(|account| account.id);
    let (order, card) = app.db.read(move |conn| find(conn, &path, &ticket, who)).await?;
    let sent = match form.parse() {
        Ok(to) => {
            let (site, seen, id) = (app.absolute(""), form.last4.clone(), card.id);
            let address = to.email.clone();
            app.db.write(move |conn| credit::send_on(conn, &site, id, &seen, &to)).await.map(|()| address)
        }
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match sent {
        Ok(address) => {
            let said = format!("The gift card is on its way to {address} with a new code. The code that you have is worth nothing now.");
            see_other_with(&visitor.session, FlashKind::Success, &said, &order.path())
        }
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &order.path()),
        Err(error) => {
            let (problems, shell) = (error.into_problems()?, Shell::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &SendPage { shell, order, card, form, problems })
        }
    }
}
