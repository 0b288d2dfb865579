use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    model::{Area, Basis, Person, Rate, RateChange, RatedZone, Rounding, TaxClass, TaxSettings, ZoneChange},
    vat::VatNumber,
};
use crate::{
    base::{
        Currency, Email, Money, Problems,
        meanwhile::{self, Fields},
        typed,
    },
    settings::{Place, countries, regions},
};

/// The tax settings as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    pub entered: String,
    pub rounding: String,
    /// Empty: as the dearest in the cart.
    pub delivery_class: String,
    pub untaxed_at_net: Option<String>,
    pub vat_number: String,
    pub checks_online: Option<String>,
    /// What it showed when it was opened.
    pub was: String,
}

impl SettingsForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![
            ("entered", self.entered.as_str()),
            ("rounding", self.rounding.as_str()),
            ("delivery_class", self.delivery_class.as_str()),
            ("untaxed_at_net", meanwhile::ticked(&self.untaxed_at_net)),
            ("vat_number", self.vat_number.as_str()),
            ("checks_online", meanwhile::ticked(&self.checks_online)),
        ]
    }

    /// `country`: the shop's own.
    pub fn parse(&self, country: &str) -> Result<TaxSettings, Problems> {
        let mut problems = Problems::default();
        let entered = problems.take("entered", self.entered.parse::<Basis>().map_err(|_| "Choose how you enter prices"));
        let rounding = problems.take("rounding", self.rounding.parse::<Rounding>().map_err(|_| "Choose when tax is rounded"));
        let number = if self.vat_number.trim().is_empty() { Ok(None) } else { VatNumber::parse(&self.vat_number, country).map(Some) };
        let vat_number = problems.take("vat_number", number);
        let settings = || {
            Some(TaxSettings {
                entered: entered?,
                rounding: rounding?,
                delivery_class: Some(self.delivery_class.clone()).filter(|class| !class.is_empty()),
                untaxed_at_net: self.untaxed_at_net.is_some(),
                vat_number: vat_number?.map(|number| number.to_string()).unwrap_or_default(),
                checks_online: self.checks_online.is_some(),
            })
        };
        settings().ok_or(problems)
    }
}

fn ticked(is: bool) -> Option<String> {
    is.then(|| "on".to_owned())
}

impl From<TaxSettings> for SettingsForm {
    fn from(settings: TaxSettings) -> Self {
        let form = Self {
            entered: settings.entered.as_str().to_owned(),
            rounding: settings.rounding.as_str().to_owned(),
            delivery_class: settings.delivery_class.unwrap_or_default(),
            untaxed_at_net: ticked(settings.untaxed_at_net),
            vat_number: settings.vat_number,
            checks_online: ticked(settings.checks_online),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}

/// A zone as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ZoneForm {
    pub name: String,
    /// Empty: as entered.
    pub basis: String,
    pub outside: Option<String>,
    /// One place a line.
    pub areas: String,
}

/// A zone's places are listed on one page.
const AREAS: usize = 500;

impl ZoneForm {
    pub fn parse(&self) -> Result<(ZoneChange, Vec<Area>), Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter a name, such as the country's"));
        let basis = if self.basis.is_empty() { Ok(None) } else { self.basis.parse().map(Some) };
        let basis = problems.take("basis", basis.map_err(|_: String| "Choose how prices are shown there"));
        let areas = problems.take("areas", self.areas());
        let zone = || Some((ZoneChange { name: name?, basis: basis?, outside: self.outside.is_some() }, areas?));
        zone().ok_or(problems)
    }

    /// Commas part places as lines do.
    fn areas(&self) -> Result<Vec<Area>, String> {
        let texts: Vec<_> = self.areas.split(['\n', ',']).map(str::trim).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err("Enter a country, a state or postcodes, such as GB or US-CA 90001-90899".to_owned());
        }
        if texts.len() > AREAS {
            return Err(format!("Enter {AREAS} places at most. Join postcodes that follow each other into ranges"));
        }
        texts.into_iter().map(Area::parse).collect()
    }
}

