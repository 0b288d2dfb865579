use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::schema::tax_rates;

#[derive(Queryable, Selectable, Insertable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_rates)]
pub struct TaxRate {
    pub tax_class: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 3166-2; empty: the whole country.
    pub region: String,
    /// For the shopper: `VAT 20%`.
    pub label: String,
    /// Percent, exact.
    pub rate: Decimal,
}
