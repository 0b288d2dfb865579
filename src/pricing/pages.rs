use actix_web::HttpResponse;
use serde::Deserialize;

use super::ops;
use crate::{
    accounts,
    base::{Currency, Error, Result},
    web::{Access, App, Doors, FlashKind, Form, Visitor, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.post("/currency", Access::Anybody, choose);
}

#[derive(Deserialize)]
struct CurrencyForm {
    currency: String,
    #[serde(default)]
    return_to: String,
}

/// The visitor wants to see and pay prices in another currency. Leads back to where they were.
async fn choose(visitor: Visitor, form: Form<CurrencyForm>, app: App) -> Result<HttpResponse> {
    let CurrencyForm { currency, return_to } = form.0;
    let wanted = Currency::parse(&currency).map_err(|message| Error::invalid("currency", message))?;
    let offered = app.db.read(ops::currencies).await?;
    let back = if return_to.is_empty() { "/" } else { accounts::safe_return(&return_to) };
    if !offered.contains(&wanted) {
        let said = format!("We don’t sell in {} any more. Choose another currency.", wanted.code());
        return see_other_with(&visitor.session, FlashKind::Notice, &said, back);
    }
    visitor.session.set_currency(Some(wanted.code()))?;
    see_other_with(&visitor.session, FlashKind::Success, &format!("Prices are in {} now.", wanted.code()), back)
}
