use std::collections::HashMap;

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

use crate::{
    accounts,
    base::{Conn, Money, Page, PageRequest, Permission, Problems, Result},
    settings::{self, Country, Store, countries, country_name},
    tax::{
        forms::{Trial, TrialForm},
        model::{Basis, RatedZone, Rounding, TaxClass, TaxLine, TaxSettings, Taxable, Treatment},
        ops,
        rules::Regime,
        store,
    },
    web::{App, Desk, Doors, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/tax", Permission::SettingsSee, show).get("/admin/tax/trial", Permission::SettingsSee, trial);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/tax/show.html")]
struct OverviewPage {
    desk: Desk,
    shop: Store,
    settings: TaxSettings,
    page: Page<RatedZone>,
    classes: Vec<TaxClass>,
    variants: HashMap<String, i64>,
    /// How many customers pay no tax.
    exempt: i64,
    now: DateTime<Utc>,
}

impl OverviewPage {
    fn country(&self) -> String {
        country_name(&self.shop.country)
    }

    fn enters_gross(&self) -> bool {
        self.settings.entered == Basis::Gross
    }

    fn rounds_lines(&self) -> bool {
        self.settings.rounding == Rounding::Line
    }

    fn class_name(&self, code: &str) -> String {
        self.classes.iter().find(|class| class.code == code).map_or_else(|| code.to_owned(), |class| class.name.clone())
    }

    fn variants_of(&self, code: &str) -> i64 {
        self.variants.get(code).copied().unwrap_or(0)
    }

    /// Today's rates of a zone: `VAT 20%, VAT 5%`.
    fn rates_of(&self, zone: &RatedZone) -> String {
        let labels: Vec<_> = zone.rates.iter().filter(|rate| rate.holds(self.now)).map(|rate| rate.label.as_str()).collect();
        labels.join(", ")
    }

    /// The first places of a zone, and how many more there are.
    fn areas_of(&self, zone: &RatedZone) -> String {
        let told: Vec<_> = zone.areas.iter().take(3).map(|area| area.told()).collect();
        let more = zone.areas.len().saturating_sub(3);
        if more == 0 { told.join("; ") } else { format!("{}; and {more} more", told.join("; ")) }
    }
}

async fn show(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, 50);
    let found = app.db.read(move |conn| {
        let (zones, variants) = (store::zones(conn, request)?, store::variants_by_class(conn)?);
        let exempt = accounts::exempt(conn, PageRequest::new(None, 1))?.total;
        Ok((settings::store(conn)?, store::settings(conn)?, zones, store::classes(conn)?, variants, exempt))
    });
    let (shop, settings, page, classes, variants, exempt) = found.await?;
    let variants = variants.into_iter().collect();
    private_html(StatusCode::OK, &OverviewPage { desk, shop, settings, page, classes, variants, exempt, now: Utc::now() })
}

/// What the rules say of the place, the person and the amount.
struct Outcome {
    regime: Regime,
    entered: Money,
    /// As shown there.
    shown: Money,
    lines: Vec<TaxLine>,
    delivery_class: String,
}

impl Outcome {
    fn tax(&self) -> Money {
        Money::new(self.lines.iter().map(|line| line.amount).sum(), self.shown.currency)
    }

    /// What the customer pays.
    fn total(&self) -> Money {
        let on_top = if self.regime.includes_tax() { 0 } else { self.tax().minor };
        Money::new(self.shown.minor + on_top, self.shown.currency)
    }

    fn money(&self, minor: &i64) -> Money {
        Money::new(*minor, self.shown.currency)
    }

    fn treatment(&self) -> &'static str {
        match self.regime.treatment() {
            Treatment::Taxed if self.lines.is_empty() => "No rate for this class",
            Treatment::Taxed => "Taxed",
            Treatment::ReverseCharge => "Reverse charge",
            Treatment::Export => "Export",
            Treatment::Exempt => "Exempt",
        }
    }
}

#[derive(Template)]
#[template(path = "admin/tax/trial.html")]
struct TrialPage {
    desk: Desk,
    shop: Store,
    classes: Vec<TaxClass>,
    form: TrialForm,
    outcome: Option<Outcome>,
    problems: Problems,
}

impl TrialPage {
    fn countries(&self) -> Vec<Country> {
        countries()
    }

    fn class_name(&self, code: &str) -> String {
        self.classes.iter().find(|class| class.code == code).map_or_else(|| code.to_owned(), |class| class.name.clone())
    }
}

async fn trial(desk: Desk, form: web::Query<TrialForm>, app: App) -> Result<HttpResponse> {
    let form = form.into_inner();
    let (shop, classes) = app.db.read(|conn| Ok((settings::store(conn)?, store::classes(conn)?))).await?;
    let is_new = form.country.is_empty() && form.amount.is_empty();
    let (outcome, problems) = match form.parse(shop.currency) {
        _ if is_new => (None, Problems::default()),
        Ok(trial) => (Some(app.db.read(move |conn| decide(conn, trial)).await?), Problems::default()),
        Err(problems) => (None, problems),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &TrialPage { desk, shop, classes, form, outcome, problems })
}

fn decide(conn: &mut Conn, trial: Trial) -> Result<Outcome> {
    let Trial { place, person, tax_class, amount: entered, on } = trial;
    let now = on.map_or_else(Utc::now, |day| day.and_time(NaiveTime::MIN).and_utc());
    let regime = ops::book(conn, Some(&place))?.regime(Some(&place), &person, now);
    let shown = Money::new(regime.unit_price(entered.minor, &tax_class), entered.currency);
    let delivery_class = regime.delivery_class(&[(&tax_class, shown.minor)]);
    let lines = regime.tax(&[Taxable { class: tax_class, amount: shown.minor }]);
    Ok(Outcome { regime, entered, shown, lines, delivery_class })
}
