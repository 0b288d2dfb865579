//! Countries by continent, for choosing many of them at once. Source: the United Nations' M49 standard, with Russia, Turkey and
//! Cyprus in Europe, where parcels to them are priced.

/// The member states of the European Union.
pub const EUROPEAN_UNION: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK",
];

pub struct Continent {
    /// For the names of fields.
    pub code: &'static str,
    pub name: &'static str,
    /// ISO 3166-1 alpha-2.
    pub countries: &'static [&'static str],
}

pub const CONTINENTS: &[Continent] = &[
    Continent {
        code: "europe",
        name: "Europe",
        countries: &[
            "AD", "AL", "AT", "AX", "BA", "BE", "BG", "BY", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FO", "FR", "GB", "GG", "GI",
            "GR", "HR", "HU", "IE", "IM", "IS", "IT", "JE", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT",
            "RO", "RS", "RU", "SE", "SI", "SJ", "SK", "SM", "TR", "UA", "VA",
        ],
    },
    Continent {
        code: "north_america",
        name: "North and Central America",
        countries: &[
            "AG", "AI", "AW", "BB", "BL", "BM", "BQ", "BS", "BZ", "CA", "CR", "CU", "CW", "DM", "DO", "GD", "GL", "GP", "GT", "HN", "HT",
            "JM", "KN", "KY", "LC", "MF", "MQ", "MS", "MX", "NI", "PA", "PM", "PR", "SV", "SX", "TC", "TT", "US", "VC", "VG", "VI",
        ],
    },
    Continent {
        code: "south_america",
        name: "South America",
        countries: &["AR", "BO", "BR", "CL", "CO", "EC", "FK", "GF", "GS", "GY", "PE", "PY", "SR", "UY", "VE"],
    },
    Continent {
        code: "asia",
        name: "Asia",
        countries: &[
            "AE", "AF", "AM", "AZ", "BD", "BH", "BN", "BT", "CN", "GE", "HK", "ID", "IL", "IN", "IQ", "IR", "JO", "JP", "KG", "KH", "KP",
            "KR", "KW", "KZ", "LA", "LB", "LK", "MM", "MN", "MO", "MV", "MY", "NP", "OM", "PH", "PK", "PS", "QA", "SA", "SG", "SY", "TH",
            "TJ", "TL", "TM", "TW", "UZ", "VN", "YE",
        ],
    },
    Continent {
        code: "africa",
        name: "Africa",
        countries: &[
            "AO", "BF", "BI", "BJ", "BW", "CD", "CF", "CG", "CI", "CM", "CV", "DJ", "DZ", "EG", "EH", "ER", "ET", "GA", "GH", "GM", "GN",
            "GQ", "GW", "IO", "KE", "KM", "LR", "LS", "LY", "MA", "MG", "ML", "MR", "MU", "MW", "MZ", "NA", "NE", "NG", "RE", "RW", "SC",
            "SD", "SH", "SL", "SN", "SO", "SS", "ST", "SZ", "TD", "TF", "TG", "TN", "TZ", "UG", "YT", "ZA", "ZM", "ZW",
        ],
    },
    Continent {
        code: "oceania",
        name: "Oceania",
        countries: &[
            "AS", "AU", "CC", "CK", "CX", "FJ", "FM", "GU", "KI", "MH", "MP", "NC", "NF", "NR", "NU", "NZ", "PF", "PG", "PN", "PW", "SB",
            "TK", "TO", "TV", "VU", "WF", "WS",
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::countries;

    #[test]
    fn every_country_is_on_one_continent() {
        let listed: Vec<_> = CONTINENTS.iter().flat_map(|continent| continent.countries).copied().collect();
        let on_earth: BTreeSet<_> = countries().iter().map(|country| country.code).collect();
        let once: BTreeSet<_> = listed.iter().copied().collect();
        assert_eq!(once.len(), listed.len(), "a country is listed twice");
        let lost: Vec<_> = on_earth.difference(&once).collect();
        let unknown: Vec<_> = once.difference(&on_earth).collect();
        assert!(lost.is_empty() && unknown.is_empty(), "lost {lost:?}, unknown {unknown:?}");
    }
}
