//! At which rates delivery and fees are turned into the currencies of the price lists.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    base::{Currency, Error, Permission, Problems, Result},
    pricing::{forms::RateForm, ops, store::currencies},
    settings,
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/exchange-rates", Permission::PricesChange, list).post("/admin/exchange-rates", Permission::PricesChange, save);
}

#[derive(Template)]
#[template(path = "admin/pricing/rates.html")]
struct RatesPage {
    desk: Desk,
    own: Currency,
    /// Each currency with its rate as it stands in the field.
    rates: Vec<(Currency, String)>,
    /// The currency whose rate was refused.
    refused: String,
    problems: Problems,
}

impl RatesPage {
    fn problems_of(&self, currency: &Currency) -> Problems {
        if self.refused == currency.code() { self.problems.clone() } else { Problems::default() }
    }

    async fn load(desk: Desk, app: &App) -> Result<Self> {
        let (own, rates) = app
            .db
            .read(|conn| {
                let own = settings::store(conn)?.currency;
                let known = currencies::rates(conn)?;
                let of = |currency: &Currency| known.iter().find(|(other, _)| other == currency);
                let shown = currencies::of_lists(conn, own)?.into_iter().map(|currency| {
                    let rate = of(&currency).map(|(_, rate)| rate.normalize().to_string()).unwrap_or_default();
                    (currency, rate)
                });
                Ok((own, shown.collect()))
            })
            .await?;
        Ok(Self { desk, own, rates, refused: String::new(), problems: Problems::default() })
    }
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &RatesPage::load(desk, &app).await?)
}

async fn save(visitor: Visitor, form: Form<RateForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let saved = match form.parse() {
        Ok((currency, rate)) => app.db.write(move |conn| ops::set_rate(conn, currency, rate)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The rate is saved.", "/admin/exchange-rates?saved=yes"),
        Err(error) => {
            let (problems, mut page) = (error.into_problems()?, RatesPage::load(Desk::of(&request).await?, &app).await?);
            for (currency, rate) in page.rates.iter_mut().filter(|(currency, _)| currency.code() == form.currency) {
                *rate = form.rate.clone();
                page.refused = currency.code().to_owned();
            }
            page.problems = problems;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
