use serde::Deserialize;

use super::fields::{Fields, amount};
use crate::{
    base::{CategoryId, Currency, Money, Problems, ShippingMethodId, typed},
    shipping::{
        carriers::reach,
        model::{MethodInput, MethodSettings, Surcharge},
    },
};

/// Categories that cost more; beyond that another price list is the better answer.
const MOST_SURCHARGES: usize = 100;

/// Rows that are offered empty.
const SPARE_ROWS: usize = 2;

/// A method as the owner typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct MethodForm {
    pub name: String,
    pub description: String,
    pub delivery_time: String,
    pub position: String,
    pub active: bool,
    pub is_pickup: bool,
    pub pickup_address: String,
    pub tax_class: String,
    pub carrier: String,
    pub carrier_url: String,
    /// Empty: the former one stays.
    pub carrier_token: String,
    pub carrier_service: String,
    pub surcharges: Vec<SurchargeRow>,
    /// More rows are wanted; nothing is saved.
    pub more: bool,
}

#[derive(Clone, Debug, Default)]
pub struct SurchargeRow {
    pub category: String,
    pub price: String,
    /// `unit` or `order`.
    pub per: String,
}

impl From<Vec<(String, String)>> for MethodForm {
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut fields = Fields::from(pairs);
        let rows = fields.rows("surcharge_price", MOST_SURCHARGES);
        let surcharges = (1..=rows).map(|row| SurchargeRow {
            category: fields.take(&format!("surcharge_category_{row}")),
            price: fields.take(&format!("surcharge_price_{row}")),
            per: fields.take(&format!("surcharge_per_{row}")),
        });
        let surcharges = surcharges.collect();
        let mut form = Self {
            name: fields.take("name"),
            description: fields.take("description"),
            delivery_time: fields.take("delivery_time"),
            position: fields.take("position"),
            active: fields.has("active"),
            is_pickup: fields.has("is_pickup"),
            pickup_address: fields.take("pickup_address"),
            tax_class: fields.take("tax_class"),
            carrier: fields.take("carrier"),
            carrier_url: fields.take("carrier_url"),
            carrier_token: fields.take("carrier_token"),
            carrier_service: fields.take("carrier_service"),
            surcharges,
            more: fields.has("more"),
        };
        if form.more {
            form.add_rows();
        }
        form
    }
}

impl MethodForm {
    /// An empty form.
    pub fn new() -> Self {
        let mut form = Self { active: true, ..Self::default() };
        form.add_rows();
        form
    }

    pub fn of(settings: MethodSettings, surcharges: &[Surcharge], currency: Currency) -> Self {
        let row = |surcharge: &Surcharge| SurchargeRow {
            category: surcharge.category_id.to_string(),
            price: Money::new(surcharge.price, currency).plain(),
            per: if surcharge.per_unit { "unit" } else { "order" }.to_owned(),
        };
        let mut form = Self {
            name: settings.name,
            description: settings.description,
            delivery_time: settings.delivery_time,
            position: settings.position.to_string(),
            active: settings.active,
            is_pickup: settings.is_pickup,
            pickup_address: settings.pickup_address,
            tax_class: settings.tax_class.unwrap_or_default(),
            carrier: settings.carrier,
            carrier_url: settings.carrier_url,
            carrier_token: String::new(),
            carrier_service: settings.carrier_service,
            surcharges: surcharges.iter().map(row).collect(),
            more: false,
        };
        form.add_rows();
        form
    }

    fn add_rows(&mut self) {
        self.surcharges.resize_with((self.surcharges.len() + SPARE_ROWS).min(MOST_SURCHARGES), SurchargeRow::default);
    }

