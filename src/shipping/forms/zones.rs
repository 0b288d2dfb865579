use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    base::{Problems, TextList, typed},
    settings::{countries, regions},
    shipping::{
        continents::{CONTINENTS, EUROPEAN_UNION},
        model::ZoneSettings,
        rules,
    },
};

/// Postcode patterns of one zone.
const MOST_PATTERNS: usize = 500;

/// A zone as the owner typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ZoneForm {
    pub name: String,
    pub rest_of_world: Option<String>,
    pub countries: Vec<String>,
    /// All countries of these: `eu`, or a continent's code.
    pub groups: Vec<String>,
    pub regions: String,
    pub postcodes: String,
}

impl ZoneForm {
    pub fn parse(&self) -> Result<ZoneSettings, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter a name, such as Europe"));
        let countries = self.all_countries();
        let regions = problems.take("regions", self.known_regions());
        let postcodes = problems.take("postcodes", self.patterns());
        let (Some(name), Some(regions), Some(postcodes)) = (name, regions, postcodes) else { return Err(problems) };
        let empty = countries.is_empty() && regions.is_empty();
        if self.rest_of_world.is_some() && !(empty && postcodes.is_empty()) {
            problems.add(
                "rest_of_world",
                "The rest of the world has no countries, states or postcodes of its own. Take them out, or this tick",
            );
        } else if self.rest_of_world.is_none() && empty {
            problems.add("countries", "Choose a country, name a state, or make this zone the rest of the world");
        }
        problems.check().map_err(|error| error.into_problems().unwrap_or_default())?;
        Ok(ZoneSettings { name, countries, regions, postcodes, rest_of_world: self.rest_of_world.is_some() })
    }

    /// Those that are ticked and those of ticked groups, as far as they exist.
    fn all_countries(&self) -> TextList {
        let in_groups = CONTINENTS.iter().filter(|continent| self.has_group(continent.code)).flat_map(|continent| continent.countries);
        let union = EUROPEAN_UNION.iter().filter(|_| self.has_group("eu"));
        let wanted: BTreeSet<&str> = self.countries.iter().map(String::as_str).chain(in_groups.copied()).chain(union.copied()).collect();
        let known = countries();
        wanted.into_iter().filter(|code| known.iter().any(|country| country.code == *code)).map(str::to_owned).collect()
    }

    fn known_regions(&self) -> Result<TextList, String> {
        let typed = typed::long(&self.regions, 4000)?.to_uppercase();
        let codes: BTreeSet<_> = typed.split([',', ';', ' ', '\n', '\r']).filter(|code| !code.is_empty()).collect();
        for code in &codes {
            let country = code.split('-').next().unwrap_or_default();
            if !regions(country).iter().any(|region| region.code == *code) {
                return Err(format!("“{code}” is no state that addresses have. Write codes such as US-CA or CA-ON"));
            }
        }
        Ok(codes.into_iter().map(str::to_owned).collect())
    }

    fn patterns(&self) -> Result<TextList, String> {
        let typed = typed::long(&self.postcodes, 8000)?;
        let lines = typed.split([',', ';', '\n', '\r']).filter(|line| !line.trim().is_empty());
        let patterns = lines.map(rules::pattern).collect::<Result<Vec<_>, _>>()?;
        if patterns.len() > MOST_PATTERNS {
            return Err(format!("Shorten this to {MOST_PATTERNS} patterns. A beginning such as IV* stands for many"));
        }
        Ok(TextList(patterns))
    }

    pub fn has_group(&self, group: &str) -> bool {
        self.groups.iter().any(|chosen| chosen == group)
    }

    pub fn has_country(&self, code: &str) -> bool {
        self.countries.iter().any(|chosen| chosen == code)
    }
}

impl From<ZoneSettings> for ZoneForm {
    fn from(zone: ZoneSettings) -> Self {
        Self {
            name: zone.name,
            rest_of_world: zone.rest_of_world.then(|| "on".to_owned()),
            countries: zone.countries.0,
            groups: vec![],
            regions: zone.regions.join(", "),
            postcodes: zone.postcodes.join("\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ZoneForm {
        ZoneForm { name: "A zone".into(), ..ZoneForm::default() }
    }

    #[test]
    fn a_group_stands_for_all_its_countries() {
        let zone =
            ZoneForm { groups: vec!["eu".into()], countries: vec!["CH".into(), "DE".into(), "ZZ".into()], ..form() }.parse().unwrap();
        assert_eq!(zone.countries.len(), 28, "Germany once, and what is no country not at all");
        let europe = ZoneForm { groups: vec!["europe".into()], ..form() }.parse().unwrap();
        assert!(europe.countries.contains(&"GB".to_owned()) && !europe.countries.contains(&"US".to_owned()));
    }

    #[test]
    fn states_and_postcodes_are_checked() {
        let zone = ZoneForm { regions: "us-ca, CA-ON".into(), postcodes: "90210\niv*".into(), ..form() }.parse().unwrap();
        assert_eq!((zone.regions.0, zone.postcodes.0), (vec!["CA-ON".into(), "US-CA".into()], vec!["90210".into(), "IV*".into()]));
        assert!(ZoneForm { regions: "US-ZZ".into(), ..form() }.parse().unwrap_err().on("regions").is_some());
        let wrong = ZoneForm { countries: vec!["GB".into()], postcodes: "I*V".into(), ..form() };
        assert!(wrong.parse().unwrap_err().on("postcodes").is_some());
    }

    #[test]
    fn a_zone_holds_something_and_the_rest_of_the_world_nothing_else() {
        assert!(form().parse().unwrap_err().on("countries").is_some());
        let rest = ZoneForm { rest_of_world: Some("on".into()), ..form() };
        assert!(rest.parse().unwrap().rest_of_world);
        assert!(ZoneForm { countries: vec!["GB".into()], ..rest }.parse().unwrap_err().on("rest_of_world").is_some());
    }
}
