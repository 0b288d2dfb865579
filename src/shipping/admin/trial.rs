use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{TrialChoices, all_categories};
use crate::{
    base::{CategoryId, Currency, Money, Permission, Problems, Result},
    catalog::Category,
    settings::{self, Place},
    shipping::{
        carriers::Carriers,
        forms::TrialForm,
        model::{Offer, Parcel},
        ops,
    },
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/delivery/trial", Permission::SettingsSee, show);
}

#[derive(Template)]
#[template(path = "admin/shipping/trial.html")]
struct TrialPage {
    desk: Desk,
    form: TrialForm,
    choices: TrialChoices,
    currency: Currency,
    /// `None` while the question can't be understood.
    answer: Option<Answer>,
    problems: Problems,
}

struct Answer {
    offers: Vec<Offer>,
    refusal: Option<String>,
}

impl TrialPage {
    fn price(&self, offer: &Offer) -> Money {
        Money::new(offer.price, self.currency)
    }
}

async fn show(desk: Desk, form: web::Query<TrialForm>, app: App, carriers: web::Data<Carriers>) -> Result<HttpResponse> {
    let found = app.db.read(|conn| Ok((settings::store(conn)?.currency, all_categories(conn)?)));
    let (currency, categories) = found.await?;
    let form = form.into_inner();
    let (answer, problems) = match form.parse(currency) {
        Ok((place, parcel)) => (Some(ask(&app, &carriers, place, with_parents(parcel, &categories)).await?), Problems::default()),
        Err(problems) => (None, problems),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &TrialPage { desk, form, choices: TrialChoices::of(categories), currency, answer, problems })
}

/// Units of a category count for the one that it stands in too.
fn with_parents(mut parcel: Parcel, categories: &[Category]) -> Parcel {
    let parent = |id: &CategoryId| categories.iter().find(|category| category.id == *id).and_then(|category| category.parent_id);
    let above: Vec<_> = parcel.categories.iter().filter_map(|(id, units)| Some((parent(id)?, *units))).collect();
    parcel.categories.extend(above);
    parcel
}

async fn ask(app: &App, carriers: &Carriers, place: Place, parcel: Parcel) -> Result<Answer> {
    ops::refresh(&app.db, carriers, &place, &parcel).await?;
    let asked = place.clone();
    let book = app.db.read(move |conn| ops::book(conn, &asked)).await?;
    Ok(Answer { offers: book.offers(&place, &parcel), refusal: book.refusal(&place, &parcel) })
}
