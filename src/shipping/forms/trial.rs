use std::collections::BTreeMap;

use serde::Deserialize;

use super::fields::{amount, grams, or_none};
use crate::{
    base::{CategoryId, Currency, Problems, typed},
    settings::{Place, countries, regions},
    shipping::model::Parcel,
};

/// A parcel that the owner only imagines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TrialForm {
    pub country: String,
    pub region: String,
    pub postcode: String,
    pub weight: String,
    pub total: String,
    pub items: String,
    pub category: String,
}

impl TrialForm {
    pub fn parse(&self, currency: Currency) -> Result<(Place, Parcel), Problems> {
        let mut problems = Problems::default();
        let known = countries().into_iter().find(|known| known.code == self.country);
        let country = problems.take("country", known.ok_or("Choose a country"));
        let region = problems.take("region", self.known_region());
        let postcode = problems.take("postcode", typed::optional(&self.postcode, 16));
        let weight_grams = problems.take("weight", or_none(&self.weight, grams));
        let total = problems.take("total", or_none(&self.total, |text| amount(text, currency)));
        let items = problems.take("items", or_none(&self.items, |text| typed::whole(text, 1..=1_000_000)));
        let parsed = || {
            let place = Place { country: country?.code.to_owned(), region: region?, postcode: postcode?.to_uppercase() };
            let items = i64::from(items?.unwrap_or(1));
            let of_category = self.category.parse().ok().map(|id| (CategoryId(id), items));
            let categories = BTreeMap::from_iter(of_category);
            let (weight_grams, total) = (weight_grams?.unwrap_or(0), total?.unwrap_or(0));
            Some((place, Parcel { weight_grams, items, total, categories, needs_delivery: true }))
        };
        parsed().ok_or(problems)
    }

    fn known_region(&self) -> Result<String, &'static str> {
        let code = self.region.trim().to_uppercase();
        let known = code.is_empty() || regions(&self.country).iter().any(|region| region.code == code);
        if known { Ok(code) } else { Err("Enter the state's code, such as US-CA, or nothing") }
    }

    pub fn is_in(&self, category: &CategoryId) -> bool {
        self.category == category.to_string()
    }
}
