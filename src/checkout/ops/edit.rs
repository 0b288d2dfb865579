//! The price of an order that is being changed. What was agreed stays: unit prices, the discounts on each line in proportion, and
//! delivery as long as neither place nor method changes. New lines cost what they cost today, less what today's promotions and
//! the order's own coupons take off them, seeing the order as a whole; taxes are worked out anew.

use std::collections::BTreeMap;

use super::changed;
use crate::{
    accounts,
    base::{Conn, Error, Problems, PromotionId, Result, VariantId},
    catalog,
    checkout::{
        forms::{EditForm, EditInput, NewArticle},
        rules,
    },
    orders::{self, Edit, Links, OrderDetail, OrderLine},
    payments::Gateways,
    promotions,
    quote::{self, Agreed, AskedFee, Delivery, DeliveryOffer, Discount, Line, Quote, Request, RequestLine},
    shipping::Method,
    tax::{self, Regime},
};

/// What the order becomes, and costs, with these changes.
///
/// # Errors
/// `Invalid` beside the field of an article that is not sold, or on `method` when it is not offered there.
pub fn price_edit(conn: &mut Conn, detail: &OrderDetail, input: &EditInput) -> Result<Edit> {
    check_fees(conn, &input.fees)?;
    let staying: Vec<&OrderLine> = detail.lines.iter().filter(|line| quantity_of(input, line) > 0).collect();
    let quote = quoted(conn, detail, input, &staying)?;
    let Some(added) = quote.lines.len().checked_sub(staying.len()) else {
        return Err(Error::invalid("", "An article of this order was deleted from the catalogue, so it can't be priced any more"));
    };
    if let Some(without) = input.added.get(added) {
        return Err(Error::invalid(&without.field, format!("{} is not sold in {}", without.sku, quote.currency.code())));
    }
    if quote.lines.is_empty() {
        return Err(Error::invalid("", "Nothing would be left of the order. Cancel it instead"));
    }
    if added == 0 && staying.iter().all(|line| line.shipped > 0 && line.shipped >= quantity_of(input, line)) {
        return Err(Error::invalid("", "Nothing would be left to be shipped. Leave one unit at least"));
    }
    if quote.delivery.is_none() {
        let words = quote.refusal.clone().unwrap_or_else(|| "Choose how it is delivered to this address".to_owned());
        return Err(Error::invalid("method", words));
    }
    let quantities = detail.lines.iter().map(|line| (line.id, quantity_of(input, line))).collect();
    Ok(Edit { revision: input.revision, quantities, quote, delivery_address: input.address.clone() })
}

fn quantity_of(input: &EditInput, line: &OrderLine) -> i32 {
    input.quantities.iter().find(|(id, _)| *id == line.id).map_or(line.quantity, |(_, quantity)| *quantity)
}

fn quoted(conn: &mut Conn, detail: &OrderDetail, input: &EditInput, staying: &[&OrderLine]) -> Result<Quote> {
    let request = request(conn, detail, input, staying)?;
    let (mut basket, mut facts) = quote::facts(conn, &request)?;
    if basket.lines.len() != request.lines.len() {
        return Err(Error::invalid("", "An article of this order was deleted from the catalogue, so it can't be priced any more"));
    }
    facts.promotions = promotions::book_for_change(conn, detail.order.id, &request.buyer, &detail.order.email)?;
    // A gift comes with an order that is placed. One that is changed keeps those it has, and gets no more.
    facts.gifts.clear();
    for (asked, line) in basket.lines.iter_mut().zip(staying) {
        asked.item.variant.tax_class.clone_from(&line.tax_class);
    }
    Ok(quote::reprice(&basket, &facts, |quote, regime| keep_promises(quote, regime, detail, input, staying)))
}

