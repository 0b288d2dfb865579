use std::collections::HashMap;

use super::{
    model::{Basket, BasketLine, Quote, Request},
    rules::{self, Facts},
};
use crate::{
    base::{Conn, Moment, Result, VariantId},
    catalog::{self, Variant, VariantForSale},
    inventory, pricing, promotions, shipping,
    tax::{self, Person, VatNumber},
};

/// What is asked for costs this, by the database's clock. Variants that do not exist any more are left out.
pub fn quote(conn: &mut Conn, request: &Request) -> Result<Quote> {
    let (basket, facts) = facts(conn, request)?;
    Ok(rules::price(&basket, &facts))
}

/// Loads once all that the price depends on.
pub fn facts(conn: &mut Conn, request: &Request) -> Result<(Basket, Facts)> {
    let moment = Moment::of(conn)?;
    let variants: Vec<VariantId> = request.lines.iter().map(|line| line.variant).collect();
    let items: HashMap<_, _> = catalog::for_sale(conn, &variants)?.into_iter().map(|item| (item.variant.id, item)).collect();
    let products: Vec<_> = items.values().map(|item| item.variant.product_id).collect();
    let categories = catalog::categories_with_ancestors(conn, &products)?;
    let lines = request.lines.iter().filter_map(|line| {
        let item = items.get(&line.variant)?.clone();
        let categories = categories.get(&item.variant.product_id).cloned().unwrap_or_default();
        Some(BasketLine { item, categories, quantity: line.quantity, agreed: line.agreed.clone() })
    });
    let basket = Basket {
        lines: lines.collect(),
        place: request.place.clone(),
        buyer: request.buyer.clone(),
        person: person(request),
        method: request.method,
        currency: request.currency,
        fees: request.fees.clone(),
        now: moment.now,
    };
    let variants: Vec<&Variant> = basket.lines.iter().map(|line| &line.item.variant).collect();
    let book = promotions::book_under(conn, moment.edition, &request.coupons, &request.buyer, request.email.as_deref())?;
    let facts = Facts {
        gifts: gifts(conn, &book.gift_variants())?,
        promotions: book,
        rate: pricing::rate_under(conn, moment.edition, request.currency)?,
        prices: pricing::book_at(conn, &moment, request.currency, &variants)?,
        tax: tax::book_under(conn, moment.edition, request.place.as_ref())?,
        shipping: request.place.as_ref().map(|place| shipping::book_under(conn, moment.edition, place)).transpose()?,
    };
    Ok((basket, facts))
}

/// A number that is not valid there any more counts as none.
fn person(request: &Request) -> Person {
    let country = request.place.as_ref().map_or("", |place| place.country.as_str());
    let vat_number = Some(request.vat_number.as_str()).filter(|number| !number.is_empty());
    Person {
        vat_number: vat_number.and_then(|number| VatNumber::parse(number, country).ok()),
        exemption: request.buyer.tax_exemption.clone(),
    }
}

/// Of what promotions may give away, what is sold and there.
fn gifts(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, VariantForSale>> {
    if variants.is_empty() {
        return Ok(HashMap::new());
    }
    let stock = inventory::stock_of(conn, variants)?;
    let there = |item: &VariantForSale| item.is_sold && stock.get(&item.variant.id).is_some_and(|stock| stock.covers(1));
    Ok(catalog::for_sale(conn, variants)?.into_iter().filter(there).map(|item| (item.variant.id, item)).collect())
}