    /// `carriers`: codes of the known ones; `in_development`: whether a carrier may run on this machine.
    pub fn parse(&self, carriers: &[&str], currency: Currency, in_development: bool) -> Result<MethodInput, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter a name that shoppers understand"));
        let description = problems.take("description", typed::optional(&self.description, 300));
        let delivery_time = problems.take("delivery_time", typed::optional(&self.delivery_time, 80));
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000));
        let pickup_address = problems.take("pickup_address", self.pickup_place());
        let tax_class = problems.take("tax_class", typed::optional(&self.tax_class, 40));
        let carrier = problems.take("carrier", self.known_carrier(carriers));
        let carrier_url = problems.take("carrier_url", self.address_to_ask(in_development));
        let carrier_service = problems.take("carrier_service", typed::optional(&self.carrier_service, 80));
        problems.take("carrier_token", typed::optional(&self.carrier_token, 500));
        let surcharges = self.surcharges(currency, &mut problems);
        let settings = || {
            Some(MethodSettings {
                name: name?,
                description: description?,
                position: position?,
                active: self.active,
                delivery_time: delivery_time?,
                is_pickup: self.is_pickup,
                pickup_address: pickup_address?,
                tax_class: tax_class.map(|class| Some(class).filter(|class| !class.is_empty()))?,
                carrier: carrier?,
                carrier_url: carrier_url?,
                carrier_service: carrier_service?,
            })
        };
        match settings() {
            Some(settings) if problems.is_empty() => Ok(MethodInput { settings, surcharges }),
            _ => Err(problems),
        }
    }

    fn pickup_place(&self) -> Result<String, String> {
        if self.is_pickup {
            typed::required(&self.pickup_address, 300, "Enter where and when it is picked up")
        } else {
            typed::optional(&self.pickup_address, 300)
        }
    }

    fn known_carrier(&self, carriers: &[&str]) -> Result<String, &'static str> {
        if self.is_pickup && !self.carrier.is_empty() {
            return Err("What is picked up has no carrier. Choose our own prices");
        }
        let known = self.carrier.is_empty() || carriers.contains(&self.carrier.as_str());
        if known { Ok(self.carrier.clone()) } else { Err("Choose a carrier from the list") }
    }

    fn address_to_ask(&self, in_development: bool) -> Result<String, String> {
        let text = typed::optional(&self.carrier_url, 500)?;
        if self.carrier.is_empty() && text.is_empty() {
            return Ok(text);
        }
        reach(in_development).check(&text).map(|_| text).map_err(str::to_owned)
    }

    fn surcharges(&self, currency: Currency, problems: &mut Problems) -> Vec<Surcharge> {
        let mut surcharges: Vec<Surcharge> = vec![];
        for (row, typed) in (1..).zip(&self.surcharges) {
            if typed.category.is_empty() && typed.price.trim().is_empty() {
                continue;
            }
            let category = typed.category.parse().map_err(|_| "Choose a category").and_then(|id| {
                let twice = surcharges.iter().any(|known| known.category_id == CategoryId(id));
                if twice { Err("This category stands in another row already") } else { Ok(CategoryId(id)) }
            });
            let category = problems.take(&format!("surcharge_category_{row}"), category);
            let price = problems.take(&format!("surcharge_price_{row}"), amount(&typed.price, currency));
            if let (Some(category_id), Some(price)) = (category, price) {
                // The method's id is known when it is saved.
                surcharges.push(Surcharge { method_id: ShippingMethodId(0), category_id, price, per_unit: typed.per == "unit" });
            }
        }
        surcharges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(form: &MethodForm) -> Result<MethodInput, Problems> {
        form.parse(&["json"], Currency::parse("GBP").unwrap(), false)
    }

    fn row(category: &str, price: &str, per: &str) -> SurchargeRow {
        SurchargeRow { category: category.into(), price: price.into(), per: per.into() }
    }

    #[test]
    fn a_method_needs_little_more_than_a_name() {
        let method = parse(&MethodForm { name: "Post".into(), ..MethodForm::new() }).unwrap();
        assert_eq!((method.settings.name.as_str(), method.settings.active, method.settings.tax_class), ("Post", true, None));
        assert!(method.surcharges.is_empty());
        assert!(parse(&MethodForm::new()).unwrap_err().on("name").is_some());
    }

    #[test]
    fn what_is_picked_up_needs_a_place_and_no_carrier() {
        let form = MethodForm { name: "Pick up".into(), is_pickup: true, carrier: "json".into(), ..MethodForm::default() };
        let problems = parse(&form).unwrap_err();
        assert!(problems.on("pickup_address").is_some() && problems.on("carrier").is_some());
    }

    #[test]
    fn a_carrier_needs_an_address_that_may_be_asked() {
        let form =
            |url: &str| MethodForm { name: "Parcel".into(), carrier: "json".into(), carrier_url: url.into(), ..MethodForm::default() };
        assert!(parse(&form("https://rates.example.com/v1")).is_ok());
        for wrong in ["", "http://rates.example.com", "https://10.0.0.1/"] {
            assert!(parse(&form(wrong)).unwrap_err().on("carrier_url").is_some(), "{wrong}");
        }
    }

    #[test]
    fn surcharges_are_rows_and_each_category_has_one() {
        let surcharges = vec![row("7", "15", "unit"), row("", "", "order"), row("8", "2.50", "order")];
        let method = parse(&MethodForm { name: "Post".into(), surcharges, ..MethodForm::default() }).unwrap();
        let found: Vec<_> = method.surcharges.iter().map(|one| (one.category_id.0, one.price, one.per_unit)).collect();
        assert_eq!(found, [(7, 1500, true), (8, 250, false)]);
        let surcharges = vec![row("7", "15", "unit"), row("7", "x", "unit"), row("", "3", "unit")];
        let problems = parse(&MethodForm { name: "Post".into(), surcharges, ..MethodForm::default() }).unwrap_err();
        for field in ["surcharge_category_2", "surcharge_price_2", "surcharge_category_3"] {
            assert!(problems.on(field).is_some(), "{field}");
        }
    }
}