fn request(conn: &mut Conn, detail: &OrderDetail, input: &EditInput, staying: &[&OrderLine]) -> Result<Request> {
    let order = &detail.order;
    let kept = staying.iter().filter_map(|line| {
        let agreed = Agreed { entered: line.entered_price.unwrap_or(line.unit_price), note: line.note.clone() };
        Some(RequestLine { variant: line.variant_id?, quantity: quantity_of(input, line), agreed: Some(agreed) })
    });
    let mut lines: Vec<RequestLine> = kept.collect();
    if lines.len() != staying.len() {
        return Err(Error::invalid("", "An article of this order was deleted from the catalogue, so it can't be priced any more"));
    }
    for (variant, quantity) in find_added(conn, &input.added)? {
        lines.push(RequestLine { variant, quantity, agreed: None });
    }
    Ok(Request {
        lines,
        place: Some(input.address.place()),
        buyer: accounts::buyer(conn, order.account_id)?,
        email: Some(order.email.clone()),
        vat_number: order.vat_number.clone(),
        coupons: vec![],
        method: input.method.or(order.shipping_method_id),
        currency: order.currency,
        fees: input.fees.clone(),
    })
}

/// # Errors
/// `Invalid` for a fee of a tax class that there is not.
pub fn check_fees(conn: &mut Conn, fees: &[AskedFee]) -> Result<()> {
    let classes = if fees.is_empty() { vec![] } else { tax::classes(conn)? };
    match fees.iter().find(|fee| !classes.iter().any(|class| class.code == fee.tax_class)) {
        Some(fee) => Err(Error::invalid("", format!("Choose a tax class for the fee {}", fee.label))),
        None => Ok(()),
    }
}

/// The variants of the articles that staff typed.
pub fn find_added(conn: &mut Conn, added: &[NewArticle]) -> Result<Vec<(VariantId, i32)>> {
    let mut problems = Problems::default();
    let found = look_up(conn, added, &mut problems)?;
    problems.check().map(|()| found)
}

/// Those that there are; what stands in the way of the others is added to `problems`.
pub fn look_up(conn: &mut Conn, added: &[NewArticle], problems: &mut Problems) -> Result<Vec<(VariantId, i32)>> {
    let mut found = vec![];
    for article in added {
        let variant = catalog::variant_by_sku(conn, &article.sku)?.map(|variant| variant.id);
        let item = catalog::for_sale(conn, variant.as_slice())?.pop();
        match item {
            None => article.refuse(problems, &format!("No article has the SKU {}", article.sku)),
            Some(item) if !item.is_sold => article.refuse(problems, &format!("{} is not sold any more", item.title)),
            Some(item) if item.is_gift_card => article.refuse(problems, "A gift card needs an order of its own"),
            Some(item) => found.push((item.variant.id, article.quantity)),
        }
    }
    Ok(found)
}

fn keep_promises(quote: &mut Quote, regime: &Regime, detail: &OrderDetail, input: &EditInput, staying: &[&OrderLine]) {
    let decided = by_promotion(&quote.lines);
    for (line, before) in quote.lines.iter_mut().zip(staying) {
        let total = line.total();
        line.discounts = kept_discounts(detail, Some(before), before.total, total);
    }
    let mut room = decided;
    for (promotion, kept) in by_promotion(quote.lines.get(..staying.len()).unwrap_or_default()) {
        *room.entry(promotion).or_default() -= kept;
    }
    for line in quote.lines.iter_mut().skip(staying.len()) {
        rules::within(&mut line.discounts, &mut room);
    }
    if keeps_delivery(detail, input) {
        let offer = agreed_delivery(quote, regime, detail);
        quote.delivery = Some(Delivery { offer, taxes: vec![] });
    } else if let Some(delivery) = &mut quote.delivery {
        let kept = kept_discounts(detail, None, detail.order.delivery_total, delivery.offer.price);
        // Whichever takes off more: what was promised, or what is promised today.
        if kept.iter().map(|discount| discount.amount).sum::<i64>() <= delivery.offer.discount() {
            delivery.offer.discounts = kept;
        }
    }
}

/// What each promotion takes off these lines; zero or less.
fn by_promotion(lines: &[Line]) -> BTreeMap<PromotionId, i64> {
    let mut sums = BTreeMap::new();
    for discount in lines.iter().flat_map(|line| &line.discounts) {
        *sums.entry(discount.promotion).or_default() += discount.amount;
    }
    sums
}

