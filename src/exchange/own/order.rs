//! An order as rows, one for each line, and rows as an order. What belongs to the order stands in each of its rows.

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;

use super::{tables::ORDERS, words};
use crate::{
    base::{Currency, Money, cell},
    exchange::{
        model::{OrderLineOut, OrderOut},
        report::quoted,
        shopify::values,
    },
    orders::{BroughtDiscount, BroughtFee, BroughtLine, BroughtOrder, BroughtTax, Fulfilment, Lifecycle, PaymentState},
    settings::Address,
};

/// Where the columns of a line begin.
pub const LINE: usize = 25;

pub fn rows_of(order: &OrderOut, shop: Currency) -> Vec<Vec<String>> {
    let currency = Currency::parse(&order.currency).unwrap_or(shop);
    let head = head_of(order, currency);
    let row = |line: &OrderLineOut| head.iter().cloned().chain(line_of(line, currency)).map(|text| cell(&text)).collect();
    order.lines.iter().map(row).collect()
}

fn head_of(order: &OrderOut, currency: Currency) -> Vec<String> {
    let money = |minor: i64| Money::new(minor, currency).plain();
    let line = |at: Option<i32>| at.map(|at| at.to_string()).unwrap_or_default();
    let discounts = order.discounts.iter().map(|it| words::join([line(it.line), it.label.clone(), money(-it.amount)], '|'));
    let fees = order.fees.iter().map(|it| words::join([it.label.clone(), it.tax_class.clone(), money(it.amount)], '|'));
    let tax = |it: &crate::exchange::model::TaxOut| {
        words::join([line(it.line), it.label.clone(), it.rate.normalize().to_string(), money(it.base), money(it.amount)], '|')
    };
    vec![
        order.number.clone(),
        order.placed_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        order.email.clone(),
        order.phone.clone(),
        order.lifecycle.clone(),
        order.payment.clone(),
        order.fulfilment.clone(),
        order.currency.clone(),
        money(order.items_total),
        money(-order.discount_total),
        money(order.delivery_total),
        money(order.fee_total),
        money(order.tax_total),
        yes(order.tax_included),
        money(order.total),
        order.tax_treatment.clone(),
        order.tax_reason.clone(),
        order.vat_number.clone(),
        order.delivery_method.clone(),
        yes(order.is_pickup),
        order.delivery_address.as_ref().map(|address| words::join(address, '|')).unwrap_or_default(),
        order.billing_address.as_ref().map(|address| words::join(address, '|')).unwrap_or_default(),
        words::join(discounts, ';'),
        words::join(fees, ';'),
        words::join(order.taxes.iter().map(tax), ';'),
    ]
}

fn line_of(line: &OrderLineOut, currency: Currency) -> Vec<String> {
    let money = |minor| Money::new(minor, currency).plain();
    vec![
        line.position.to_string(),
        line.sku.clone(),
        line.title.clone(),
        line.options.clone(),
        money(line.unit_price),
        line.quantity.to_string(),
        money(line.total),
        line.shipped.to_string(),
        line.weight_grams.to_string(),
        line.tax_class.clone(),
        yes(line.is_gift_card),
        line.note.clone(),
    ]
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// The cells of a row, by the name of their column.
struct Cells<'a>(&'a [String]);

impl<'a> Cells<'a> {
    fn get(&self, name: &str) -> &'a str {
        let at = ORDERS.iter().position(|column| column.name == name);
        at.and_then(|at| self.0.get(at)).map_or("", String::as_str)
    }

    /// Of the line, where a column of the order has the same name.
    fn of_line(&self, name: &str) -> &'a str {
        let at = ORDERS.iter().skip(LINE).position(|column| column.name == name);
        at.and_then(|at| self.0.get(LINE + at)).map_or("", String::as_str)
    }

    fn word<T: std::str::FromStr>(&self, name: &str, otherwise: T) -> Result<T, String> {
        match self.get(name) {
            "" => Ok(otherwise),
            text => text.to_lowercase().replace([' ', '-'], "_").parse().map_err(|_| format!("{name} {} is unknown", quoted(text))),
        }
    }

    /// Nothing counts as 0.
    fn money(&self, name: &str, currency: Currency) -> Result<i64, String> {
        amount(self.get(name), currency).map_err(|message| format!("{name}: {message}"))
    }

    fn address(&self, name: &str) -> Result<Option<Address>, String> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let parts = words::split(text, '|');
        let [who, company, line1, line2, city, region, postcode, country] = parts.as_slice() else {
            return Err(format!("{name} is written wrongly: it is name|company|street|second line|town|region|postcode|country"));
        };
        if country.len() != 2 || !country.chars().all(|c| c.is_ascii_uppercase()) {
            return Err(format!("{name}: the country {} is no code of two capital letters, such as GB", quoted(country)));
        }
        Ok(Some(Address {
            name: who.clone(),
            company: company.clone(),
            line1: line1.clone(),
            line2: line2.clone(),
            city: city.clone(),
            region: region.clone(),
            postcode: postcode.clone(),
            country: country.clone(),
        }))
    }
}

