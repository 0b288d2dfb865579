//! Who may see an order: the customer whose it is, and a browser in which the order's mailed link was opened or which placed it.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, error::InternalError, http::Method, web};

use crate::{
    base::{AccountId, Conn, Error, Result},
    orders::{
        forms::{Ticket, opens},
        model::Order,
        store,
    },
    web::{Opened, Server, Session, Visitor, see_other},
};

/// Who asks for an order. Made of a request with the order's token in the query, it exchanges that for an entry in the session and
/// leads a GET on to the same address without it; a wrong one changes nothing.
#[derive(Clone)]
pub struct Viewer {
    account: Option<AccountId>,
    opened: Opened,
}

impl Viewer {
    pub fn of(visitor: &Visitor) -> Self {
        Self { account: visitor.account.as_ref().map(|account| account.id), opened: visitor.session.opened() }
    }

    pub fn sees(&self, order: &Order) -> bool {
        let is_theirs = self.account.is_some() && order.account_id == self.account;
        is_theirs || self.opened.holds(order.id, &order.token)
    }
}

impl FromRequest for Viewer {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            if exchange(&visitor.session, &request).await? && request.method() != Method::POST {
                let onward = see_other(&without_token(&request));
                return Err(InternalError::from_response("the token was exchanged", onward).into());
            }
            Ok(Self::of(&visitor))
        })
    }
}

/// Whether the request bears the token of the order that its path names; then the session may see it.
async fn exchange(session: &Session, request: &HttpRequest) -> Result<bool> {
    let ticket = web::Query::<Ticket>::from_query(request.query_string()).map(web::Query::into_inner);
    let Ok(ticket) = ticket.map(|ticket| ticket.token) else { return Ok(false) };
    let Some(number) = request.match_info().get("number").filter(|_| !ticket.is_empty()).map(str::to_owned) else { return Ok(false) };
    let found = Server::of(request)?.db.read(move |conn| store::find_by_number(conn, &number)).await;
    match found {
        Ok(order) if opens(&ticket, &order) => session.open_order(order.id, &order.token).map(|()| true),
        Ok(_) | Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn without_token(request: &HttpRequest) -> String {
    let asked = url::form_urlencoded::parse(request.query_string().as_bytes());
    let kept: Vec<_> = asked.filter(|(name, _)| name != "token").collect();
    match serde_urlencoded::to_string(&kept) {
        Ok(query) if !query.is_empty() => format!("{}?{query}", request.path()),
        _ => request.path().to_owned(),
    }
}

/// An order that this visitor may see. Others find nothing.
pub fn find_for(conn: &mut Conn, number: &str, viewer: &Viewer) -> Result<Order> {
    let order = store::find_by_number(conn, number)?;
    if viewer.sees(&order) { Ok(order) } else { Err(Error::NotFound) }
}
