//! Gift cards that were bought with an order: sending one to whom it is meant for.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Viewer, find_for};
use crate::{
    base::{Conn, CreditId, Error, Problems, Result},
    credit::{self, Credit, RecipientForm},
    orders::model::Order,
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
fn find(conn: &mut Conn, (number, id): &(String, CreditId), viewer: &Viewer) -> Result<(Order, Credit)> {
    let order = find_for(conn, number, viewer)?;
    let card = credit::find(conn, *id)?;
    if card.order == Some(order.id) { Ok((order, card)) } else { Err(Error::NotFound) }
}

async fn ask(viewer: Viewer, shell: Shell, path: web::Path<(String, CreditId)>, app: App) -> Result<HttpResponse> {
    let path = path.into_inner();
    let (order, card) = app.db.read(move |conn| find(conn, &path, &viewer)).await?;
    let form = RecipientForm { last4: card.last4.clone(), ..RecipientForm::default() };
    private_html(StatusCode::OK, &SendPage { shell, order, card, form, problems: Problems::default() })
}

async fn send(
    viewer: Viewer,
    visitor: Visitor,
    path: web::Path<(String, CreditId)>,
    form: Form<RecipientForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (path, Form(form)) = (path.into_inner(), form);
    let (order, card) = app.db.read(move |conn| find(conn, &path, &viewer)).await?;
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
