//! The owner's pages of delivery: methods, their prices in zones, zones, and a box to try them out.

mod methods;
mod tariffs;
mod trial;
mod zones;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    forms::TrialForm,
    model::{SavedMethod, Step, Tariff, Zone},
    rules, store,
};
use crate::{
    base::{Currency, Permission, Problems, Result, ShippingMethodId, ShippingZoneId},
    catalog::{self, Category},
    settings::{self, Country, countries},
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/delivery", Permission::SettingsSee, list);
    methods::routes(doors);
    tariffs::routes(doors);
    zones::routes(doors);
    trial::routes(doors);
}

/// All tariffs in words.
struct Prices {
    currency: Currency,
    tariffs: Vec<Tariff>,
    steps: Vec<Step>,
}

impl Prices {
    fn in_words(&self, method: &ShippingMethodId, zone: &ShippingZoneId) -> Option<String> {
        let tariff = self.tariffs.iter().find(|tariff| tariff.method_id == *method && tariff.zone_id == *zone)?;
        let steps: Vec<_> = self.steps.iter().filter(|step| step.method_id == *method && step.zone_id == *zone).collect();
        Some(rules::summary(tariff, &steps, self.currency))
    }

    fn methods_in(&self, zone: &ShippingZoneId) -> usize {
        self.tariffs.iter().filter(|tariff| tariff.zone_id == *zone).count()
    }
}

#[derive(Template)]
#[template(path = "admin/shipping/list.html")]
struct ListPage {
    desk: Desk,
    methods: Vec<SavedMethod>,
    zones: Vec<Zone>,
    prices: Prices,
    form: TrialForm,
    choices: TrialChoices,
    problems: Problems,
}

impl ListPage {
    /// The zones that a method has prices for, with them.
    fn prices_of(&self, method: &ShippingMethodId) -> Vec<(&Zone, String)> {
        self.zones.iter().filter_map(|zone| Some((zone, self.prices.in_words(method, &zone.id)?))).collect()
    }

    fn holds(&self, zone: &Zone) -> String {
        rules::in_words(zone)
    }
}

/// What there is to choose from in the box that tries delivery out.
struct TrialChoices {
    countries: Vec<Country>,
    categories: Vec<Category>,
}

impl TrialChoices {
    fn of(categories: Vec<Category>) -> Self {
        Self { countries: countries(), categories }
    }
}

/// Each department followed by what stands in it.
fn all_categories(conn: &mut crate::base::Conn) -> Result<Vec<Category>> {
    let tree = catalog::category_tree(conn)?;
    Ok(tree.into_iter().flat_map(|top| std::iter::once(top.category).chain(top.children)).collect())
}

async fn list(desk: Desk, app: App) -> Result<HttpResponse> {
    let found = app.db.read(|conn| {
        let prices = Prices { currency: settings::store(conn)?.currency, tariffs: store::tariffs(conn)?, steps: store::steps(conn)? };
        Ok((store::methods(conn)?, store::zones(conn)?, prices, all_categories(conn)?))
    });
    let (methods, zones, prices, categories) = found.await?;
    let (form, choices) = (TrialForm::default(), TrialChoices::of(categories));
    private_html(StatusCode::OK, &ListPage { desk, methods, zones, prices, form, choices, problems: Problems::default() })
}

/// The question before something goes for good.
#[derive(Template)]
#[template(path = "admin/shipping/deletion.html")]
struct DeletionPage {
    desk: Desk,
    name: String,
    consequence: String,
    button: &'static str,
    action: String,
    back: String,
}
