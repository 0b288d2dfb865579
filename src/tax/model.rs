use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use super::vat::VatNumber;
use crate::{
    base::{TaxRateId, TaxZoneId, text_enum},
    schema::{tax_areas, tax_classes, tax_settings, tax_zone_rates, tax_zones},
};

text_enum! {
    /// Why tax is due, or why it is not. The three zeros are different facts, and the law wants each told.
    pub enum Treatment {
        /// The place's rates are due. A place in the shop's own country without rates counts as taxed, with no lines.
        Taxed = "taxed",
        /// The buyer, a business in another state of the EU, accounts for it. Article 138 of Directive 2006/112/EC.
        ReverseCharge = "reverse_charge",
        /// The goods leave the tax territory. Article 146 of the same.
        Export = "export",
        /// This customer pays none, by a certificate that staff noted.
        Exempt = "exempt",
    }
}

text_enum! {
    /// Whether an amount has tax in it.
    pub enum Basis {
        /// Tax within.
        Gross = "gross",
        /// Tax on top.
        Net = "net",
    }
}

text_enum! {
    /// When exact tax becomes whole minor units.
    pub enum Rounding {
        /// Once for each line.
        Line = "line",
        /// Once for the order and set of rates, then spread over the lines.
        Order = "order",
    }
}

/// The one row of `tax_settings`.
#[derive(Queryable, Selectable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_settings, treat_none_as_null = true)]
pub struct TaxSettings {
    /// How staff enters prices.
    pub entered: Basis,
    pub rounding: Rounding,
    /// `None`: delivery is taxed as the dearest rate in the cart.
    pub delivery_class: Option<String>,
    /// Whoever pays no tax pays the entered price without the home country's tax.
    pub untaxed_at_net: bool,
    /// The shop's own, with its prefix; empty: not registered.
    pub vat_number: String,
    /// Shoppers' VAT numbers are asked after at VIES.
    pub checks_online: bool,
}

impl Default for TaxSettings {
    /// As the migration leaves it.
    fn default() -> Self {
        Self {
            entered: Basis::Gross,
            rounding: Rounding::Line,
            delivery_class: Some(STANDARD.to_owned()),
            untaxed_at_net: true,
            vat_number: String::new(),
            checks_online: false,
        }
    }
}

/// The class of goods that name no other. It can't be deleted.
pub const STANDARD: &str = "standard";

/// Goods that the law taxes alike.
#[derive(Queryable, Selectable, Insertable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_classes)]
pub struct TaxClass {
    pub code: String,
    pub name: String,
    pub position: i32,
}

#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_zones)]
pub struct Zone {
    pub id: TaxZoneId,
    pub name: String,
    /// How prices are shown there. `None`: as they are entered.
    pub basis: Option<Basis>,
    /// Outside the tax territory of its country, as the Canary Islands are: sales there are exports.
    pub outside: bool,
}

/// What staff says of a zone.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_zones, treat_none_as_null = true)]
pub struct ZoneChange {
    pub name: String,
    pub basis: Option<Basis>,
    pub outside: bool,
}

/// A place of a zone: a country, a state, or a range of postcodes in one of them.
#[derive(Queryable, Selectable, Insertable, Clone, Debug, Default, PartialEq, Eq)]
#[diesel(table_name = tax_areas)]
pub struct Area {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 3166-2; empty: the whole country.
    pub region: String,
    /// Letters and digits only, compared from the left; both empty: no matter which.
    pub postcode_from: String,
    pub postcode_to: String,
}

impl fmt::Display for Area {
    /// As staff writes it: `GB`, `US-CA`, `ES 35-38`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.region.is_empty() { &self.country } else { &self.region })?;
        match (&self.postcode_from, &self.postcode_to) {
            (_, to) if to.is_empty() => Ok(()),
            (from, to) if from == to => write!(f, " {from}"),
            (from, to) => write!(f, " {from}-{to}"),
        }
    }
}

/// A rate of a zone.
#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_zone_rates)]
pub struct Rate {
    pub id: TaxRateId,
    pub zone_id: TaxZoneId,
    pub tax_class: String,
    /// For the shopper: `VAT 20%`.
    pub label: String,
    /// Percent, exact.
    pub rate: Decimal,
    /// Rates of one class with different priorities are all due, the lowest first.
    pub priority: i32,
    /// Due on the amount with the rates before it.
    pub compound: bool,
    /// First day, in UTC. `None`: since ever.
    pub starts_on: Option<NaiveDate>,
    /// Last day, in UTC. `None`: until further notice.
    pub ends_on: Option<NaiveDate>,
}

/// What staff says of a rate.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_zone_rates, treat_none_as_null = true)]
pub struct RateChange {
    pub tax_class: String,
    pub label: String,
    pub rate: Decimal,
    pub priority: i32,
    pub compound: bool,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

impl Rate {
    /// Whether it is due at that moment.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        let today = now.date_naive();
        self.starts_on.is_none_or(|first| first <= today) && self.ends_on.is_none_or(|last| today <= last)
    }

    pub fn is_past(&self, now: DateTime<Utc>) -> bool {
        self.ends_on.is_some_and(|last| last < now.date_naive())
    }

    /// `since 1 January 2027`; both ends count.
    pub fn days(&self) -> String {
        let told = |day: NaiveDate| day.format("%-d %B %Y").to_string();
        match (self.starts_on, self.ends_on) {
            (None, None) => "Always".to_owned(),
            (Some(first), None) => format!("Since {}", told(first)),
            (None, Some(last)) => format!("Until {}", told(last)),
            (Some(first), Some(last)) => format!("{} to {}", told(first), told(last)),
        }
    }

    /// `20%`, without needless zeros.
    pub fn percent(&self) -> String {
        format!("{}%", self.rate.normalize())
    }
}

/// A zone with its places and rates, as a decision reads it. Rates of other days may be among them.
#[derive(Clone, Debug)]
pub struct RatedZone {
    pub zone: Zone,
    pub areas: Vec<Area>,
    pub rates: Vec<Rate>,
}

/// Who buys, as far as tax asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub vat_number: Option<VatNumber>,
    /// Why this customer pays no tax, e.g. the certificate's number; empty: pays tax.
    pub exemption: String,
}

/// Something that is taxed: a line after its discounts, delivery, a fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxable {
    pub class: String,
    /// Minor units in the regime's basis.
    pub amount: i64,
}

/// One rate on one taxable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxLine {
    /// Index of the taxable.
    pub of: usize,
    pub label: String,
    /// Percent.
    pub rate: Decimal,
    /// The net amount that is taxed, in minor units.
    pub base: i64,
    pub amount: i64,
}
