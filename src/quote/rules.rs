use std::collections::{BTreeMap, HashMap};

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::model::{Basket, BasketLine, Delivery, DeliveryOffer, Discount, Fee, Line, Quote, Tax};
use crate::{
    base::{CategoryId, VariantId},
    catalog::VariantForSale,
    pricing::{PriceBook, PriceReason},
    promotions::{DeliveryDiscount, Gift, Outcome, PromotionBook, Situation},
    settings::Place,
    shipping::{Parcel, ShippingBook},
    tax::{Basis, Regime, TaxBook, Taxable, Treatment},
};

/// Everything that a price depends on besides the basket.
#[derive(Clone, Debug)]
pub struct Facts {
    pub prices: PriceBook,
    pub promotions: PromotionBook,
    pub tax: TaxBook,
    /// `None` while the place is not known.
    pub shipping: Option<ShippingBook>,
    /// How many minor units of the basket's currency are one of the shop's own, in which delivery and fees are entered. `None`:
    /// not known, so nothing can be delivered in that currency.
    pub rate: Option<Decimal>,
    /// What promotions may give away and is there to give.
    pub gifts: HashMap<VariantId, VariantForSale>,
}

/// What the basket costs under these facts. A line without a price in the basket's currency is left out: it can't be sold.
pub fn price(basket: &Basket, facts: &Facts) -> Quote {
    // Where equal remainders are spread, the first line gets the odd unit. So that the order in which things were put into the
    // cart does not matter, that is the one with the lowest id.
    let mut sorted = basket.clone();
    sorted.lines.sort_by_key(|line| line.item.variant.id);
    let mut quote = price_sorted(&sorted, facts);
    quote.lines = in_places(quote.lines, basket);
    quote
}

/// The lines in the order of the basket's, then gifts. One variant can stand on two of them, as when staff adds to an order what is
/// in it at another price: the first is the first's, the second the second's.
fn in_places(lines: Vec<Line>, basket: &Basket) -> Vec<Line> {
    let mut before: HashMap<VariantId, usize> = HashMap::new();
    let place = |line: Line| {
        let variant = line.item.variant.id;
        if line.is_gift {
            return (usize::MAX, line);
        }
        let nth = before.entry(variant).or_default();
        let mut of_variant = basket.lines.iter().enumerate().filter(|(_, other)| other.item.variant.id == variant);
        let place = of_variant.nth(*nth).map_or(usize::MAX, |(at, _)| at);
        *nth += 1;
        (place, line)
    };
    let mut placed: Vec<(usize, Line)> = lines.into_iter().map(place).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, line)| line).collect()
}

fn price_sorted(basket: &Basket, facts: &Facts) -> Quote {
    let regime = facts.tax.regime(sold_at(basket, facts), &basket.person, basket.now);
    let priced: Vec<(&BasketLine, Line)> =
        basket.lines.iter().filter_map(|line| price_line(line, basket, facts, &regime).map(|priced| (line, priced))).collect();
    let outcome = promote(&priced, basket, facts);
    let mut lines = discounted(&priced, &outcome);
    lines.extend(outcome.gifts.iter().filter_map(|gift| gift_line(gift, facts)));
    let parcel = parcel(&priced, &lines);
    let (offers, refusal) = offers(basket.place.as_ref(), &parcel, &lines, outcome.delivery.as_ref(), facts, &regime);
    let chosen = offers.iter().find(|offer| offer.method.id.is_none() || offer.method.id == basket.method).cloned();
    let fees: Vec<Fee> = basket
        .fees
        .iter()
        .map(|fee| Fee {
            label: fee.label.clone(),
            tax_class: fee.tax_class.clone(),
            entered: fee.entered,
            amount: regime.unit_price(turned(fee.entered, facts.rate.unwrap_or(Decimal::ONE)), &fee.tax_class),
            taxes: vec![],
        })
        .collect();
    let delivery = chosen.map(|offer| Delivery { offer, taxes: vec![] });
    let mut quote = Quote {
        currency: basket.currency,
        lines,
        parcel,
        offers,
        refusal,
        delivery,
        fees,
        coupons: outcome.coupons,
        nearly: outcome.nearly,
        treatment: regime.treatment(),
        tax_included: regime.includes_tax(),
        tax_reason: regime.reason(),
    };
    apply_taxes(&mut quote, &regime);
    quote
}

