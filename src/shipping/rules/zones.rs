use std::cmp::Reverse;

use crate::{
    settings::{Place, country_name, region_name},
    shipping::model::Zone,
};

/// How closely a zone describes a place; the later, the narrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Rest,
    Country,
    Region,
    Postcode,
}

/// The narrowest of `zones` that holds the place; among equally narrow ones the smaller, then the older.
pub fn narrowest<'a>(zones: impl Iterator<Item = &'a Zone>, place: &Place) -> Option<&'a Zone> {
    let size = |zone: &Zone| zone.settings.countries.len() + zone.settings.regions.len();
    let reached = zones.filter_map(|zone| Some((reach(zone, place)?, Reverse(size(zone)), Reverse(zone.id), zone)));
    reached.max_by_key(|(reach, size, id, _)| (*reach, *size, *id)).map(|(.., zone)| zone)
}

fn reach(zone: &Zone, place: &Place) -> Option<Reach> {
    let zone = &zone.settings;
    if zone.rest_of_world {
        return Some(Reach::Rest);
    }
    let in_region = !place.region.is_empty() && zone.regions.contains(&place.region);
    if !in_region && !zone.countries.contains(&place.country) {
        return None;
    }
    if !zone.postcodes.is_empty() {
        return zone.postcodes.iter().any(|pattern| matches(pattern, &place.postcode)).then_some(Reach::Postcode);
    }
    Some(if in_region { Reach::Region } else { Reach::Country })
}

/// Whether the zone holds some part of the country, if perhaps not this place.
pub fn touches(zone: &Zone, country: &str) -> bool {
    let zone = &zone.settings;
    let of_country = |region: &String| region.split('-').next() == Some(country);
    zone.rest_of_world || zone.countries.iter().any(|code| code == country) || zone.regions.iter().any(of_country)
}

/// What a zone holds, for the back office: `27 countries: Austria, Belgium, Bulgaria, …`.
pub fn in_words(zone: &Zone) -> String {
    let zone = &zone.settings;
    if zone.rest_of_world {
        return "Everything that is in no other zone of a method".to_owned();
    }
    let countries = listed(zone.countries.iter().map(|code| country_name(code)).collect(), "countries");
    let regions = listed(zone.regions.iter().map(|code| region_name(code)).collect(), "states");
    let places = [countries, regions].into_iter().flatten().collect::<Vec<_>>().join("; ");
    match listed(zone.postcodes.0.clone(), "postcode patterns") {
        Some(postcodes) => format!("{places}; only {postcodes}"),
        None => places,
    }
}

/// Up to four by name, of more how many.
fn listed(mut names: Vec<String>, noun: &str) -> Option<String> {
    names.sort();
    match names.len() {
        0 => None,
        1..=4 => Some(names.join(", ")),
        many => Some(format!("{many} {noun}: {}, …", names[..3].join(", "))),
    }
}

/// A postcode without what people write differently: blanks, hyphens, case.
pub fn normal_postcode(postcode: &str) -> String {
    postcode.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase()
}

fn matches(pattern: &str, postcode: &str) -> bool {
    let bare = normal_postcode(postcode);
    // The first half of `90210-1234` is a postcode of its own.
    let head = normal_postcode(postcode.split('-').next().unwrap_or_default());
    if let Some(start) = pattern.strip_suffix('*') {
        return bare.starts_with(&normal_postcode(start));
    }
    if let Some((first, last)) = range(pattern) {
        return [bare, head].iter().any(|code| code.len() == first.len() && (first..=last).contains(&code.as_str()));
    }
    let whole = normal_postcode(pattern);
    bare == whole || head == whole
}

/// `10000-19999`: both ends have as many digits, unlike the two halves of `00-950`.
fn range(pattern: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let (first, last) = pattern.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    (first.len() == last.len() && digits(first) && digits(last)).then_some((first, last))
}