fn kept_discounts(detail: &OrderDetail, line: Option<&OrderLine>, before: i64, after: i64) -> Vec<Discount> {
    let mut left = after;
    let of = detail.discounts.iter().filter(|discount| discount.order_line_id == line.map(|line| line.id));
    let kept = of.filter_map(|discount| {
        let amount = rules::in_proportion(discount.amount, before, after).max(-left);
        left += amount;
        let promotion = discount.promotion_id.filter(|_| amount != 0 || discount.amount == 0)?;
        Some(Discount { promotion, coupon: discount.coupon_id, label: discount.label.clone(), amount })
    });
    kept.collect()
}

fn keeps_delivery(detail: &OrderDetail, input: &EditInput) -> bool {
    let order = &detail.order;
    let same_method = input.method.is_none() || input.method == order.shipping_method_id;
    same_method && !order.delivery_method.is_empty() && input.address.place() == detail.delivery_address.place()
}

fn agreed_delivery(quote: &Quote, regime: &Regime, detail: &OrderDetail) -> DeliveryOffer {
    let order = &detail.order;
    let offered = quote.offers.iter().find(|offer| offer.method.id == order.shipping_method_id);
    let tax_class = offered.map(|offer| offer.tax_class.clone()).unwrap_or_else(|| {
        let classes: Vec<_> = quote.lines.iter().map(|line| (line.item.variant.tax_class.as_str(), line.after_discounts())).collect();
        regime.delivery_class(&classes)
    });
    // In another basis than then, the price has to be shown anew.
    let same_basis = quote.tax_included == order.tax_included;
    let price = if same_basis { order.delivery_total } else { regime.unit_price(order.delivery_entered, &tax_class) };
    let method = Method {
        id: order.shipping_method_id,
        name: order.delivery_method.clone(),
        description: String::new(),
        is_pickup: order.is_pickup,
        tax_class: None,
    };
    let discounts = kept_discounts(detail, None, order.delivery_total, price);
    DeliveryOffer { method, entered: order.delivery_entered, tax_class, price, discounts, reason: String::new() }
}

/// Changes the order. `seen_total`: the new total that stood on the preview.
///
/// # Errors
/// As for `price_edit`; `Conflict` when the order, or a price, is another than on the page.
pub fn confirm_edit(
    conn: &mut Conn,
    links: &Links,
    gateways: &Gateways,
    number: &str,
    input: impl FnOnce(&OrderDetail) -> std::result::Result<EditInput, Problems>,
    seen_total: Option<i64>,
    actor: &str,
) -> Result<()> {
    let order = orders::find_by_number(conn, number)?;
    let order = orders::lock(conn, order.id)?;
    if !orders::can_edit(&order) {
        return Err(changed("The order has changed meanwhile, and can't be edited any more. Look at it again."));
    }
    let detail = orders::detail(conn, order)?;
    let input = input(&detail).map_err(Error::Invalid)?;
    if input.revision != detail.order.revision {
        return Err(changed("Somebody else has changed this order meanwhile. Look at it again before you change it."));
    }
    let edit = price_edit(conn, &detail, &input)?;
    if Some(edit.quote.total()) != seen_total {
        let total = edit.quote.total_money();
        return Err(Error::invalid("", format!("The new total would be {total} by now. Look at it again before you change the order")));
    }
    orders::edit(conn, links, gateways, &detail, &edit, actor)
}

/// The ways to bring the order to the address that was typed, or to its own while that can't be read.
pub fn offers_for(conn: &mut Conn, detail: &OrderDetail, form: &EditForm) -> Result<Vec<DeliveryOffer>> {
    let address = form.address().parse(&mut Problems::default()).unwrap_or_else(|| detail.delivery_address.clone());
    let input = EditInput { revision: 0, quantities: vec![], added: vec![], fees: vec![], address, method: None };
    let staying: Vec<&OrderLine> = detail.present_lines().filter(|line| line.variant_id.is_some()).collect();
    match quoted(conn, detail, &input, &staying) {
        Ok(quote) => Ok(quote.offers),
        Err(Error::Invalid(_)) => Ok(vec![]),
        Err(error) => Err(error),
    }
}