/// The price of an order that stands: `keep` puts in what was agreed before, such as discounts and delivery, and the taxes are
/// worked out for that.
pub fn reprice(basket: &Basket, facts: &Facts, keep: impl FnOnce(&mut Quote, &Regime)) -> Quote {
    let mut quote = price(basket, facts);
    let regime = facts.tax.regime(sold_at(basket, facts), &basket.person, basket.now);
    keep(&mut quote, &regime);
    apply_taxes(&mut quote, &regime);
    quote
}

/// Where the goods change hands, as far as tax asks: `None` is the shop's own place.
fn sold_at<'a>(basket: &'a Basket, facts: &Facts) -> Option<&'a Place> {
    let is_pickup = |method| facts.shipping.as_ref().is_some_and(|book| book.is_pickup(method));
    basket.place.as_ref().filter(|_| !basket.method.is_some_and(is_pickup))
}

/// Delivery is priced zone by zone, so a price for a zone without tax, or one that shows prices without it, is meant as it
/// stands. Where the same zone's consumers pay with tax (reverse charge, exemption) the tax is taken out as of goods.
fn delivery_price(regime: &Regime, entered: i64, class: &str) -> i64 {
    match (regime.treatment(), regime.consumers_basis()) {
        (Treatment::Export, _) | (_, Basis::Net) => entered,
        _ => regime.unit_price(entered, class),
    }
}

fn price_line(line: &BasketLine, basket: &Basket, facts: &Facts, regime: &Regime) -> Option<Line> {
    let variant = &line.item.variant;
    let shown = |entered: i64| regime.unit_price(entered, &variant.tax_class);
    let (entered, compare_at, lowest_30, note) = match &line.agreed {
        Some(agreed) => (agreed.entered, None, None, agreed.note.clone()),
        None => {
            let unit = facts.prices.unit(variant.id, line.quantity, basket.buyer.group, basket.now)?;
            (unit.amount, unit.compare_at, unit.lowest_30, PriceReason::text(&unit.reason).unwrap_or_default())
        }
    };
    Some(Line {
        item: line.item.clone(),
        quantity: line.quantity,
        entered,
        unit_price: shown(entered),
        compare_at: compare_at.map(shown),
        lowest_30: lowest_30.map(shown),
        note,
        is_gift: false,
        discounts: vec![],
        taxes: vec![],
    })
}

fn promote(priced: &[(&BasketLine, Line)], basket: &Basket, facts: &Facts) -> Outcome {
    let lines: Vec<_> = priced
        .iter()
        .map(|(line, priced)| crate::promotions::BasketLine {
            variant: line.item.variant.id,
            product: line.item.variant.product_id,
            categories: line.categories.clone(),
            unit_price: priced.unit_price,
            quantity: line.quantity,
            is_reduced: priced.compare_at.is_some(),
            is_gift_card: line.item.is_gift_card,
        })
        .collect();
    let book = facts.promotions.giving(|gift| facts.gifts.contains_key(&gift));
    book.decide(&Situation {
        lines: &lines,
        currency: basket.currency,
        place: basket.place.as_ref(),
        buyer: &basket.buyer,
        now: basket.now,
    })
}

fn discounted(priced: &[(&BasketLine, Line)], outcome: &Outcome) -> Vec<Line> {
    let mut lines: Vec<Line> = priced.iter().map(|(_, line)| line.clone()).collect();
    for given in outcome.discounts.iter().filter(|given| given.amount != 0) {
        if let Some(line) = lines.get_mut(given.line) {
            line.discounts.push(Discount {
                promotion: given.promotion,
                coupon: given.coupon,
                label: given.label.clone(),
                amount: given.amount,
            });
        }
    }
    lines
}

/// A gift is a line that costs nothing. Its promotion stands on it as a discount of zero, so that its use is counted.
fn gift_line(gift: &Gift, facts: &Facts) -> Option<Line> {
    let item = facts.gifts.get(&gift.variant)?.clone();
    let discount = Discount { promotion: gift.promotion, coupon: gift.coupon, label: gift.label.clone(), amount: 0 };
    Some(Line {
        item,
        quantity: gift.quantity,
        entered: 0,
        unit_price: 0,
        compare_at: None,
        lowest_30: None,
        note: gift.label.clone(),
        is_gift: true,
        discounts: vec![discount],
        taxes: vec![],
    })
}

