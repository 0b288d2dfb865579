//! What stands on an order's papers. They are copies: once issued, they no longer ask the order.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::model::{ChargeTax, OrderDetail, OrderLine, Shipment, Units};
use crate::{
    base::{OrderLineId, VariantId},
    invoices::{Buyer, Charge, LineTax, Paper, PaperLine, Parcel, ParcelLine, Payment, Pick, Reduction, Seller},
};

/// What a detail does not tell: which taxes are on delivery and which on which fee.
pub struct Charges {
    /// Ids in the order of the detail's fees.
    pub fees: Vec<i64>,
    pub taxes: Vec<ChargeTax>,
}

impl Charges {
    fn taxes_on(&self, fee: Option<i64>) -> Vec<LineTax> {
        let on = self.taxes.iter().filter(|(on, ..)| *on == fee);
        on.map(|(_, label, rate, amount)| LineTax { label: label.clone(), rate: *rate, amount: *amount }).collect()
    }
}

/// The invoice of an order as it stands. `name_of`: a way of paying, for people. `terms`: how to pay what is due.
pub fn invoice(detail: &OrderDetail, charges: &Charges, seller: Seller, name_of: &dyn Fn(&str) -> String, terms: &str) -> Paper {
    let order = &detail.order;
    let buyer = Buyer {
        address: detail.billing_address.clone(),
        email: order.email.clone(),
        vat_number: order.vat_number.clone(),
        reference: String::new(),
    };
    let paper = Paper {
        seller,
        buyer,
        delivery_address: detail.bills_elsewhere().then(|| detail.delivery_address.clone()),
        order_number: order.number.clone(),
        ordered_on: order.placed_at.date_naive(),
        supplied_on: detail.shipments.first().map(|shipment| shipment.shipped_at.date_naive()),
        currency: order.currency,
        includes_tax: order.tax_included,
        lines: detail.present_lines().map(|line| paper_line(detail, line)).collect(),
        delivery: delivery(detail, charges),
        fees: fees(detail, charges),
        total: order.total,
        payments: payments(detail, name_of),
        notes: Some(order.tax_reason.clone()).filter(|reason| !reason.is_empty()).into_iter().collect(),
        terms: String::new(),
    };
    let terms = if paper.due() > 0 { terms.to_owned() } else { String::new() };
    Paper { terms, ..paper }
}

fn reductions(detail: &OrderDetail, line: Option<OrderLineId>) -> Vec<Reduction> {
    let on = detail.discounts.iter().filter(|discount| discount.order_line_id == line && discount.amount != 0);
    on.map(|discount| Reduction { label: discount.label.clone(), amount: discount.amount }).collect()
}

fn sum(reductions: &[Reduction]) -> i64 {
    reductions.iter().map(|reduction| reduction.amount).sum()
}

fn paper_line(detail: &OrderDetail, line: &OrderLine) -> PaperLine {
    let discounts = reductions(detail, Some(line.id));
    let on_line = detail.taxes.iter().filter(|tax| tax.order_line_id == Some(line.id));
    PaperLine {
        title: line.title.clone(),
        options: line.options.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        total: line.total + sum(&discounts),
        discounts,
        taxes: on_line.map(|tax| LineTax { label: tax.label.clone(), rate: tax.rate, amount: tax.amount }).collect(),
    }
}

/// None where nothing is delivered and nothing is charged for it.
fn delivery(detail: &OrderDetail, charges: &Charges) -> Option<Charge> {
    let (order, discounts, taxes) = (&detail.order, reductions(detail, None), charges.taxes_on(None));
    if order.delivery_method.is_empty() && order.delivery_total == 0 && discounts.is_empty() && taxes.is_empty() {
        return None;
    }
    let total = order.delivery_total + sum(&discounts);
    Some(Charge { label: order.delivery_method.clone(), price: order.delivery_total, discounts, total, taxes })
}

fn fees(detail: &OrderDetail, charges: &Charges) -> Vec<Charge> {
    let with_ids = detail.fees.iter().zip(&charges.fees);
    with_ids
        .map(|(fee, id)| Charge {
            label: fee.label.clone(),
            price: fee.amount,
            discounts: vec![],
            total: fee.amount,
            taxes: charges.taxes_on(Some(*id)),
        })
        .collect()
}

fn payments(detail: &OrderDetail, name_of: &dyn Fn(&str) -> String) -> Vec<Payment> {
    let paid = detail.attempts.iter().rev().filter(|attempt| attempt.captured > 0 && attempt.currency == detail.order.currency);
    paid.map(|attempt| Payment { label: name_of(&attempt.gateway), amount: attempt.captured, on: attempt.created_at.date_naive() })
        .collect()
}

/// What is taxed alike on an invoice: an amount with its taxes within, and those taxes.
#[derive(Clone, Debug, PartialEq)]
struct Share {
    gross: i64,
    taxes: Vec<LineTax>,
}

