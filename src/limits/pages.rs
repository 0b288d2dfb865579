use actix_web::HttpRequest;

use super::{
    model::{Door, Who},
    ops::{self, Knock},
};
use crate::{
    base::Result,
    web::{Server, Visitor, client},
};

/// Counts a try of whoever sent the request: by their address and, when they are signed in, by their account.
///
/// # Errors
/// `TooMany` with the seconds to wait.
pub async fn knock_at(door: Door, visitor: &Visitor, request: &HttpRequest) -> Result<Knock> {
    let person = visitor.account.as_ref().map(|account| Who::account(account.id));
    ops::knock(&Server::of(request)?.db, door, &client(request), person).await
}
