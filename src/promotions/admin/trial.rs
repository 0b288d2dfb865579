use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Currency, Error, Money, Permission, Problems, PromotionId, Result},
    promotions::{
        forms::TrialForm,
        model::{BasketLine, Promotion, Tried},
        ops,
        store::promotions,
    },
    settings::{self, Country},
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/promotions/{id}/trial", Permission::PromotionsSee, show);
}

#[derive(Template)]
#[template(path = "admin/promotions/trial.html")]
struct TrialPage {
    desk: Desk,
    promotion: Promotion,
    currency: Currency,
    countries: Vec<Country>,
    form: TrialForm,
    tried: Option<Tried>,
    problems: Problems,
}

/// A line of the cart as the result shows it.
struct Line<'a> {
    name: &'a str,
    quantity: i32,
    total: Money,
    /// Label and amount.
    discounts: Vec<(&'a str, Money)>,
}

impl TrialPage {
    fn money(&self, minor: &i64) -> Money {
        Money::new(*minor, self.currency)
    }

    fn lines<'a>(&self, tried: &'a Tried) -> Vec<Line<'a>> {
        let of = |at: usize| tried.outcome.discounts.iter().filter(move |discount| discount.line == at);
        let shown = tried.lines.iter().zip(&tried.names).enumerate();
        let line = |(at, (line, name)): (usize, (&BasketLine, &'a String))| Line {
            name,
            quantity: line.quantity,
            total: self.money(&line.total()),
            discounts: of(at).map(|discount| (discount.label.as_str(), self.money(&discount.amount))).collect(),
        };
        shown.map(line).collect()
    }

    /// What all goods cost after the discounts.
    fn total(&self, tried: &Tried) -> Money {
        let goods: i64 = tried.lines.iter().map(BasketLine::total).sum();
        let off: i64 = tried.outcome.discounts.iter().map(|discount| discount.amount).sum();
        self.money(&(goods + off))
    }

    fn off(&self, tried: &Tried) -> Money {
        self.money(&tried.outcome.discounts.iter().map(|discount| discount.amount).sum())
    }
}

/// Changes nothing, so the whole trial stands in the address.
async fn show(desk: Desk, id: web::Path<PromotionId>, query: web::Query<TrialForm>, app: App) -> Result<HttpResponse> {
    let (id, form) = (id.into_inner(), query.into_inner());
    let (promotion, store) = app.db.read(move |conn| Ok((promotions::find(conn, id)?, settings::store(conn)?))).await?;
    let tried = match form.parse(id) {
        _ if form.is_empty() => Ok(None),
        Ok(trial) => app.db.read(move |conn| ops::try_out(conn, &trial)).await.map(Some),
        Err(problems) => Err(Error::Invalid(problems)),
    };
    let (tried, problems) = match tried {
        Ok(tried) => (tried, Problems::default()),
        Err(error) => (None, error.into_problems()?),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = TrialPage { desk, promotion, currency: store.currency, countries: settings::countries(), form, tried, problems };
    private_html(status, &page)
}
