//! Gift cards and store credit on the way to an order.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{
    Standing,
    payment::{Filled, render},
    stand,
};
use crate::{
    base::{CreditId, Result},
    checkout::{
        forms::{CardForm, StoreCreditForm},
        model::{Checkout, Step, Till},
        ops,
    },
    limits::{self, Door},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Shell, Visitor, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/checkout/gift-cards", Access::Anybody, back)
        .post("/checkout/gift-cards", Access::Anybody, put)
        .post("/checkout/gift-cards/{id}/removal", Access::Anybody, remove)
        .post("/checkout/store-credit", Access::Anybody, use_store_credit);
}

/// Whoever comes back to where the form was sent.
async fn back() -> Result<HttpResponse> {
    Ok(see_other(Step::Payment.path()))
}

async fn answers(visitor: &Visitor, app: &App) -> Result<std::result::Result<Checkout, HttpResponse>> {
    Ok(match stand(visitor, app).await? {
        Standing::Ready { checkout: Some(checkout), .. } => Ok(*checkout),
        Standing::Ready { .. } => Err(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => Err(response),
    })
}

async fn put(visitor: Visitor, form: Form<CardForm>, request: HttpRequest, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let checkout = match answers(&visitor, &app).await? {
        Ok(checkout) => checkout,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (code, knock) = (form.0.code.clone(), limits::knock_at(Door::GiftCard, &visitor, &request).await?);
    match app.db.write(move |conn| ops::put_credit(conn, &checkout, &code, &knock)).await? {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The gift card pays for this order.", Step::Payment.path()),
        Err(error) => {
            let (problems, filled) = (error.into_problems()?, Filled { card: form.0.code, ..Filled::default() });
            render(&visitor, Shell::of(&request).await?, filled, problems, &app, &till).await
        }
    }
}

async fn remove(visitor: Visitor, card: web::Path<CreditId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let checkout = match answers(&visitor, &app).await? {
        Ok(checkout) => checkout,
        Err(elsewhere) => return Ok(elsewhere),
    };
    app.db.write(move |conn| ops::remove_credit(conn, &checkout, *card)).await?;
    see_other_with(&visitor.session, FlashKind::Success, "The gift card is not used for this order.", Step::Payment.path())
}

async fn use_store_credit(visitor: Visitor, form: Form<StoreCreditForm>, app: App) -> Result<HttpResponse> {
    let checkout = match answers(&visitor, &app).await? {
        Ok(checkout) => checkout,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let used = form.0.used == "yes";
    app.db.write(move |conn| ops::use_store_credit(conn, &checkout, used)).await?;
    let said = if used { "Your store credit pays for this order." } else { "Your store credit is kept for another time." };
    see_other_with(&visitor.session, FlashKind::Success, said, Step::Payment.path())
}
