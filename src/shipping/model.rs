use diesel::prelude::*;

use crate::{
    base::{ShippingMethodId, ShippingZoneId, TextList},
    schema::{shipping_methods, shipping_rates, shipping_zones},
};

#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = shipping_methods)]
pub struct Method {
    pub id: ShippingMethodId,
    pub name: String,
    pub description: String,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = shipping_zones)]
pub struct Zone {
    pub id: ShippingZoneId,
    /// ISO 3166-1 alpha-2.
    pub countries: TextList,
    pub rest_of_world: bool,
}

#[derive(Queryable, Selectable, Insertable, Clone, Copy, Debug)]
#[diesel(table_name = shipping_rates)]
pub struct Rate {
    pub method_id: ShippingMethodId,
    pub zone_id: ShippingZoneId,
    /// The rate holds up to this weight.
    pub max_weight_grams: i32,
    /// Minor units, tax included.
    pub price: i64,
}

/// A method that can bring this parcel there, and for how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub method: Method,
    /// Minor units, tax included.
    pub price: i64,
}
