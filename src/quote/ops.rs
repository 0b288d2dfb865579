use std::collections::HashMap;

use super::{
    model::{Basket, BasketLine, Quote, Request},
    rules::{self, Facts},
};
use crate::{
    base::{CategoryId, Conn, Error, Moment, ProductId, Result, VariantId},
    catalog::{self, Variant, VariantForSale},
    inventory,
    pricing::{self, PriceBook},
    promotions, shipping,
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
    let mut found = facts_all(conn, &moment, std::slice::from_ref(request))?;
    found.pop().ok_or_else(|| Error::internal("a request without facts"))
}

/// The same of several requests, in their order. What they have in common is read once for all.
pub fn facts_all(conn: &mut Conn, moment: &Moment, requests: &[Request]) -> Result<Vec<(Basket, Facts)>> {
    let goods = Goods::load(conn, requests)?;
    let baskets: Vec<Basket> = requests.iter().map(|request| basket(request, &goods, moment)).collect();
    let prices = price_books(conn, moment, &baskets, &goods)?;
    let shoppers: Vec<_> = requests.iter().map(shopper).collect();
    let books = promotions::books_under(conn, moment.edition, &shoppers)?;
    let facts = requests.iter().zip(baskets).zip(books).map(|((request, basket), book)| {
        let variants: Vec<VariantId> = basket.lines.iter().map(|line| line.item.variant.id).collect();
        let prices = prices.iter().find(|prices| prices.currency == request.currency);
        let facts = Facts {
            gifts: gifts(conn, &book.gifts())?,
            promotions: book,
            rate: pricing::rate_under(conn, moment.edition, request.currency)?,
            prices: prices.map(|prices| prices.only(&variants)).ok_or_else(|| Error::internal("a currency without prices"))?,
            tax: tax::book_under(conn, moment.edition, request.place.as_ref())?,
            shipping: request.place.as_ref().map(|place| shipping::book_under(conn, moment.edition, place)).transpose()?,
        };
        Ok((basket, facts))
    });
    facts.collect()
}

fn shopper(request: &Request) -> promotions::Shopper<'_> {
    promotions::Shopper { coupons: &request.coupons, buyer: &request.buyer, email: request.email.as_deref() }
}

/// What is known of articles that are asked for.
struct Goods {
    items: HashMap<VariantId, VariantForSale>,
    categories: HashMap<ProductId, Vec<CategoryId>>,
}

impl Goods {
    fn load(conn: &mut Conn, requests: &[Request]) -> Result<Self> {
        let mut variants: Vec<VariantId> = requests.iter().flat_map(|request| request.lines.iter().map(|line| line.variant)).collect();
        variants.sort_unstable();
        variants.dedup();
        let items: HashMap<_, _> = catalog::for_sale(conn, &variants)?.into_iter().map(|item| (item.variant.id, item)).collect();
        let products: Vec<_> = items.values().map(|item| item.variant.product_id).collect();
        Ok(Self { items, categories: catalog::categories_with_ancestors(conn, &products)? })
    }
}

fn basket(request: &Request, goods: &Goods, moment: &Moment) -> Basket {
    let lines = request.lines.iter().filter_map(|line| {
        let item = goods.items.get(&line.variant)?.clone();
        let categories = goods.categories.get(&item.variant.product_id).cloned().unwrap_or_default();
        Some(BasketLine { item, categories, quantity: line.quantity, agreed: line.agreed.clone() })
    });
    Basket {
        lines: lines.collect(),
        place: request.place.clone(),
        buyer: request.buyer.clone(),
        person: person(request),
        method: request.method,
        currency: request.currency,
        fees: request.fees.clone(),
        now: moment.now,
    }
}

/// A book for each currency in which anything is asked for.
fn price_books(conn: &mut Conn, moment: &Moment, baskets: &[Basket], goods: &Goods) -> Result<Vec<PriceBook>> {
    let variants: Vec<&Variant> = goods.items.values().map(|item| &item.variant).collect();
    let mut books: Vec<PriceBook> = vec![];
    for currency in baskets.iter().map(|basket| basket.currency) {
        if books.iter().all(|book| book.currency != currency) {
            books.push(pricing::book_at(conn, moment, currency, &variants)?);
        }
    }
    Ok(books)
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

/// Of what promotions may give away, so many at once, what is sold and there.
fn gifts(conn: &mut Conn, gifts: &[(VariantId, i32)]) -> Result<HashMap<VariantId, VariantForSale>> {
    if gifts.is_empty() {
        return Ok(HashMap::new());
    }
    let variants: Vec<VariantId> = gifts.iter().map(|(variant, _)| *variant).collect();
    let stock = inventory::stock_of(conn, &variants)?;
    let most = |item: &VariantForSale| gifts.iter().filter(|(variant, _)| *variant == item.variant.id).map(|(_, most)| *most).max();
    let covers = |item: &VariantForSale| stock.get(&item.variant.id).is_some_and(|stock| stock.covers(most(item).unwrap_or(1)));
    let there = |item: &VariantForSale| item.is_sold && covers(item);
    Ok(catalog::for_sale(conn, &variants)?.into_iter().filter(there).map(|item| (item.variant.id, item)).collect())
}
