//! What stands on an order's papers. They are copies: once issued, they no longer ask the order. `notes` has what takes an invoice
//! back, as a whole or in part.

mod notes;

use std::collections::HashMap;

use super::model::{ChargeTax, OrderDetail, OrderLine, Shipment, Units};
use crate::{
    base::{OrderLineId, VariantId},
    inventory::TakenPart,
    invoices::{Buyer, Charge, LineTax, Paper, PaperLine, Parcel, ParcelLine, Payment, Pick, Reduction, Seller},
};

pub use notes::{Change, Taken, change, credit_note, returned};

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

/// The slip for a parcel: what is in it and what was to follow as it left, whatever left since. `sent`: the units of this and all
/// parcels before it. No prices, since it may be a present.
pub fn parcel(detail: &OrderDetail, shipment: &Shipment, units: &[Units], sent: &[Units], seller: Seller) -> Parcel {
    let order = &detail.order;
    let goods = detail.present_lines().filter(|line| line.is_tangible());
    Parcel {
        seller,
        address: detail.delivery_address.clone(),
        order_number: order.number.clone(),
        ordered_on: order.placed_at.date_naive(),
        shipped_on: Some(shipment.shipped_at.date_naive()),
        delivery_method: order.delivery_method.clone(),
        tracking: shipment.tracking(),
        lines: goods
            .map(|line| parcel_line(detail, line, units, sent))
            .filter(|line| line.in_this_parcel > 0 || line.to_follow > 0)
            .collect(),
        notes: vec![],
    }
}

fn parcel_line(detail: &OrderDetail, line: &OrderLine, units: &[Units], sent: &[Units]) -> ParcelLine {
    let sum = |units: &[Units]| units.iter().filter(|units| units.line == line.id).map(|units| units.quantity).sum::<i32>();
    ParcelLine {
        title: line.title.clone(),
        options: with_parts(&line.options, &detail.parts_of(line)),
        sku: line.sku.clone(),
        ordered: line.quantity,
        in_this_parcel: sum(units),
        to_follow: (line.quantity - sum(sent)).max(0),
        unit_price: None,
    }
}

/// `Ash. 2 × Hammer, 1 × Nails`: the options, and what is in each bundle.
fn with_parts(options: &str, parts: &[&TakenPart]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| part.words(&1)).collect();
    [options.to_owned(), parts.join(", ")].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(". ")
}

/// Where each article is, with the units there.
type Shelves = HashMap<VariantId, Vec<(String, i32)>>;

/// What is to be fetched for an order, and where from: of a bundle its parts.
pub fn picks(number: &str, lines: &[OrderLine], parts: &[TakenPart], shelves: &Shelves) -> Vec<Pick> {
    let place = |variant: VariantId, quantity: i32| shelves.get(&variant).map_or_else(String::new, |there| places(there, quantity));
    let mut picks = vec![];
    for line in lines.iter().filter(|line| line.to_send() > 0) {
        let whole = TakenPart {
            bundle: VariantId(0),
            part: line.variant_id.unwrap_or(VariantId(0)),
            quantity: 1,
            title: line.title.clone(),
            options: line.options.clone(),
            sku: line.sku.clone(),
        };
        let of_bundle: Vec<&TakenPart> = parts.iter().filter(|part| line.variant_id == Some(part.bundle)).collect();
        let fetched = if of_bundle.is_empty() { vec![&whole] } else { of_bundle };
        picks.extend(fetched.into_iter().map(|part| {
            let quantity = line.to_send() * part.quantity;
            Pick {
                order_number: number.to_owned(),
                location: place(part.part, quantity),
                sku: part.sku.clone(),
                title: part.title.clone(),
                options: part.options.clone(),
                quantity,
            }
        }));
    }
    picks
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
    use super::*;

    #[test]
    fn a_pick_names_as_many_places_as_it_takes() {
        let there = [("Shop".to_owned(), 2), ("Barn".to_owned(), 5), ("Loft".to_owned(), 9)];
        assert_eq!(
            (places(&there, 2).as_str(), places(&there, 3).as_str(), places(&there, 99).as_str()),
            ("Shop", "Shop, Barn", "Shop, Barn, Loft")
        );
        assert_eq!(places(&[], 3), "");
    }
}
