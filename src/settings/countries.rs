//! Countries and their states, by ISO 3166.

/// Countries where mail needs the state, province or prefecture. Elsewhere nobody writes one, so nobody is asked.
const WITH_REGIONS: [&str; 11] = ["AR", "AU", "BR", "CA", "CN", "IN", "IT", "JP", "MX", "MY", "US"];

/// Codes in ISO 3166-1 that nobody can be sent a parcel to.
const UNINHABITED: [&str; 4] = ["AQ", "BV", "HM", "UM"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    pub name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// ISO 3166-2, e.g. `US-CA`.
    pub code: &'static str,
    pub name: &'static str,
}

/// Every country one can order from, by name.
pub fn countries() -> Vec<Country> {
    let mut countries: Vec<_> = rust_iso3166::ALL
        .iter()
        .filter(|country| !UNINHABITED.contains(&country.alpha2))
        .map(|country| Country { code: country.alpha2, name: short_name(country.alpha2, country.name) })
        .collect();
    countries.sort_by_cached_key(|country| slug::slugify(country.name));
    countries
}

/// The everyday name where the standard's is a mouthful.
fn short_name(code: &str, standard: &'static str) -> &'static str {
    match code {
        "GB" => "United Kingdom",
        "US" => "United States",
        "KR" => "South Korea",
        "KP" => "North Korea",
        "RU" => "Russia",
        "IR" => "Iran",
        "TW" => "Taiwan",
        "VN" => "Vietnam",
        "LA" => "Laos",
        "MD" => "Moldova",
        "SY" => "Syria",
        "TZ" => "Tanzania",
        "VE" => "Venezuela",
        "BO" => "Bolivia",
        "BN" => "Brunei",
        "CD" => "Congo (Democratic Republic)",
        "FM" => "Micronesia",
        "PS" => "Palestine",
        "FK" => "Falkland Islands",
        "VA" => "Vatican City",
        "VG" => "British Virgin Islands",
        "VI" => "US Virgin Islands",
        "NL" => "Netherlands",
        _ => standard,
    }
}

/// The name, or the code itself for one that is unknown.
pub fn country_name(code: &str) -> String {
    rust_iso3166::from_alpha2(code).map_or_else(|| code.to_owned(), |country| short_name(country.alpha2, country.name).to_owned())
}

/// The states of a country where addresses need one, by name; else empty.
pub fn regions(country: &str) -> Vec<Region> {
    if !WITH_REGIONS.contains(&country) {
        return vec![];
    }
    let found = rust_iso3166::from_alpha2(country);
    let all = found.as_ref().and_then(rust_iso3166::CountryCode::subdivisions).unwrap_or_default();
    // Italy's list holds regions and the provinces in them; mail wants the province.
    let wanted = |kind: &str| country != "IT" || !kind.contains("region") && !kind.contains("Region");
    let mut regions: Vec<_> =
        all.iter().filter(|region| wanted(region.subdivision_type)).map(|region| Region { code: region.code, name: region.name }).collect();
    regions.sort_by_cached_key(|region| slug::slugify(region.name));
    regions
}

/// The name, or the code itself for one that is unknown.
pub fn region_name(code: &str) -> String {
    rust_iso3166::iso3166_2::from_code(code).map_or_else(|| code.to_owned(), |region| region.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_listed_by_their_everyday_names() {
        let countries = countries();
        assert!(countries.len() > 230);
        assert!(countries.contains(&Country { code: "GB", name: "United Kingdom" }));
        let at = |name: &str| countries.iter().position(|country| country.name == name).unwrap();
        assert!(at("Congo") < at("Côte d'Ivoire") && at("Côte d'Ivoire") < at("Croatia"), "accents do not count");
        assert!(countries.iter().all(|country| !country.name.contains("(the)")), "{countries:?}");
    }

    #[test]
    fn states_are_asked_for_only_where_mail_needs_them() {
        assert!(regions("GB").is_empty() && regions("DE").is_empty());
        assert!(regions("US").contains(&Region { code: "US-CA", name: "California" }));
        assert_eq!(regions("CA").len(), 13);
    }
}