fn amount(text: &str, currency: Currency) -> Result<i64, String> {
    match text.strip_prefix('-') {
        _ if text.is_empty() => Ok(0),
        Some(rest) => values::price(rest, currency).map(|minor| -minor),
        None => values::price(text, currency),
    }
}

/// # Errors
/// Tells what of the order can't be read, or does not add up.
pub fn order_of(rows: &[(u64, Vec<String>)]) -> Result<BroughtOrder, String> {
    let Some((_, first)) = rows.first() else { return Err("the order has no lines".to_owned()) };
    let cells = Cells(first);
    let currency =
        Currency::parse(cells.get("Currency")).map_err(|_| format!("the currency {} is unknown", quoted(cells.get("Currency"))))?;
    let mut order = read_head(&cells, currency)?;
    order.lines = (1..).zip(rows).map(|(at, (_, row))| read_line(&Cells(row), at, currency)).collect::<Result<_, _>>()?;
    read_charges(&cells, currency, &mut order)?;
    add_up(&cells, currency, &mut order)?;
    Ok(order)
}

fn read_head(cells: &Cells<'_>, currency: Currency) -> Result<BroughtOrder, String> {
    let number = cells.get("Number").trim_start_matches('#');
    if number.is_empty() || number.len() > 40 || !number.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(format!("the number {} can't be used; it is made of letters, digits and -", quoted(number)));
    }
    let placed = cells.get("Placed");
    let lifecycle = match cells.word("State", Lifecycle::Completed)? {
        Lifecycle::Placed => return Err("the order is still open there; only completed and cancelled ones come in, as records".to_owned()),
        closed => closed,
    };
    Ok(BroughtOrder {
        number: number.to_owned(),
        placed_at: moment(placed).ok_or_else(|| format!("the time {} can't be read; write it as 2026-12-24T08:00:00Z", quoted(placed)))?,
        email: cells.get("E-mail").trim().to_owned(),
        phone: cells.get("Phone").to_owned(),
        currency: currency.code().to_owned(),
        lifecycle,
        payment_state: cells.word("Payment", PaymentState::Paid)?,
        fulfilment_state: cells.word("Fulfilment", Fulfilment::Delivered)?,
        items_total: 0,
        discount_total: -cells.money("Discount", currency)?.abs(),
        delivery_total: cells.money("Delivery", currency)?,
        fee_total: cells.money("Fees", currency)?,
        tax_total: cells.money("Tax", currency)?,
        total: cells.money("Total", currency)?,
        tax_included: !matches!(cells.get("Tax included").to_lowercase().as_str(), "no" | "false" | "0"),
        tax_treatment: cells.word("Tax treatment", crate::tax::Treatment::Taxed)?,
        tax_reason: cells.get("Tax reason").to_owned(),
        vat_number: cells.get("VAT number").to_owned(),
        delivery_method: cells.get("Delivery method").to_owned(),
        is_pickup: values::is_true(cells.get("Pick-up")),
        lines: vec![],
        discounts: vec![],
        fees: vec![],
        taxes: vec![],
        delivery_address: cells.address("Delivery address")?,
        billing_address: cells.address("Billing address")?,
    })
}