impl Share {
    fn is_taxed_like(&self, other: &[LineTax]) -> bool {
        let same = |(one, other): (&LineTax, &LineTax)| one.label == other.label && one.rate == other.rate;
        self.taxes.len() == other.len() && self.taxes.iter().zip(other).all(same)
    }
}

/// A credit note over `amount` of an invoice of which `earlier` ones took parts back. All at once repeats the invoice; a part is
/// taken from what is left of it, spread over its rates of tax by largest remainder, so that the last one takes all that is left
/// and the taxes of all of them come to the invoice's.
pub fn credit_note(invoice: &Paper, earlier: &[&Paper], amount: i64, on: NaiveDate, reason: String) -> Paper {
    let payments = vec![Payment { label: "Given back".to_owned(), amount, on }];
    let whole = Paper { payments, notes: invoice.notes.iter().cloned().chain([reason]).collect(), terms: String::new(), ..invoice.clone() };
    if earlier.is_empty() && amount == invoice.total {
        return whole;
    }
    let left = earlier.iter().fold(shares(invoice), |left, paper| taken_off(left, &shares(paper)));
    let parts = spread(amount, &left.iter().map(|share| share.gross).collect::<Vec<_>>());
    let lines: Vec<_> =
        left.iter().zip(parts).filter(|(_, part)| *part > 0).map(|(share, part)| credit_line(invoice, share, part)).collect();
    Paper { lines, delivery: None, fees: vec![], total: amount, ..whole }
}

fn shares(paper: &Paper) -> Vec<Share> {
    let lines = paper.lines.iter().map(|line| (line.total, &line.taxes));
    let charges = paper.delivery.iter().chain(&paper.fees).map(|charge| (charge.total, &charge.taxes));
    let mut shares: Vec<Share> = vec![];
    for (total, taxes) in lines.chain(charges) {
        let on_top: i64 = if paper.includes_tax { 0 } else { taxes.iter().map(|tax| tax.amount).sum() };
        match shares.iter_mut().find(|share| share.is_taxed_like(taxes)) {
            Some(share) => {
                share.gross += total + on_top;
                share.taxes.iter_mut().zip(taxes).for_each(|(sum, tax)| sum.amount += tax.amount);
            }
            None => shares.push(Share { gross: total + on_top, taxes: taxes.clone() }),
        }
    }
    shares
}

fn taken_off(left: Vec<Share>, taken: &[Share]) -> Vec<Share> {
    let less = |mut share: Share| {
        if let Some(taken) = taken.iter().find(|taken| taken.is_taxed_like(&share.taxes)) {
            share.gross -= taken.gross;
            share.taxes.iter_mut().zip(&taken.taxes).for_each(|(left, taken)| left.amount -= taken.amount);
        }
        share
    };
    left.into_iter().map(less).collect()
}

/// Parts of `amount` in proportion to `weights`, none above its weight while `amount` is not above their sum.
fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from((*weight).max(0))).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<i128> = weights.iter().map(|weight| i128::from(amount) * i128::from((*weight).max(0))).collect();
    let mut parts: Vec<i64> = exact.iter().map(|exact| i64::try_from(exact / sum).unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse((exact[*at] % sum, std::cmp::Reverse(*at))));
    let rest = amount - parts.iter().sum::<i64>();
    for at in order.into_iter().take(usize::try_from(rest).unwrap_or(0)) {
        parts[at] += 1;
    }
    parts
}

fn credit_line(invoice: &Paper, share: &Share, part: i64) -> PaperLine {
    let of = |tax: &LineTax| LineTax { amount: portion(tax.amount, part, share.gross), ..tax.clone() };
    let taxes: Vec<_> = share.taxes.iter().map(of).collect();
    let within: i64 = if invoice.includes_tax { 0 } else { taxes.iter().map(|tax| tax.amount).sum() };
    let total = part - within;
    PaperLine {
        title: format!("Part of order {}", invoice.order_number),
        options: String::new(),
        sku: String::new(),
        quantity: 1,
        unit_price: total,
        discounts: vec![],
        total,
        taxes,
    }
}

/// `amount × part ÷ whole`, half up.
fn portion(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    if whole <= 0 { 0 } else { i64::try_from((2 * amount * part + whole) / (2 * whole)).unwrap_or(0) }
}

/// The slip for a parcel. No prices, since it may be a present.
pub fn parcel(detail: &OrderDetail, shipment: &Shipment, units: &[Units], seller: Seller) -> Parcel {
    let order = &detail.order;
    let goods = detail.present_lines().filter(|line| !line.is_gift_card);
    Parcel {
        seller,
        address: detail.delivery_address.clone(),
        order_number: order.number.clone(),
        ordered_on: order.placed_at.date_naive(),
        shipped_on: Some(shipment.shipped_at.date_naive()),
        delivery_method: order.delivery_method.clone(),
        tracking: shipment.tracking(),
        lines: goods.map(|line| parcel_line(line, units)).collect(),
        notes: vec![],
    }
}

