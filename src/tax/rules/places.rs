//! Which tax territory an address is in, and which area of a zone holds it.

use crate::{
    settings::{Place, countries, country_name, regions},
    tax::model::Area,
};

/// The states of the European Union, by ISO 3166-1.
const EU: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
    "PT", "RO", "SE", "SI", "SK",
];

pub fn in_eu(country: &str) -> bool {
    EU.contains(&country)
}

/// The state of the EU whose VAT an address is under. Goods to and from Northern Ireland (postcodes BT) count as the Union's,
/// under the prefix XI: the Windsor Framework. Monaco counts as France: article 7 of Directive 2006/112/EC.
pub fn vat_state(place: &Place) -> Option<&str> {
    let country = territory(&place.country);
    match country {
        "GB" if place.country == "GB" && plain(&place.postcode).starts_with("BT") => Some("XI"),
        country => in_eu(country).then_some(country),
    }
}

/// The country whose tax holds in a country without a tax territory of its own: Monaco's is France's, the Isle of Man's the
/// United Kingdom's.
pub fn territory(country: &str) -> &str {
    match country {
        "MC" => "FR",
        "IM" => "GB",
        other => other,
    }
}

/// A postcode as areas compare it: letters and digits only.
pub fn plain(postcode: &str) -> String {
    postcode.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// `90001-90899`, `BT` or nothing.
fn range(text: &str) -> Option<(String, String)> {
    let (from, to) = text.split_once(['-', '\u{2013}']).unwrap_or((text, text));
    let (from, to) = (plain(from), plain(to));
    let short = from.len() <= 12 && to.len() <= 12;
    (short && from.is_empty() == to.is_empty() && from <= format!("{to}~") && (text.trim().is_empty() || !to.is_empty()))
        .then_some((from, to))
}

impl Area {
    /// Reads a place as staff writes it: `GB`, `US-CA`, `ES 35-38`, `US-CA 90001-90899`, `GB BT`.
    ///
    /// # Errors
    /// What is wrong with it, in words that name it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (code, postcodes) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let code = code.to_uppercase();
        let country = code.split('-').next().unwrap_or_default().to_owned();
        if !countries().iter().any(|known| known.code == country) {
            return Err(format!("\u{201c}{}\u{201d} begins with no country's code. Write such as GB or US-CA", text.trim()));
        }
        let region = if code == country { String::new() } else { code };
        if !region.is_empty() && !regions(&country).iter().any(|known| known.code == region) {
            return Err(format!(
                "{region} is no state that addresses in {} have. Name the country, or postcodes in it",
                country_name(&country)
            ));
        }
        let (postcode_from, postcode_to) = range(postcodes).ok_or_else(|| {
            format!("\u{201c}{}\u{201d} is no range of postcodes. Write such as 90001-90899, the lower one first", postcodes.trim())
        })?;
        Ok(Self { country, region, postcode_from, postcode_to })
    }

    /// Whether an address is in it. Postcodes are compared from the left, so that `35` to `38` holds `38999`.
    pub fn holds(&self, place: &Place) -> bool {
        let region = self.region.is_empty() || self.region == place.region;
        self.country == place.country && region && self.holds_postcode(&plain(&place.postcode))
    }

    /// `~` sorts behind every letter and digit, as in the constraint `tax_areas_overlap`.
    fn holds_postcode(&self, code: &str) -> bool {
        self.postcode_to.is_empty() || self.postcode_from.as_str() <= code && *code <= *format!("{}~", self.postcode_to)
    }

    /// Postcodes tell more than a state, and a state more than a country.
    pub fn specificity(&self) -> u8 {
        2 * u8::from(!self.postcode_to.is_empty()) + u8::from(!self.region.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(country: &str, region: &str, postcode: &str) -> Place {
        Place { country: country.into(), region: region.into(), postcode: postcode.into() }
    }

    fn area(country: &str, region: &str, from: &str, to: &str) -> Area {
        Area { country: country.into(), region: region.into(), postcode_from: from.into(), postcode_to: to.into() }
    }

    #[test]
    fn northern_ireland_and_monaco_count_as_the_union_and_the_rest_of_the_kingdom_does_not() {
        assert_eq!(vat_state(&place("GB", "", "bt1 1aa")), Some("XI"));
        assert_eq!(vat_state(&place("GB", "", "SY8 1AA")), None);
        assert_eq!(vat_state(&place("MC", "", "98000")), Some("FR"));
        assert_eq!(vat_state(&place("GR", "", "")), Some("GR"));
        assert_eq!(vat_state(&place("NO", "", "")), None);
    }

    #[test]
    fn postcodes_are_compared_from_the_left_whatever_stands_between_their_parts() {
        let county = area("US", "US-CA", "90001", "90899");
        assert!(county.holds(&place("US", "US-CA", "90210-1234")) && county.holds(&place("US", "US-CA", "90899")));
        assert!(!county.holds(&place("US", "US-CA", "90900")) && !county.holds(&place("US", "US-NV", "90210")));
        let canaries = area("ES", "", "35", "35");
        assert!(canaries.holds(&place("ES", "", "35 001")) && !canaries.holds(&place("ES", "", "36001")));
        assert!(!canaries.holds(&place("ES", "", "3")) && !canaries.holds(&place("ES", "", "")));
        assert!(area("ES", "", "", "").holds(&place("ES", "", "")));
    }

    #[test]
    fn the_more_an_area_tells_the_more_specific_it_is() {
        let areas = [area("US", "", "", ""), area("US", "US-CA", "", ""), area("US", "", "9", "9"), area("US", "US-CA", "9", "9")];
        assert!(areas.is_sorted_by_key(Area::specificity));
        assert_eq!(areas.map(|area| area.specificity()), [0, 1, 2, 3]);
    }
}
