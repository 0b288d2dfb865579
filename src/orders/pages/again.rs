//! Ordering the same again: what is still to be had goes into the cart.

use actix_web::{HttpResponse, web};

use super::{Viewer, find_for};
use crate::{
    base::{Conn, Result},
    cart::{self, Whose},
    orders::ops,
    web::{Access, App, Doors, FlashKind, Form, NoFields, Visitor, see_other_with},
};

/// Things that are named as not to be had, at most: the message travels in a cookie.
const NAMED: usize = 4;

pub fn routes(doors: &mut Doors) {
    doors.post("/orders/{number}/again", Access::Anybody, again);
}

async fn again(viewer: Viewer, visitor: Visitor, number: web::Path<String>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (number, session) = (number.into_inner(), visitor.session.cart());
    let (account, currency) = (visitor.account.as_ref().map(|account| account.id), visitor.session.currency());
    let asked = number.clone();
    let put = move |conn: &mut Conn| {
        let order = find_for(conn, &asked, &viewer)?;
        let wanted = ops::again(conn, &order)?;
        let (cart, words) = cart::put_again(conn, Whose { session, account, currency: currency.as_deref() }, &wanted)?;
        Ok((cart, words, wanted.len()))
    };
    let (cart, words, wanted) = app.db.write(put).await?;
    if cart.is_some() {
        visitor.session.set_cart(cart)?;
    }
    let (kind, said) = told(&number, &words, wanted);
    see_other_with(&visitor.session, kind, &said, "/cart")
}

fn told(number: &str, missing: &[String], wanted: usize) -> (FlashKind, String) {
    if missing.is_empty() && wanted > 0 {
        return (FlashKind::Success, format!("What you bought with order {number} is in your cart, at today’s prices."));
    }
    let named: Vec<String> = missing.iter().take(NAMED).map(|words| words.chars().take(160).collect()).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        1 => " One more thing is not to be had either.".to_owned(),
        more => format!(" {more} more things are not to be had either."),
    };
    (FlashKind::Notice, format!("Not all of order {number} is to be had. {}{more}", named.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_to_be_had_is_named_in_a_message_that_fits() {
        assert!(told("1A2B-3C4D", &[], 2).1.contains("is in your cart"));
        let words: Vec<String> = (0..50).map(|at| format!("{} {at} is not sold any more.", "x".repeat(200))).collect();
        let said = told("1A2B-3C4D", &words, 50).1;
        assert!(said.len() < 1000 && said.ends_with("46 more things are not to be had either."), "{said}");
    }
}