fn parcel_line(line: &OrderLine, units: &[Units]) -> ParcelLine {
    ParcelLine {
        title: line.title.clone(),
        options: line.options.clone(),
        sku: line.sku.clone(),
        ordered: line.quantity,
        in_this_parcel: units.iter().find(|units| units.line == line.id).map_or(0, |units| units.quantity),
        to_follow: line.to_send(),
        unit_price: None,
    }
}

/// Where each article is, with the units there.
type Shelves = HashMap<VariantId, Vec<(String, i32)>>;

/// What is to be fetched for an order, and where from.
pub fn picks(number: &str, lines: &[OrderLine], shelves: &Shelves) -> Vec<Pick> {
    let waiting = lines.iter().filter(|line| line.to_send() > 0);
    waiting
        .map(|line| Pick {
            order_number: number.to_owned(),
            location: line
                .variant_id
                .and_then(|variant| shelves.get(&variant))
                .map_or_else(String::new, |there| places(there, line.to_send())),
            sku: line.sku.clone(),
            title: line.title.clone(),
            options: line.options.clone(),
            quantity: line.to_send(),
        })
        .collect()
}

/// As many places as it takes to find so many units: `Shop`, or `Shop, Barn`.
fn places(there: &[(String, i32)], mut wanted: i32) -> String {
    let mut names: Vec<&str> = vec![];
    for (name, units) in there {
        if wanted > 0 {
            names.push(name);
            wanted -= units;
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{base::Currency, settings::Address};

    fn paper(includes_tax: bool, lines: Vec<(i64, Option<i64>)>) -> Paper {
        let tax = |amount: i64, at: usize| LineTax { label: format!("VAT {at}"), rate: (at as i64 * 5).into(), amount };
        let line = |(at, (total, taxed)): (usize, (i64, Option<i64>))| PaperLine {
            title: "Thing".into(),
            options: String::new(),
            sku: String::new(),
            quantity: 1,
            unit_price: total,
            discounts: vec![],
            total,
            taxes: taxed.map(|amount| tax(amount, at % 3)).into_iter().collect(),
        };
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let mut paper = Paper {
            seller: Seller::default(),
            buyer: Buyer { address: Address::default(), ..Buyer::default() },
            delivery_address: None,
            order_number: "7K4Q-29XM".into(),
            ordered_on: day,
            supplied_on: None,
            currency: Currency::parse("GBP").unwrap(),
            includes_tax,
            lines: lines.into_iter().enumerate().map(line).collect(),
            delivery: None,
            fees: vec![],
            total: 0,
            payments: vec![],
            notes: vec![],
            terms: String::new(),
        };
        paper.total = paper.sum();
        paper
    }

    #[test]
    fn a_pick_names_as_many_places_as_it_takes() {
        let there = [("Shop".to_owned(), 2), ("Barn".to_owned(), 5), ("Loft".to_owned(), 9)];
        assert_eq!(
            (places(&there, 2).as_str(), places(&there, 3).as_str(), places(&there, 99).as_str()),
            ("Shop", "Shop, Barn", "Shop, Barn, Loft")
        );
        assert_eq!(places(&[], 3), "");
    }

    proptest! {
        #[test]
        fn credit_notes_add_up_and_together_take_the_whole_invoice_back(
            includes_tax: bool,
            lines in prop::collection::vec((1i64..50_000, prop::option::of(0i64..9_000)), 1..6),
            cuts in prop::collection::vec(1i64..30_000, 0..5),
        ) {
            let lines = lines.into_iter().map(|(total, tax)| (total, tax.map(|tax| tax.min(total)))).collect();
            let invoice = paper(includes_tax, lines);
            let day = invoice.ordered_on;
            let (mut notes, mut left): (Vec<Paper>, i64) = (vec![], invoice.total);
            for cut in cuts.into_iter().chain([i64::MAX]) {
                let amount = cut.min(left);
                if amount == 0 { break; }
                let note = credit_note(&invoice, &notes.iter().collect::<Vec<_>>(), amount, day, String::new());
                prop_assert_eq!((note.sum(), note.total, note.due()), (amount, amount, 0));
                prop_assert!(note.lines.iter().all(|line| line.total >= 0 && line.taxes.iter().all(|tax| tax.amount >= 0)));
                left -= amount;
                notes.push(note);
            }
            prop_assert_eq!(notes.iter().map(|note| note.total).sum::<i64>(), invoice.total);
            prop_assert_eq!(notes.iter().map(Paper::tax_total).sum::<i64>(), invoice.tax_total());
        }
    }
}
