use diesel::prelude::*;

use super::{model::TaxRate, rules::Rates};
use crate::{
    base::{Conn, Result},
    schema::tax_rates,
};

/// What holds at a destination: the country's rates and those of its region.
pub fn rates_for(conn: &mut Conn, country: &str, region: &str) -> Result<Rates> {
    let here = tax_rates::table.filter(tax_rates::country.eq(country)).filter(tax_rates::region.eq_any(["", region]));
    Ok(Rates(here.limit(100).select(TaxRate::as_select()).load(conn)?))
}

pub fn upsert(conn: &mut Conn, rate: &TaxRate) -> Result<()> {
    diesel::insert_into(tax_rates::table)
        .values(rate)
        .on_conflict((tax_rates::tax_class, tax_rates::country, tax_rates::region))
        .do_update()
        .set((tax_rates::label.eq(&rate.label), tax_rates::rate.eq(rate.rate)))
        .execute(conn)?;
    Ok(())
}