/// `2026-11-01T08:00:00Z`, `2026-11-01 08:00:00 +0000` as Shopify writes it, or a day.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"));
    zoned.ok().map(|at| at.to_utc()).or_else(|| crate::exchange::woocommerce::values::moment(text))
}

fn read_line(cells: &Cells<'_>, at: i32, currency: Currency) -> Result<BroughtLine, String> {
    let (title, units) = (cells.of_line("Title"), cells.of_line("Quantity"));
    if title.is_empty() {
        return Err("a line has no title".to_owned());
    }
    let quantity = values::quantity(units)?;
    let unit_price = cells.money("Unit price", currency)?;
    let total = unit_price.checked_mul(i64::from(quantity)).ok_or("a line costs too much")?;
    let stated = cells.of_line("Line total");
    if !stated.is_empty() && amount(stated, currency)? != total {
        let made = Money::new(total, currency).plain();
        return Err(format!("{title}: {quantity} at {} make {made}, but the line says {stated}", Money::new(unit_price, currency).plain()));
    }
    let position = cells.of_line("Line");
    let shipped = cells.of_line("Shipped");
    let class = cells.of_line("Tax class");
    Ok(BroughtLine {
        position: if position.is_empty() {
            at
        } else {
            position.parse().map_err(|_| format!("the line {} is no number", quoted(position)))?
        },
        sku: cells.of_line("SKU").to_owned(),
        title: title.to_owned(),
        options: cells.of_line("Options").to_owned(),
        unit_price,
        quantity,
        total,
        shipped: if shipped.is_empty() { quantity } else { values::quantity(shipped)?.min(quantity) },
        weight_grams: values::grams(cells.of_line("Weight (g)"))?,
        tax_class: if class.is_empty() { "standard" } else { class }.to_owned(),
        is_gift_card: values::is_true(cells.of_line("Gift card")),
        note: cells.of_line("Note").to_owned(),
    })
}

fn read_charges(cells: &Cells<'_>, currency: Currency, order: &mut BroughtOrder) -> Result<(), String> {
    let wrong = |what: &str, text: &str, shape: &str| format!("{what} {} is written wrongly: it is {shape}", quoted(text));
    let at = |text: &str| {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| format!("the line {} is no number", quoted(text))) }
    };
    for text in words::split(cells.get("Discounts"), ';') {
        let parts = words::split(&text, '|');
        let [line, label, sum] = parts.as_slice() else { return Err(wrong("the discount", &text, "line|label|amount")) };
        order.discounts.push(BroughtDiscount { line: at(line)?, label: label.clone(), amount: -amount(sum, currency)?.abs() });
    }
    for text in words::split(cells.get("Fee lines"), ';') {
        let parts = words::split(&text, '|');
        let [label, class, sum] = parts.as_slice() else { return Err(wrong("the fee", &text, "label|tax class|amount")) };
        order.fees.push(BroughtFee { label: label.clone(), tax_class: class.clone(), amount: amount(sum, currency)? });
    }
    for text in words::split(cells.get("Tax lines"), ';') {
        let parts = words::split(&text, '|');
        let [line, label, rate, base, sum] = parts.as_slice() else {
            return Err(wrong("the tax", &text, "line|label|percent|net amount|amount"));
        };
        let rate: Decimal = rate.parse().map_err(|_| format!("the tax's rate {} is no number", quoted(rate)))?;
        let (base, amount) = (amount(base, currency)?, amount(sum, currency)?);
        order.taxes.push(BroughtTax { line: at(line)?, label: label.clone(), rate, base, amount });
    }
    Ok(())
}