impl From<&RatedZone> for ZoneForm {
    fn from(zone: &RatedZone) -> Self {
        Self {
            name: zone.zone.name.clone(),
            basis: zone.zone.basis.map(|basis| basis.as_str().to_owned()).unwrap_or_default(),
            outside: ticked(zone.zone.outside),
            areas: zone.areas.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// A rate as it was typed.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct RateForm {
    pub tax_class: String,
    pub label: String,
    pub rate: String,
    pub priority: String,
    pub compound: Option<String>,
    pub starts_on: String,
    pub ends_on: String,
    /// What it showed when it was opened.
    pub was: String,
}

impl Default for RateForm {
    fn default() -> Self {
        let empty = String::new;
        Self {
            tax_class: super::STANDARD.to_owned(),
            label: empty(),
            rate: empty(),
            priority: "1".to_owned(),
            compound: None,
            starts_on: empty(),
            ends_on: empty(),
            was: empty(),
        }
    }
}

impl RateForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![
            ("tax_class", self.tax_class.as_str()),
            ("label", self.label.as_str()),
            ("rate", self.rate.as_str()),
            ("priority", self.priority.as_str()),
            ("compound", meanwhile::ticked(&self.compound)),
            ("starts_on", self.starts_on.as_str()),
            ("ends_on", self.ends_on.as_str()),
        ]
    }

    pub fn parse(&self) -> Result<RateChange, Problems> {
        let mut problems = Problems::default();
        let tax_class = problems.take("tax_class", typed::required(&self.tax_class, 40, "Choose a class"));
        let label = problems.take("label", typed::required(&self.label, 60, "Enter what the customer reads, such as VAT 20%"));
        let rate = problems.take("rate", percent(&self.rate));
        let priority = problems.take("priority", typed::whole(&self.priority, 1..=9));
        let starts_on = problems.take("starts_on", day(&self.starts_on));
        let ends_on = problems.take("ends_on", day(&self.ends_on));
        if matches!((starts_on, ends_on), (Some(Some(first)), Some(Some(last))) if last < first) {
            problems.add("ends_on", "The last day can't be before the first");
        }
        let rate = || {
            Some(RateChange {
                tax_class: tax_class?,
                label: label?,
                rate: rate?,
                priority: priority?,
                compound: self.compound.is_some(),
                starts_on: starts_on?,
                ends_on: ends_on?,
            })
        };
        if problems.is_empty() { rate().ok_or(problems) } else { Err(problems) }
    }
}

impl From<&Rate> for RateForm {
    fn from(rate: &Rate) -> Self {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let form = Self {
            tax_class: rate.tax_class.clone(),
            label: rate.label.clone(),
            rate: rate.rate.normalize().to_string(),
            priority: rate.priority.to_string(),
            compound: ticked(rate.compound),
            starts_on: day(rate.starts_on),
            ends_on: day(rate.ends_on),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}

/// `20`, `8.875 %`: at most four digits behind the point, as the column holds.
fn percent(text: &str) -> Result<Decimal, &'static str> {
    let bare = text.trim().trim_end_matches('%').trim_end();
    let plain = bare.chars().all(|c| c.is_ascii_digit() || c == '.');
    let rate = bare.parse::<Decimal>().ok().filter(|_| plain).map(|rate| rate.normalize());
    rate.filter(|rate| *rate <= Decimal::ONE_HUNDRED && rate.scale() <= 4).ok_or("Enter a percentage from 0 to 100, such as 20 or 8.875")
}

/// As browsers send it, or nothing.
fn day(text: &str) -> Result<Option<NaiveDate>, &'static str> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
    day.filter(|day| (1900..=2999).contains(&chrono::Datelike::year(day))).map(Some).ok_or("Enter a day in the form 2027-01-31")
}

/// A class as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClassForm {
    pub name: String,
    pub code: String,
    pub position: String,
}

impl ClassForm {
    /// The code is made of the name when it is left empty.
    pub fn parse(&self) -> Result<TaxClass, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter the class's name, such as Reduced"));
        let code = typed::slug(&self.code, &self.name)
            .and_then(|code| if code.len() > 40 { Err("Shorten this to 40 characters".into()) } else { Ok(code) });
        let code = problems.take("code", code);
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000));
        let class = || Some(TaxClass { code: code?, name: name?, position: position? });
        class().ok_or(problems)
    }
}

impl From<TaxClass> for ClassForm {
    fn from(class: TaxClass) -> Self {
        Self { name: class.name, code: class.code, position: class.position.to_string() }
    }
}

/// Who pays no tax, and why, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExemptionForm {
    pub email: String,
    pub reason: String,
}

