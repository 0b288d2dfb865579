//! Other goods in place of those that came back: their price, and the order that they become.

use std::{collections::BTreeMap, time::Duration};

use super::{SLACK, edit::find_added};
use crate::{
    accounts,
    base::{CartId, Conn, Error, Result, VariantId},
    checkout::{
        forms::ExchangeInput,
        jobs::ExpireOrder,
        model::{ExchangeOffer, Till},
        rules,
    },
    inventory::{self, Item, Shortage},
    jobs,
    orders::{self, Exchange, NewOrder, Order, OrderDetail, OrderLine, ReturnDetail, ReturnState, Source},
    payments::EXCHANGE,
    promotions::PromotionBook,
    quote::{self, Agreed, Discount, Quote, Request, RequestLine},
    settings,
    shipping::Method,
};

/// What rounding can make of the price of the same goods, in minor units for each line that came back: their worth was rounded
/// once, and their price and its tax once each.
const SLACK_PER_LINE: i64 = 3;

/// What the goods cost, and what of it the return pays.
///
/// # Errors
/// `Invalid` beside the field of an article that is not sold; `Conflict` when the return can't be settled (any more).
pub fn price_exchange(conn: &mut Conn, rma: &ReturnDetail, input: &ExchangeInput) -> Result<ExchangeOffer> {
    if rma.rma.state != ReturnState::Received {
        return Err(Error::Conflict("There is nothing to settle: nothing of it is here yet, or it is settled already.".to_owned()));
    }
    let detail = orders::detail(conn, rma.order.clone())?;
    let quote = quoted(conn, &detail, input)?;
    let Some(added) = quote.lines.len().checked_sub(input.again.len()) else {
        return Err(gone());
    };
    if let Some(without) = input.added.get(added) {
        return Err(Error::invalid(&without.field, format!("{} is not sold in {}", without.sku, quote.currency.code())));
    }
    if quote.delivery.is_none() {
        let words = quote.refusal.clone().unwrap_or_else(|| "Choose how it is delivered".to_owned());
        return Err(Error::invalid("method", words));
    }
    let slack = SLACK_PER_LINE * i64::try_from(rma.lines.len()).unwrap_or(0);
    let means = orders::means(rma.worth(), quote.total(), detail.money.refundable(), slack);
    Ok(ExchangeOffer { detail, quote, means })
}

/// The ways to bring something to the address of the first order, as far as what came back can tell.
pub fn exchange_methods(conn: &mut Conn, rma: &ReturnDetail) -> Result<Vec<Method>> {
    let detail = orders::detail(conn, rma.order.clone())?;
    let again = rma.lines.iter().filter(|(line, of)| line.came_back() > 0 && of.variant_id.is_some());
    let input = ExchangeInput::again(again.map(|(line, of)| (of.id, line.came_back())).collect());
    match quoted(conn, &detail, &input) {
        Ok(quote) => Ok(quote.offers.into_iter().map(|offer| offer.method).collect()),
        Err(Error::Invalid(_)) => Ok(vec![]),
        Err(error) => Err(error),
    }
}

fn gone() -> Error {
    Error::invalid("", "Something that came back was deleted from the catalogue, so it can't be had again. Choose another article")
}

fn quoted(conn: &mut Conn, detail: &OrderDetail, input: &ExchangeInput) -> Result<Quote> {
    let again: Vec<&OrderLine> = input.again.iter().filter_map(|(id, _)| detail.lines.iter().find(|line| line.id == *id)).collect();
    let request = request(conn, detail, input, &again)?;
    let (mut basket, mut facts) = quote::facts(conn, &request)?;
    if basket.lines.len() != request.lines.len() {
        return Err(gone());
    }
    facts.promotions = PromotionBook::default();
    for (asked, line) in basket.lines.iter_mut().zip(&again) {
        asked.item.variant.tax_class.clone_from(&line.tax_class);
    }
    Ok(quote::reprice(&basket, &facts, |quote, _| {
        for (line, before) in quote.lines.iter_mut().zip(&again) {
            line.discounts = agreed_discounts(detail, before, line.total());
        }
        if let Some(delivery) = quote.delivery.as_mut().filter(|_| !input.charges_delivery) {
            (delivery.offer.entered, delivery.offer.price) = (0, 0);
            delivery.offer.discounts.clear();
        }
    }))
}

fn request(conn: &mut Conn, detail: &OrderDetail, input: &ExchangeInput, again: &[&OrderLine]) -> Result<Request> {
    let order = &detail.order;
    let mut lines = vec![];
    for (line, (_, quantity)) in again.iter().zip(&input.again) {
        let agreed = Agreed { entered: line.entered_price.unwrap_or(line.unit_price), note: line.note.clone() };
        lines.push(RequestLine { variant: line.variant_id.ok_or_else(gone)?, quantity: *quantity, agreed: Some(agreed) });
    }
    for (variant, quantity) in find_added(conn, &input.added)? {
        lines.push(RequestLine { variant, quantity, agreed: None });
    }
    Ok(Request {
        lines,
        place: Some(detail.delivery_address.place()),
        buyer: accounts::buyer(conn, order.account_id)?,
        email: Some(order.email.clone()),
        vat_number: order.vat_number.clone(),
        coupons: vec![],
        method: input.method.or(order.shipping_method_id),
        currency: order.currency,
        fees: vec![],
    })
}

