use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;
use serde::Deserialize;

use super::{model::Link, ops};
use crate::{
    base::{Error, Result},
    cart::CartView,
    web::{Access, App, Doors, FlashKind, Form, MailedToken, Shell, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/cart/restore", Access::Anybody, ask)
        .post("/cart/restore", Access::Anybody, restore)
        .get("/cart/no-reminders", Access::Anybody, ask_refusal)
        .post("/cart/no-reminders", Access::Anybody, refuse);
}

/// What the forms behind a reminder's links send.
#[derive(Debug, Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "reminders/restore.html")]
struct RestorePage {
    shell: Shell,
    token: String,
    link: Link,
    cart: Option<CartView>,
}

impl RestorePage {
    /// The things, unless they were all taken out.
    fn filled(&self) -> Option<&CartView> {
        self.cart.as_ref().filter(|cart| !cart.is_empty())
    }
}

/// Changes nothing: mail programs look into links by themselves.
async fn ask(MailedToken(token): MailedToken, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let sought = token.clone();
    let (link, cart) = app.db.read(move |conn| ops::find(conn, &sought)).await?;
    let status = if link == Link::Ended { StatusCode::NOT_FOUND } else { StatusCode::OK };
    private_html(status, &RestorePage { shell: Shell::of(&request).await?, token, link, cart })
}

async fn restore(visitor: Visitor, form: Form<Token>, app: App) -> Result<HttpResponse> {
    let Form(Token { token }) = form;
    let (session, account) = (visitor.session.cart(), visitor.account.as_ref().map(|account| account.id));
    let sought = token.clone();
    match app.db.write(move |conn| ops::restore(conn, &sought, session, account)).await {
        Ok(cart) => {
            visitor.session.set_cart(Some(cart))?;
            see_other_with(&visitor.session, FlashKind::Success, "Your things are back in your cart.", "/cart")
        }
        // Ordered or ended since the page was shown, which then says so.
        Err(Error::NotFound) => {
            visitor.session.carry("/cart/restore", &token)?;
            Ok(see_other("/cart/restore?ended=yes"))
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "reminders/refusal.html")]
struct RefusalPage {
    shell: Shell,
    token: String,
}

async fn ask_refusal(MailedToken(token): MailedToken, shell: Shell) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &RefusalPage { shell, token })
}

async fn refuse(visitor: Visitor, form: Form<Token>, app: App) -> Result<HttpResponse> {
    let Form(Token { token }) = form;
    match app.db.write(move |conn| ops::refuse(conn, &token)).await {
        // A checkout that is gone reminds of nothing any more.
        Ok(()) | Err(Error::NotFound) => see_other_with(&visitor.session, FlashKind::Success, "We send you no more reminders.", "/"),
        Err(error) => Err(error),
    }
}
