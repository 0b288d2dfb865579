use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    base::{CategoryId, Currency, Money, ShippingMethodId, ShippingZoneId, TextList, text_enum},
    schema::{shipping_carrier_rates, shipping_methods, shipping_rates, shipping_surcharges, shipping_tariffs, shipping_zones},
};

/// What is to be sent, as far as delivery asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    pub weight_grams: i64,
    /// Units.
    pub items: i64,
    /// The goods after discounts, in minor units.
    pub total: i64,
    /// Units by category. A unit counts for each of its categories and for those that they stand in.
    pub categories: BTreeMap<CategoryId, i64>,
    /// `false`: only gift cards or digital goods.
    pub needs_delivery: bool,
}

/// A way to deliver, as shoppers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// `None`: by e-mail, which nobody set up.
    pub id: Option<ShippingMethodId>,
    pub name: String,
    /// Words, time and place in one line; may be empty.
    pub description: String,
    pub is_pickup: bool,
    /// `None`: as the tax settings say for delivery.
    pub tax_class: Option<String>,
}

/// A method that can bring this parcel there, and for how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub method: Method,
    /// Minor units, in the basis in which prices are entered.
    pub price: i64,
    /// How the price came about: `2.4 kg at £2.50 per kg`.
    pub reason: String,
}

/// All that is to be known of delivery to one place: plain data, decided upon in `rules`.
#[derive(Clone, Debug)]
pub struct ShippingBook {
    pub(super) currency: Currency,
    /// Only active ones.
    pub(super) methods: Vec<SavedMethod>,
    pub(super) zones: Vec<Zone>,
    pub(super) tariffs: Vec<Tariff>,
    pub(super) steps: Vec<Step>,
    pub(super) surcharges: Vec<Surcharge>,
    /// Names of the categories that cost more.
    pub(super) categories: BTreeMap<CategoryId, String>,
    /// What carriers said of this place and still holds.
    pub(super) carrier_prices: Vec<CarrierPrice>,
}

impl ShippingBook {
    /// Whether the goods are handed over in the shop by this method: then they are sold there too.
    pub fn is_pickup(&self, method: ShippingMethodId) -> bool {
        self.methods.iter().any(|saved| saved.id == method && saved.settings.is_pickup)
    }

    /// Whether any price of it comes from a carrier.
    pub(super) fn asks_carriers(&self) -> bool {
        self.methods.iter().any(|method| !method.settings.carrier.is_empty())
    }

    pub(super) fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

/// What the owner says of a method.
#[derive(Queryable, Selectable, Insertable, AsChangeset, Clone, Debug, Default, PartialEq, Eq)]
#[diesel(table_name = shipping_methods, treat_none_as_null = true)]
pub struct MethodSettings {
    pub name: String,
    pub description: String,
    /// The lowest comes first.
    pub position: i32,
    pub active: bool,
    pub delivery_time: String,
    pub is_pickup: bool,
    pub pickup_address: String,
    pub tax_class: Option<String>,
    /// Code of the carrier that is asked for prices; empty: none.
    pub carrier: String,
    pub carrier_url: String,
    /// Which of the carrier's services; empty: its cheapest.
    pub carrier_service: String,
}

#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_methods)]
pub struct SavedMethod {
    pub id: ShippingMethodId,
    #[diesel(embed)]
    pub settings: MethodSettings,
}

/// A method as its form says. Its surcharges take its id when they are saved.
#[derive(Clone, Debug)]
pub struct MethodInput {
    pub settings: MethodSettings,
    pub surcharges: Vec<Surcharge>,
}

/// What the owner says of a zone.
#[derive(Queryable, Selectable, Insertable, AsChangeset, Clone, Debug, Default, PartialEq, Eq)]
#[diesel(table_name = shipping_zones)]
pub struct ZoneSettings {
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub countries: TextList,
    /// ISO 3166-2.
    pub regions: TextList,
    /// Patterns that narrow the zone; none: all postcodes.
    pub postcodes: TextList,
    pub rest_of_world: bool,
}

#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_zones)]
pub struct Zone {
    pub id: ShippingZoneId,
    #[diesel(embed)]
    pub settings: ZoneSettings,
}

text_enum! {
    /// How a method's price in a zone comes about.
    pub enum TariffKind {
        /// The same for every parcel.
        Flat = "flat",
        /// By the kilogram.
        PerKg = "per_kg",
        /// By a table of weights.
        ByWeight = "by_weight",
        /// By a table of sums.
        ByTotal = "by_total",
        /// By a table of numbers of units.
        ByItems = "by_items",
        /// It does not go there, though a wider zone of the method would.
        None = "none",
    }
}

impl TariffKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Flat => "One price for every order",
            Self::PerKg => "A price for each kilogram",
            Self::ByWeight => "A table of weights",
            Self::ByTotal => "A table of order sums",
            Self::ByItems => "A table of numbers of items",
            Self::None => "It does not go there",
        }
    }

    pub fn has_steps(self) -> bool {
        matches!(self, Self::ByWeight | Self::ByTotal | Self::ByItems)
    }
}