impl ExemptionForm {
    pub fn parse(&self) -> Result<(Email, String), Problems> {
        let mut problems = Problems::default();
        let email = problems.take("email", Email::parse(&self.email));
        let missing = "Enter why, such as the number of the certificate";
        let reason = problems.take("reason", typed::required(&self.reason, 200, missing));
        email.zip(reason).ok_or(problems)
    }
}

/// A place, a person and an amount to try the rules on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TrialForm {
    pub country: String,
    pub region: String,
    pub postcode: String,
    pub tax_class: String,
    pub amount: String,
    pub vat_number: String,
    pub exempt: Option<String>,
    /// `YYYY-MM-DD`; empty: today.
    pub on: String,
}

pub struct Trial {
    pub place: Place,
    pub person: Person,
    pub tax_class: String,
    /// As it is entered in the back office.
    pub amount: Money,
    pub on: Option<NaiveDate>,
}

impl TrialForm {
    pub fn parse(&self, currency: Currency) -> Result<Trial, Problems> {
        let mut problems = Problems::default();
        let known = countries().iter().any(|country| country.code == self.country);
        let country = problems.take("country", if known { Ok(self.country.clone()) } else { Err("Choose a country") });
        let region = problems.take("region", self.known_region());
        let postcode = problems.take("postcode", typed::optional(&self.postcode, 16));
        let amount = problems.take("amount", Money::parse(&self.amount, currency));
        let number = if self.vat_number.trim().is_empty() { Ok(None) } else { VatNumber::parse(&self.vat_number, &self.country).map(Some) };
        let vat_number = problems.take("vat_number", number);
        let on = problems.take("on", day(&self.on));
        let exemption = if self.exempt.is_some() { "for example" } else { "" }.to_owned();
        let trial = || {
            Some(Trial {
                place: Place { country: country?, region: region?, postcode: postcode? },
                person: Person { vat_number: vat_number?, exemption },
                tax_class: self.tax_class.clone(),
                amount: amount?,
                on: on?,
            })
        };
        trial().ok_or(problems)
    }

    /// A code such as `US-CA`, of the country.
    fn known_region(&self) -> Result<String, &'static str> {
        let region = self.region.trim().to_uppercase();
        let full = if region.is_empty() || region.contains('-') { region } else { format!("{}-{region}", self.country) };
        let known = full.is_empty() || regions(&self.country).iter().any(|region| region.code == full);
        if known { Ok(full) } else { Err("Enter a state of this country by its code, such as CA, or leave it empty") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_exactly_and_refused_beyond_reason() {
        assert_eq!(percent(" 8.875 %").unwrap().to_string(), "8.875");
        assert_eq!(percent("20").unwrap(), Decimal::from(20));
        for wrong in ["", "-1", "100.1", "1e1", "5,5", "0.00001", "twenty"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_places_of_a_zone_stand_on_lines_or_between_commas() {
        let form = |areas: &str| ZoneForm { name: "West".into(), areas: areas.into(), ..Default::default() };
        let (_, areas) = form("gb\nUS-CA 90001 - 90899, es 35").parse().unwrap();
        assert_eq!(areas.iter().map(ToString::to_string).collect::<Vec<_>>(), ["GB", "US-CA 90001-90899", "ES 35"]);
        for (wrong, said) in [("", "Enter a country"), ("ZZ", "ZZ"), ("US-XX", "US-XX"), ("US 9-", "range"), ("US 9-1", "range")] {
            let problems = form(wrong).parse().unwrap_err();
            assert!(problems.on("areas").is_some_and(|message| message.contains(said)), "{wrong}: {problems}");
        }
    }

    #[test]
    fn a_rate_s_days_are_in_order() {
        let form = RateForm {
            label: "VAT".into(),
            rate: "20".into(),
            starts_on: "2027-01-01".into(),
            ends_on: "2026-12-31".into(),
            ..Default::default()
        };
        assert!(form.parse().unwrap_err().on("ends_on").is_some());
        let ends_later = RateForm { ends_on: "2027-01-01".into(), ..form };
        assert!(ends_later.parse().is_ok());
    }

    #[test]
    fn the_shop_s_vat_number_is_of_its_country() {
        let form = SettingsForm { entered: "net".into(), rounding: "order".into(), vat_number: "980 7806 84".into(), ..Default::default() };
        let settings = form.parse("GB").unwrap();
        assert_eq!((settings.vat_number.as_str(), settings.delivery_class), ("GB980780684", None));
        assert!(form.parse("DE").unwrap_err().on("vat_number").is_some());
    }
}
