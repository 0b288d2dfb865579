use serde::{Deserialize, Serialize};

use super::countries::{country_name, region_name};

/// A postal address that has been checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    pub company: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    /// ISO 3166-2; empty where the country's mail needs none.
    pub region: String,
    pub postcode: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// Where something goes, as far as tax and delivery ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 3166-2, such as `US-CA`; empty where none was asked for.
    pub region: String,
    pub postcode: String,
}

impl Address {
    pub fn place(&self) -> Place {
        Place { country: self.country.clone(), region: self.region.clone(), postcode: self.postcode.clone() }
    }

    /// The lines as they stand on a parcel.
    pub fn lines(&self) -> Vec<String> {
        let region = if self.region.is_empty() { String::new() } else { region_name(&self.region) };
        let place =
            [self.city.as_str(), region.as_str(), self.postcode.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let country = country_name(&self.country);
        let lines = [self.name.clone(), self.company.clone(), self.line1.clone(), self.line2.clone(), place.join(" "), country];
        lines.into_iter().filter(|line| !line.is_empty()).collect()
    }
}