/// What a method costs in a zone. Amounts are in minor units, as prices are entered.
#[derive(Queryable, Selectable, Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_tariffs, treat_none_as_null = true)]
pub struct Tariff {
    pub method_id: ShippingMethodId,
    pub zone_id: ShippingZoneId,
    pub kind: TariffKind,
    /// The flat price, or what a parcel per kilogram costs besides.
    pub price: i64,
    pub price_per_kg: i64,
    /// A started kilogram counts as a whole one; else grams count exactly.
    pub whole_kg: bool,
    /// From this sum of goods on, only surcharges are paid.
    pub free_above: Option<i64>,
    pub min_weight_grams: Option<i64>,
    pub max_weight_grams: Option<i64>,
    pub min_total: Option<i64>,
    pub max_total: Option<i64>,
}

impl Tariff {
    /// A tariff without bounds that costs nothing yet.
    pub fn new(method_id: ShippingMethodId, zone_id: ShippingZoneId, kind: TariffKind) -> Self {
        Self {
            method_id,
            zone_id,
            kind,
            price: 0,
            price_per_kg: 0,
            whole_kg: false,
            free_above: None,
            min_weight_grams: None,
            max_weight_grams: None,
            min_total: None,
            max_total: None,
        }
    }
}

/// A row of a tariff's table. Without any bound it holds for all beyond the other rows.
#[derive(Queryable, Selectable, Insertable, Clone, Copy, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_rates)]
pub struct Step {
    pub method_id: ShippingMethodId,
    pub zone_id: ShippingZoneId,
    pub max_weight_grams: Option<i32>,
    /// Minor units.
    pub max_total: Option<i64>,
    pub max_items: Option<i64>,
    /// Minor units, as prices are entered.
    pub price: i64,
}

impl Step {
    /// A row that holds up to `bound`: grams, minor units or units, as the kind says.
    pub fn new(method_id: ShippingMethodId, zone_id: ShippingZoneId, kind: TariffKind, bound: Option<i64>, price: i64) -> Self {
        let of = |wanted| bound.filter(|_| kind == wanted);
        Self {
            method_id,
            zone_id,
            max_weight_grams: of(TariffKind::ByWeight).map(|grams| i32::try_from(grams).unwrap_or(i32::MAX)),
            max_total: of(TariffKind::ByTotal),
            max_items: of(TariffKind::ByItems),
            price,
        }
    }

    /// Up to what the row holds; `None`: without end.
    pub fn bound(&self) -> Option<i64> {
        self.max_weight_grams.map(i64::from).or(self.max_total).or(self.max_items)
    }
}

/// What a method costs more for goods of a category.
#[derive(Queryable, Selectable, Insertable, Clone, Copy, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_surcharges)]
pub struct Surcharge {
    pub method_id: ShippingMethodId,
    pub category_id: CategoryId,
    /// Minor units, as prices are entered.
    pub price: i64,
    /// For each unit; else once for the order.
    pub per_unit: bool,
}

/// What a method's carrier answered for a place and a weight.
#[derive(Queryable, Selectable, Clone, Copy, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_carrier_rates)]
pub struct CarrierPrice {
    pub method_id: ShippingMethodId,
    /// Grams; see `rules::weight_class`.
    pub weight_class: i64,
    /// Minor units; `None`: the carrier does not take it there.
    pub price: Option<i64>,
}

/// A method with what it costs: its tariff, the tariff's table, what it asks more for.
#[cfg(test)]
pub type Priced = (MethodSettings, Tariff, Vec<Step>, Vec<Surcharge>);

#[cfg(test)]
impl ShippingBook {
    /// Methods that go everywhere, for tests of rooms that price carts. The tariffs name the methods and the zone, which is 1.
    pub fn everywhere(currency: Currency, categories: BTreeMap<CategoryId, String>, ways: Vec<Priced>) -> Self {
        let everywhere = ZoneSettings { name: "Everywhere".to_owned(), rest_of_world: true, ..ZoneSettings::default() };
        let mut book = Self {
            currency,
            methods: vec![],
            zones: vec![Zone { id: ShippingZoneId(1), settings: everywhere }],
            tariffs: vec![],
            steps: vec![],
            surcharges: vec![],
            categories,
            carrier_prices: vec![],
        };
        for (settings, tariff, steps, surcharges) in ways {
            book.methods.push(SavedMethod { id: tariff.method_id, settings });
            book.tariffs.push(tariff);
            book.steps.extend(steps);
            book.surcharges.extend(surcharges);
        }
        book
    }
}
