use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};

use super::{
    amounts::Due,
    places::{territory, vat_state},
    regime::{Regime, Told},
};
use crate::{
    settings::{Place, country_name, region_name},
    tax::{
        model::{Basis, Person, RatedZone, TaxSettings, Treatment},
        vat::VatNumber,
    },
};

/// The settings, and the zones that hold the shop's own place and those that it was opened for.
#[derive(Clone, Debug)]
pub struct TaxBook {
    settings: TaxSettings,
    home: Place,
    zones: Vec<RatedZone>,
}

impl TaxBook {
    /// `home` is where the shop stands; `zones` in no particular order, of any places.
    pub fn new(settings: TaxSettings, home: Place, zones: Vec<RatedZone>) -> Self {
        Self { settings, home, zones }
    }

    pub fn settings(&self) -> &TaxSettings {
        &self.settings
    }

    /// What holds at a place the book was opened for. `None`: at the shop's own, where no address is known yet.
    ///
    /// - Where the goods leave the tax territory it is an export: abroad without rates, or in a zone that is outside.
    /// - From one state of the EU to another, a business with that state's VAT number accounts for the tax itself.
    /// - A consumer in another state of the EU pays that state's rates, or where the shop has entered none the home country's,
    ///   as it is up to the threshold for distance sales (article 59c of Directive 2006/112/EC).
    /// - Whoever is exempt pays none.
    pub fn regime(&self, place: Option<&Place>, person: &Person, now: DateTime<Utc>) -> Regime {
        let place = place.unwrap_or(&self.home);
        let (there, home) = (self.zones_at(place), self.zones_at(&self.home));
        let home_rates = due_by_class(&home, now);
        let there_rates = due_by_class(&there, now);
        let treatment = self.treatment(place, &there, !there_rates.is_empty(), person);
        let as_at_home = there_rates.is_empty() && !self.is_domestic(place);
        let (zones, rates, taxed_at) = if as_at_home { (home, home_rates.clone(), &self.home) } else { (there, there_rates, place) };
        let taxed = treatment == Treatment::Taxed;
        let consumers_basis = self.basis(&zones);
        Regime {
            treatment,
            basis: if taxed { consumers_basis } else { Basis::Net },
            consumers_basis,
            settings: self.settings.clone(),
            due: if taxed { rates } else { BTreeMap::new() },
            home: home_rates,
            told: self.told(taxed_at, &zones, place, person),
        }
    }

    fn treatment(&self, place: &Place, zones: &[&RatedZone], has_rates: bool, person: &Person) -> Treatment {
        let domestic = self.is_domestic(place);
        let outside = zones.first().is_some_and(|zone| zone.zone.outside) && *place != self.home;
        let union = !domestic && vat_state(&self.home).is_some() && vat_state(place).is_some();
        if outside || !domestic && !union && !has_rates {
            Treatment::Export
        } else if union && person.vat_number.as_ref().map(VatNumber::country) == vat_state(place) {
            Treatment::ReverseCharge
        } else if !person.exemption.is_empty() {
            Treatment::Exempt
        } else {
            Treatment::Taxed
        }
    }

    fn is_domestic(&self, place: &Place) -> bool {
        territory(&place.country) == territory(&self.home.country)
    }

    fn basis(&self, zones: &[&RatedZone]) -> Basis {
        zones.first().and_then(|zone| zone.zone.basis).unwrap_or(self.settings.entered)
    }

    fn told(&self, taxed_at: &Place, zones: &[&RatedZone], place: &Place, person: &Person) -> Told {
        // A zone of postcodes has a name that says more than the state's.
        let by_postcode = |zone: &&&RatedZone| zone.areas.iter().any(|area| area.holds(taxed_at) && area.specificity() > 1);
        let named = zones.first().filter(by_postcode).map(|zone| zone.zone.name.clone());
        Told {
            taxed_at: named.unwrap_or_else(|| name_of(taxed_at)),
            place: name_of(place),
            vat_number: person.vat_number.as_ref().map(ToString::to_string).unwrap_or_default(),
            exemption: person.exemption.clone(),
        }
    }

    /// The zones that hold a place, the most specific first.
    fn zones_at(&self, place: &Place) -> Vec<&RatedZone> {
        let zones = self.zones_holding(place);
        let above = territory(&place.country);
        if zones.is_empty() && above != place.country {
            return self.zones_holding(&Place { country: above.to_owned(), ..place.clone() });
        }
        zones
    }

    fn zones_holding(&self, place: &Place) -> Vec<&RatedZone> {
        let specificity = |zone: &RatedZone| zone.areas.iter().filter(|area| area.holds(place)).map(|area| area.specificity()).max();
        let mut found: Vec<_> = self.zones.iter().filter_map(|zone| Some((specificity(zone)?, zone))).collect();
        found.sort_by_key(|(specificity, zone)| (Reverse(*specificity), zone.zone.id));
        found.into_iter().map(|(_, zone)| zone).collect()
    }
}

/// For each class the rates of the most specific zone that has any for it: a county need not repeat its state's reduced rate.
fn due_by_class(zones: &[&RatedZone], now: DateTime<Utc>) -> BTreeMap<String, Due> {
    let mut due = BTreeMap::new();
    for zone in zones {
        let mut here: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for rate in zone.rates.iter().filter(|rate| rate.holds(now)) {
            here.entry(&rate.tax_class).or_default().push(rate);
        }
        for (class, mut rates) in here {
            rates.sort_by_key(|rate| (rate.priority, rate.id));
            due.entry(class.to_owned()).or_insert_with(|| Due::new(rates));
        }
    }
    due
}

/// `California, United States`.
fn name_of(place: &Place) -> String {
    let country = country_name(&place.country);
    if place.region.is_empty() { country } else { format!("{}, {country}", region_name(&place.region)) }
}