/// The share of a line's discounts that falls to these units of it.
fn agreed_discounts(detail: &OrderDetail, line: &OrderLine, after: i64) -> Vec<Discount> {
    let mut left = after;
    let kept = detail.discounts_on(&line.id).into_iter().filter_map(|discount| {
        let amount = rules::in_proportion(discount.amount, line.total, after).max(-left);
        left += amount;
        Some(Discount { promotion: discount.promotion_id?, coupon: discount.coupon_id, label: discount.label.clone(), amount })
    });
    kept.collect()
}

/// Makes the order and closes the return. `seen`: the price that stood on the preview and what of it was left to pay, in minor
/// units. Two who do so at once make one order.
///
/// # Errors
/// As for `price_exchange`; `Invalid` when the price is another by now, or there is not enough of something.
pub fn confirm_exchange(conn: &mut Conn, till: &Till, number: &str, input: &ExchangeInput, seen: (i64, i64), actor: &str) -> Result<Order> {
    let order = orders::return_detail(conn, number)?.order;
    orders::lock(conn, order.id)?;
    let rma = orders::return_detail(conn, number)?;
    let offer = price_exchange(conn, &rma, input)?;
    if (offer.quote.total(), offer.means.due) != seen {
        let (total, due) = (offer.quote.total_money(), offer.due());
        return Err(Error::invalid("", format!("By now it costs {total}, of which {due} is left to pay. Look at it again")));
    }
    let is_manual = till.gateways.is_manual(&input.gateway);
    if offer.means.due > 0 && till.gateways.offered(&input.gateway).is_err() {
        return Err(Error::invalid("gateway", "Choose how the customer pays the rest"));
    }
    let minutes = if offer.means.due > 0 && !is_manual { Some(settings::store(conn)?.link_minutes()) } else { None };
    let exchange =
        Exchange { order: new_order(&offer, input, minutes, actor), means: offer.means, surplus_as_credit: input.surplus_as_credit };
    let made = orders::exchange(conn, &till.links, number, &exchange, actor)?;
    if let Some(minutes) = minutes {
        let delay = Duration::from_secs(minutes.unsigned_abs().into()) * 60 + SLACK;
        jobs::enqueue_in(conn, &ExpireOrder { order: made.id }, delay)?;
    }
    // The sums are checked before the stock's row is taken, not while it is held.
    orders::check_sums(conn)?;
    let short = inventory::allocate(conn, made.id, None, &items(&offer.quote))?;
    let refused = |short: Vec<Shortage>| Error::invalid("", format!("{} Nothing was changed.", too_few(&offer.quote, &short).join(" ")));
    short.map_err(refused).map(|()| made)
}

fn new_order(offer: &ExchangeOffer, input: &ExchangeInput, minutes: Option<i32>, actor: &str) -> NewOrder {
    let (detail, order) = (&offer.detail, &offer.detail.order);
    NewOrder {
        cart: CartId::new(),
        account: order.account_id,
        email: order.email.clone(),
        phone: order.phone.clone(),
        quote: offer.quote.clone(),
        delivery_address: detail.delivery_address.clone(),
        billing_address: detail.bills_elsewhere().then(|| detail.billing_address.clone()),
        vat_number: order.vat_number.clone(),
        gateway: if offer.means.due > 0 { input.gateway.clone() } else { EXCHANGE.to_owned() },
        pay_within_minutes: minutes,
        source: Source::Exchange,
        actor: actor.to_owned(),
    }
}

/// One of each variant: the same article may be asked for again and added.
fn items(quote: &Quote) -> Vec<Item> {
    let mut wanted: BTreeMap<VariantId, i32> = BTreeMap::new();
    for line in &quote.lines {
        *wanted.entry(line.item.variant.id).or_default() += line.quantity;
    }
    wanted.into_iter().map(|(variant, quantity)| Item { variant, quantity }).collect()
}

/// What stands in the way of the exchange as the stock is now, a sentence each. For the preview: the exchange finds out anew.
pub fn exchange_shortages(conn: &mut Conn, quote: &Quote) -> Result<Vec<String>> {
    let short = inventory::shortages(conn, None, &items(quote), &[])?;
    Ok(too_few(quote, &short))
}

fn too_few(quote: &Quote, short: &[Shortage]) -> Vec<String> {
    let words = short.iter().map(|short| {
        let line = quote.lines.iter().find(|line| line.item.variant.id == short.variant);
        let title = line.map_or("one article", |line| line.item.title.as_str());
        let besides = short.besides();
        match (short.available.max(0), short.is_limit) {
            (most, true) => format!("Only {most} of {title} can be had in one order{besides}."),
            (0, false) if besides.is_empty() => format!("{title} is out of stock."),
            (0, false) => format!("Nothing of {title} is left{besides}."),
            (there, false) => format!("Only {there} of {title} can be had now{besides}."),
        }
    });
    words.collect()
}