fn parcel(priced: &[(&BasketLine, Line)], lines: &[Line]) -> Parcel {
    let mut categories: BTreeMap<CategoryId, i64> = BTreeMap::new();
    for (line, _) in priced.iter().filter(|(line, _)| line.item.is_tangible()) {
        for category in &line.categories {
            *categories.entry(*category).or_default() += i64::from(line.quantity);
        }
    }
    let tangible = || lines.iter().filter(|line| line.item.is_tangible());
    Parcel {
        weight_grams: tangible().map(|line| i64::from(line.quantity) * i64::from(line.item.variant.weight_grams)).sum(),
        items: tangible().map(|line| i64::from(line.quantity)).sum(),
        total: tangible().map(Line::after_discounts).sum(),
        categories,
        needs_delivery: lines.is_empty() || tangible().next().is_some(),
    }
}

fn offers(
    place: Option<&Place>,
    parcel: &Parcel,
    lines: &[Line],
    reduction: Option<&DeliveryDiscount>,
    facts: &Facts,
    regime: &Regime,
) -> (Vec<DeliveryOffer>, Option<String>) {
    let Some((place, book)) = place.zip(facts.shipping.as_ref()) else { return (vec![], None) };
    let Some(rate) = facts.rate else {
        return (vec![], Some("We can't take orders in this currency just now. Choose another at the foot of the page.".to_owned()));
    };
    // Thresholds are in the shop's own currency, like prices.
    let own = Parcel { total: half_up(Decimal::from(parcel.total) / rate), ..parcel.clone() };
    let classes: Vec<(&str, i64)> = lines.iter().map(|line| (line.item.variant.tax_class.as_str(), line.after_discounts())).collect();
    let offers = book.offers(place, &own).into_iter().map(|offer| {
        let entered = turned(offer.price, rate);
        let tax_class = offer.method.tax_class.clone().unwrap_or_else(|| regime.delivery_class(&classes));
        let price = delivery_price(regime, entered, &tax_class);
        // What takes nothing off is not used.
        let discount = reduction.map(|reduction| delivery_discount(reduction, price)).filter(|discount| discount.amount != 0);
        let discounts = discount.into_iter().collect();
        DeliveryOffer { method: offer.method, entered, tax_class, price, discounts, reason: offer.reason }
    });
    (offers.collect(), book.refusal(place, &own))
}

/// An amount in another currency, rounded half up.
fn turned(amount: i64, rate: Decimal) -> i64 {
    half_up(Decimal::from(amount) * rate)
}

fn half_up(exact: Decimal) -> i64 {
    exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(i64::MAX)
}

fn delivery_discount(reduction: &DeliveryDiscount, price: i64) -> Discount {
    let part = half_up(Decimal::from(price) * reduction.percent / Decimal::ONE_HUNDRED);
    let amount = -part.min(reduction.most.unwrap_or(i64::MAX)).clamp(0, price);
    Discount { promotion: reduction.promotion, coupon: reduction.coupon, label: reduction.label.clone(), amount }
}

/// Lines, delivery and fees are taxed together, since an order may be rounded as a whole.
fn apply_taxes(quote: &mut Quote, regime: &Regime) {
    let of_line = |line: &Line| Taxable { class: line.item.variant.tax_class.clone(), amount: line.after_discounts() };
    let mut taxables: Vec<Taxable> = quote.lines.iter().map(of_line).collect();
    taxables.extend(
        quote.delivery.iter().map(|delivery| Taxable { class: delivery.offer.tax_class.clone(), amount: delivery.offer.after_discounts() }),
    );
    taxables.extend(quote.fees.iter().map(|fee| Taxable { class: fee.tax_class.clone(), amount: fee.amount }));
    let mut taxes: Vec<Vec<Tax>> = vec![vec![]; taxables.len()];
    for tax in regime.tax(&taxables) {
        if let Some(of) = taxes.get_mut(tax.of) {
            of.push(Tax { label: tax.label, rate: tax.rate, base: tax.base, amount: tax.amount });
        }
    }
    let mut taxes = taxes.into_iter();
    let lines = quote.lines.iter_mut().map(|line| &mut line.taxes);
    let delivery = quote.delivery.iter_mut().map(|delivery| &mut delivery.taxes);
    let fees = quote.fees.iter_mut().map(|fee| &mut fee.taxes);
    lines.chain(delivery).chain(fees).zip(&mut taxes).for_each(|(place, found)| *place = found);
}

#[cfg(test)]
mod tests;