/// Sums of which the file has no parts get one. Whatever is said twice must agree.
fn add_up(cells: &Cells<'_>, currency: Currency, order: &mut BroughtOrder) -> Result<(), String> {
    let plain = |minor: i64| Money::new(minor, currency).plain();
    let agree = |what: &str, said: i64, made: i64| {
        if said == made { Ok(()) } else { Err(format!("{what}: the parts make {}, but the order says {}", plain(made), plain(said))) }
    };
    order.items_total = sum(order.lines.iter().map(|line| line.total))?;
    if !cells.get("Items").is_empty() {
        agree("Items", cells.money("Items", currency)?, order.items_total)?;
    }
    if order.discounts.is_empty() && order.discount_total != 0 {
        order.discounts.push(BroughtDiscount { line: None, label: "Discount".to_owned(), amount: order.discount_total });
    }
    if order.fees.is_empty() && order.fee_total != 0 {
        order.fees.push(BroughtFee { label: "Fee".to_owned(), tax_class: "standard".to_owned(), amount: order.fee_total });
    }
    if order.taxes.is_empty() && order.tax_total != 0 {
        let base = sum([order.total, -order.tax_total])?;
        order.taxes.push(BroughtTax { line: None, label: "Tax".to_owned(), rate: Decimal::ZERO, base, amount: order.tax_total });
    }
    agree("Discount", -order.discount_total, -sum(order.discounts.iter().map(|it| it.amount))?)?;
    agree("Fees", order.fee_total, sum(order.fees.iter().map(|it| it.amount))?)?;
    agree("Tax", order.tax_total, sum(order.taxes.iter().map(|it| it.amount))?)?;
    let on_top = if order.tax_included { 0 } else { order.tax_total };
    agree("Total", order.total, sum([order.items_total, order.discount_total, order.delivery_total, order.fee_total, on_top])?)
}

fn sum(parts: impl IntoIterator<Item = i64>) -> Result<i64, String> {
    // Some room at both ends, so that a sum can be turned round.
    let sum = parts.into_iter().try_fold(0_i64, i64::checked_add).filter(|sum| sum.abs() < i64::MAX / 2);
    sum.ok_or_else(|| "the amounts are too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[(&str, &str)], head: &[(&str, &str)]) -> Vec<(u64, Vec<String>)> {
        let row = |line: &(&str, &str)| {
            let cell = |column: &super::super::tables::TableColumn| {
                let said = head.iter().find(|(name, _)| *name == column.name).map(|(_, text)| *text);
                said.unwrap_or(match column.name {
                    "Number" => "#1001",
                    "Placed" => "2024-05-01 10:00:00 +0200",
                    "E-mail" => "annie@example.com",
                    "Currency" => "GBP",
                    "Title" => "Hammer",
                    "Unit price" => line.0,
                    "Quantity" => line.1,
                    _ => "",
                })
            };
            (2, ORDERS.iter().map(|column| cell(column).to_owned()).collect())
        };
        lines.iter().map(row).collect()
    }

    #[test]
    fn an_order_of_elsewhere_needs_little_more_than_its_lines_and_total() {
        let order = order_of(&rows(
            &[("10.00", "2"), ("4.50", "1")],
            &[("Total", "26.50"), ("Delivery", "3.00"), ("Discount", "1.00"), ("Tax", "4.42")],
        ))
        .unwrap();
        assert_eq!((order.number.as_str(), order.items_total, order.total, order.discount_total), ("1001", 2450, 2650, -100));
        assert_eq!((order.discounts.len(), order.taxes[0].amount, order.lines[1].shipped), (1, 442, 1));
        assert_eq!(order.placed_at.to_rfc3339(), "2024-05-01T08:00:00+00:00");
        assert_eq!(order.lifecycle, Lifecycle::Completed);
    }

    #[test]
    fn what_does_not_add_up_or_is_still_open_is_refused_in_words() {
        let refused = |head: &[(&str, &str)]| order_of(&rows(&[("10.00", "2")], head)).unwrap_err();
        assert!(refused(&[("Total", "21.00")]).contains("make 20.00, but the order says 21.00"));
        assert!(refused(&[("Total", "20.00"), ("Items", "19.00")]).starts_with("Items"));
        assert!(refused(&[("Total", "20.00"), ("Line total", "19.00")]).contains("2 at 10.00 make 20.00"));
        let dear = rows(&[("900000000.00", "100000000"), ("900000000.00", "100000000")], &[("Total", "20.00")]);
        assert!(order_of(&dear).unwrap_err().contains("too large"));
        assert!(refused(&[("Total", "20.00"), ("State", "placed")]).contains("still open"));
        assert!(refused(&[("Total", "20.00"), ("Number", "../x")]).contains("can't be used"));
        assert!(refused(&[("Total", "20.00"), ("Tax lines", "1|VAT|20|x")]).contains("written wrongly"));
    }
}
