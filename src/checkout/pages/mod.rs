//! The steps as pages. Each shows the answers given so far and leads on to the first that is missing.

mod address;
mod billing;
mod credits;
mod delivery;
mod payment;
mod review;

use actix_web::HttpResponse;

use super::{
    model::{Checkout, Step},
    ops, rules,
};
use crate::{
    base::{CartId, Result},
    cart::{self, CartView},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Visitor, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/checkout", Access::Anybody, resume).post("/checkout", Access::Anybody, begin);
    address::routes(doors);
    billing::routes(doors);
    delivery::routes(doors);
    review::routes(doors);
    payment::routes(doors);
    credits::routes(doors);
}

/// Where a shopper stands.
#[allow(clippy::large_enum_variant, reason = "lives for one match")]
enum Standing {
    /// With something to order, and the answers given so far.
    Ready { cart: CartView, checkout: Option<Box<Checkout>> },
    /// Elsewhere: an empty cart, or one with a line that can't be ordered.
    Elsewhere(HttpResponse),
}

/// The visitor's cart and answers, or the page to go to first.
async fn stand(visitor: &Visitor, app: &App) -> Result<Standing> {
    let Some(id) = cart::current_for(visitor, app).await? else {
        return see_other_with(&visitor.session, FlashKind::Notice, "Your cart is empty.", "/cart").map(Standing::Elsewhere);
    };
    let found = app.db.read(move |conn| {
        let checkout = ops::find(conn, id)?.map(Box::new);
        let terms = checkout.as_ref().map(|checkout| checkout.terms()).unwrap_or_default();
        Ok((cart::view(conn, id, &terms)?, checkout))
    });
    let (cart, checkout) = found.await?;
    if !cart.is_orderable() {
        return Ok(Standing::Elsewhere(see_other("/cart")));
    }
    Ok(Standing::Ready { cart, checkout })
}

async fn resume(visitor: Visitor, app: App) -> Result<HttpResponse> {
    match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout } => {
            let open = rules::first_open(checkout.is_some(), cart.quote.delivery.is_some());
            Ok(see_other(open.min(Step::Review).path()))
        }
        Standing::Elsewhere(response) => Ok(response),
    }
}

/// From the cart: the shopper has seen today's prices. Leads straight to the step, since a redirect to the address that was
/// posted to looks like a loop to w3m.
async fn begin(visitor: Visitor, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    if let Some(cart) = cart::current_for(&visitor, &app).await? {
        accept_prices(cart, &app).await?;
    }
    resume(visitor, app).await
}

async fn accept_prices(cart: CartId, app: &App) -> Result<()> {
    app.db.write(move |conn| cart::accept_prices(conn, cart)).await
}