/// A pattern of postcodes as it is kept.
///
/// # Errors
/// A message for the field, with examples.
pub fn pattern(typed: &str) -> Result<String, String> {
    let text = typed.trim().to_uppercase();
    let wrong =
        || Err(format!("“{}” is no pattern. Write whole postcodes (SY8 1AE), beginnings (IV*) or ranges (10000-19999)", typed.trim()));
    let start = text.strip_suffix('*').unwrap_or(&text);
    let plain = start.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    if !plain || text.len() > 24 || normal_postcode(start).is_empty() {
        return wrong();
    }
    match range(&text) {
        Some((first, last)) if first > last => Err(format!("In “{}” the higher end comes first. Turn it round", typed.trim())),
        Some((first, last)) => Ok(format!("{first}-{last}")),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::ShippingZoneId, shipping::model::ZoneSettings};

    fn zone(id: i64, countries: &[&str], regions: &[&str], postcodes: &[&str]) -> Zone {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let rest_of_world = countries.is_empty() && regions.is_empty();
        let settings = ZoneSettings {
            name: format!("Zone {id}"),
            countries: list(countries),
            regions: list(regions),
            postcodes: list(postcodes),
            rest_of_world,
        };
        Zone { id: ShippingZoneId(id), settings }
    }

    fn place(country: &str, region: &str, postcode: &str) -> Place {
        Place { country: country.into(), region: region.into(), postcode: postcode.into() }
    }

    #[test]
    fn the_narrowest_zone_counts() {
        let zones = [
            zone(1, &[], &[], &[]),
            zone(2, &["US", "CA"], &[], &[]),
            zone(3, &["US"], &[], &[]),
            zone(4, &[], &["US-AK", "US-HI"], &[]),
            zone(5, &["US"], &[], &["90210", "96*"]),
        ];
        let found = |country, region, postcode| narrowest(zones.iter(), &place(country, region, postcode)).unwrap().id.0;
        assert_eq!(found("NZ", "", "6011"), 1);
        assert_eq!(found("CA", "CA-ON", "K1A 0B1"), 2);
        assert_eq!(found("US", "US-NY", "10001"), 3);
        assert_eq!(found("US", "US-AK", "99501"), 4);
        assert_eq!(found("US", "US-HI", "96701"), 5, "postcodes are narrower than states");
        assert_eq!(found("US", "US-CA", "90210-1234"), 5);
        assert!(narrowest(zones[1..].iter(), &place("NZ", "", "6011")).is_none());
    }

    #[test]
    fn the_order_of_zones_does_not_matter() {
        let mut zones = [zone(1, &["GB"], &[], &[]), zone(2, &["GB"], &[], &[]), zone(3, &["GB", "IE"], &[], &[]), zone(4, &[], &[], &[])];
        let first = narrowest(zones.iter(), &place("GB", "", "")).unwrap().id;
        zones.reverse();
        assert_eq!(narrowest(zones.iter(), &place("GB", "", "")).unwrap().id, first);
        assert_eq!(first.0, 1);
    }

    #[test]
    fn postcodes_match_whole_by_beginning_or_in_a_range_however_they_are_written() {
        for (pattern, postcode, expected) in [
            ("SY8 1AE", "sy81ae", true),
            ("SY8 1AE", "SY8 1AF", false),
            ("IV*", "IV27 4EG", true),
            ("IV*", "I1 1AA", false),
            ("10000-19999", "10115", true),
            ("10000-19999", "20095", false),
            ("10000-19999", "1011", false),
            ("90000-90299", "90210-1234", true),
            ("90210", "90210-1234", true),
            ("00-950", "00-950", true),
            ("00-950", "00-951", false),
            ("SY8*", "", false),
        ] {
            assert_eq!(matches(pattern, postcode), expected, "{pattern} {postcode}");
        }
    }

    #[test]
    fn patterns_are_tidied_or_refused_with_examples() {
        assert_eq!(pattern(" iv* ").as_deref(), Ok("IV*"));
        assert_eq!(pattern("10000 - 19999").as_deref(), Ok("10000-19999"));
        assert_eq!(pattern("00-950").as_deref(), Ok("00-950"));
        for wrong in ["*", "I*V", "SY8;", "%", "--"] {
            assert!(pattern(wrong).unwrap_err().contains("is no pattern"), "{wrong}");
        }
        assert!(pattern("20000-10000").unwrap_err().contains("Turn it round"));
    }
}
