//! Credit notes: what of an invoice is taken back, by lines where they are known and by rates of tax where only an amount is.

use chrono::NaiveDate;

use crate::{
    invoices::{Charge, LineTax, Paper, PaperLine, Payment, Reduction},
    orders::model::{OrderLine, ReturnedLine, TaxLine},
};

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

/// Something that is taken back and can be named.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub title: String,
    pub options: String,
    pub sku: String,
    pub quantity: i32,
    pub unit_price: i64,
    /// With its taxes.
    pub gross: i64,
    pub taxes: Vec<LineTax>,
}

/// What an edit makes of an order's invoice.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It says what the order says.
    None,
    /// The order has less of what stands on it.
    Less(Vec<Taken>),
    /// Another invoice says it better.
    Anew,
}

/// A credit note over `amount` of an invoice of which `earlier` ones took parts back. All at once repeats the invoice. A part is
/// taken by the lines of `taken`, as far as that much of what is taxed like them is left, and for the rest from what is left of the
/// invoice, spread over its rates of tax by largest remainder. So the last one takes all that is left, and the taxes of all of them
/// come to the invoice's.
///
/// `settled` says what became of the amount, such as that it was given back.
pub fn credit_note(invoice: &Paper, earlier: &[&Paper], taken: &[Taken], amount: i64, settled: (&str, NaiveDate), reason: String) -> Paper {
    let payments = vec![Payment { label: settled.0.to_owned(), amount, on: settled.1 }];
    let whole = Paper { payments, notes: invoice.notes.iter().cloned().chain([reason]).collect(), terms: String::new(), ..invoice.clone() };
    if earlier.is_empty() && amount == invoice.total {
        return whole;
    }
    let mut left = earlier.iter().fold(shares(invoice), |left, paper| taken_off(left, &shares(paper)));
    let mut lines: Vec<PaperLine> = vec![];
    let mut rest = amount;
    for taken in taken {
        if let Some((gross, taxes)) = take(&mut left, taken, rest) {
            rest -= gross;
            lines.push(taken_line(invoice, taken, gross, taxes));
        }
    }
    let parts = spread(rest, &left.iter().map(|share| share.gross).collect::<Vec<_>>());
    lines.extend(left.iter().zip(parts).filter(|(_, part)| *part > 0).map(|(share, part)| credit_line(invoice, share, part)));
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

/// Takes it from what is left and is taxed like it: as much as there is, and as `most` allows.
fn take(left: &mut [Share], taken: &Taken, most: i64) -> Option<(i64, Vec<LineTax>)> {
    let share = left.iter_mut().find(|share| share.is_taxed_like(&taken.taxes))?;
    let gross = taken.gross.min(share.gross).min(most);
    if gross <= 0 {
        return None;
    }
    let part = |(of_share, of_taken): (&LineTax, &LineTax)| match gross {
        all if all == share.gross => of_share.amount,
        // As it was charged; but what stays has no more tax than there is of it, whatever rounding did before.
        whole if whole == taken.gross => of_taken.amount.max(of_share.amount - (share.gross - gross)).min(of_share.amount),
        part => portion(of_share.amount, part, share.gross),
    };
    let amounts: Vec<i64> = share.taxes.iter().zip(&taken.taxes).map(part).collect();
    share.gross -= gross;
    share.taxes.iter_mut().zip(&amounts).for_each(|(tax, amount)| tax.amount -= amount);
    Some((gross, taken.taxes.iter().zip(amounts).map(|(tax, amount)| LineTax { amount, ..tax.clone() }).collect()))
}

fn within(invoice: &Paper, taxes: &[LineTax]) -> i64 {
    if invoice.includes_tax { 0 } else { taxes.iter().map(|tax| tax.amount).sum() }
}

/// What is less than the units' price is a discount; a line that came to more is told as one piece.
fn taken_line(invoice: &Paper, taken: &Taken, gross: i64, taxes: Vec<LineTax>) -> PaperLine {
    let total = gross - within(invoice, &taxes);
    let off = total - taken.unit_price * i64::from(taken.quantity);
    let (title, options, sku) = (taken.title.clone(), taken.options.clone(), taken.sku.clone());
    if taken.quantity < 1 || off > 0 {
        let title = if taken.quantity > 1 { format!("{} × {title}", taken.quantity) } else { title };
        return PaperLine { title, options, sku, quantity: 1, unit_price: total, discounts: vec![], total, taxes };
    }
    let discounts = if off == 0 { vec![] } else { vec![Reduction { label: "Discounts and deductions".to_owned(), amount: off }] };
    PaperLine { title, options, sku, quantity: taken.quantity, unit_price: taken.unit_price, discounts, total, taxes }
}

fn credit_line(invoice: &Paper, share: &Share, part: i64) -> PaperLine {
    let of = |tax: &LineTax| LineTax { amount: portion(tax.amount, part, share.gross), ..tax.clone() };
    let taxes: Vec<_> = share.taxes.iter().map(of).collect();
    let total = part - within(invoice, &taxes);
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

/// What came back of an order, for a credit note over `amount`: where less is given back than was paid for it, each line bears its
/// share of that.
pub fn returned(lines: &[(ReturnedLine, OrderLine)], taxes: &[TaxLine], amount: i64) -> Vec<Taken> {
    let worths: Vec<i64> = lines.iter().map(|(line, _)| line.worth).collect();
    let parts = spread(amount.min(worths.iter().sum()), &worths);
    let named = lines.iter().zip(parts).filter(|(_, part)| *part > 0);
    named
        .map(|((line, of), part)| Taken {
            title: of.title.clone(),
            options: of.options.clone(),
            sku: of.sku.clone(),
            quantity: line.came_back(),
            unit_price: of.unit_price,
            gross: part,
            taxes: taxes_within(of, taxes, portion(line.tax, part, line.worth)),
        })
        .collect()
}

/// The taxes on a line, so much of them together.
fn taxes_within(of: &OrderLine, taxes: &[TaxLine], amount: i64) -> Vec<LineTax> {
    let on_line: Vec<&TaxLine> = taxes.iter().filter(|tax| tax.order_line_id == Some(of.id)).collect();
    let parts = spread(amount, &on_line.iter().map(|tax| tax.amount).collect::<Vec<_>>());
    on_line.iter().zip(parts).map(|(tax, amount)| LineTax { label: tax.label.clone(), rate: tax.rate, amount }).collect()
}

/// What becomes of an invoice of which nothing was taken back yet when its order now says `after`.
pub fn change(before: &Paper, after: &Paper) -> Change {
    let says = |paper: &Paper| (paper.lines.clone(), paper.delivery.clone(), paper.fees.clone(), paper.total);
    if says(before) == says(after) {
        return Change::None;
    }
    let mut others = pieces(after);
    let taken: Option<Vec<Taken>> = pieces(before).into_iter().map(|piece| less(piece, &mut others)).collect();
    let Some(mut taken) = taken.filter(|_| others.is_empty()) else { return Change::Anew };
    taken.retain(|taken| taken.gross > 0);
    let sum: i64 = taken.iter().map(|taken| taken.gross).sum();
    if sum > 0 && sum == before.total - after.total { Change::Less(taken) } else { Change::Anew }
}

/// All that is charged on a paper.
fn pieces(paper: &Paper) -> Vec<Taken> {
    let of_line = |line: &PaperLine| Taken {
        title: line.title.clone(),
        options: line.options.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        gross: line.total + within(paper, &line.taxes),
        taxes: line.taxes.clone(),
    };
    let of_charge = |charge: &Charge| Taken {
        title: charge.label.clone(),
        options: String::new(),
        sku: String::new(),
        quantity: 0,
        unit_price: 0,
        gross: charge.total + within(paper, &charge.taxes),
        taxes: charge.taxes.clone(),
    };
    paper.lines.iter().map(of_line).chain(paper.delivery.iter().chain(&paper.fees).map(of_charge)).collect()
}

/// What of a piece is missing among the `others`, from which its counterpart is taken out. `None`: there is more of it than before.
fn less(piece: Taken, others: &mut Vec<Taken>) -> Option<Taken> {
    let is_same = |other: &Taken| {
        let same = |(one, other): (&LineTax, &LineTax)| one.label == other.label && one.rate == other.rate;
        (&other.title, &other.options, &other.sku, other.unit_price) == (&piece.title, &piece.options, &piece.sku, piece.unit_price)
            && other.taxes.len() == piece.taxes.len()
            && other.taxes.iter().zip(&piece.taxes).all(same)
    };
    let Some(at) = others.iter().position(is_same) else { return Some(piece) };
    let other = others.remove(at);
    let taxes: Vec<LineTax> =
        piece.taxes.iter().zip(&other.taxes).map(|(tax, after)| LineTax { amount: tax.amount - after.amount, ..tax.clone() }).collect();
    let left = Taken { quantity: piece.quantity - other.quantity, gross: piece.gross - other.gross, taxes, ..piece };
    let is_less = left.quantity >= 0 && left.gross >= 0 && left.taxes.iter().all(|tax| tax.amount >= 0);
    // Tax alone can't be taken back.
    let has_only_tax = left.gross == 0 && left.taxes.iter().any(|tax| tax.amount > 0);
    Some(left).filter(|_| is_less && !has_only_tax)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const BACK: &str = "Given back";

    use super::*;
    use crate::{
        base::Currency,
        invoices::{Buyer, Seller},
        settings::Address,
    };

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

    fn one_of(invoice: &Paper, at: usize) -> Taken {
        Taken { title: format!("Line {at}"), ..pieces(invoice).swap_remove(at) }
    }

    #[test]
    fn a_line_that_came_back_stands_on_the_note_as_it_was_charged() {
        let invoice = paper(true, vec![(1000, Some(167)), (500, None)]);
        let note = credit_note(&invoice, &[], &[one_of(&invoice, 0)], 1000, (BACK, invoice.ordered_on), String::new());
        let lines: Vec<_> = note.lines.iter().map(|line| (line.title.as_str(), line.total, note.tax_total())).collect();
        assert_eq!(lines, [("Line 0", 1000, 167)]);
    }

    #[test]
    fn what_is_given_back_beyond_the_lines_is_a_part_of_the_order_and_a_deduction_is_said() {
        let invoice = paper(false, vec![(1000, Some(200)), (500, Some(25))]);
        let note = credit_note(&invoice, &[], &[one_of(&invoice, 0)], 1300, (BACK, invoice.ordered_on), String::new());
        assert_eq!(note.lines.iter().map(|line| line.title.as_str()).collect::<Vec<_>>(), ["Line 0", "Part of order 7K4Q-29XM"]);
        assert_eq!(note.sum(), 1300);
        let less = Taken { gross: 600, ..one_of(&invoice, 0) };
        let note = credit_note(&invoice, &[], &[less], 600, (BACK, invoice.ordered_on), String::new());
        assert_eq!((note.sum(), note.lines[0].unit_price, note.lines[0].discounts.len()), (600, 1000, 1));
    }

    #[test]
    fn an_order_that_only_became_less_is_credited_by_what_is_missing() {
        let before = paper(true, vec![(1000, Some(167)), (500, None)]);
        let mut after = before.clone();
        assert_eq!(change(&before, &after), Change::None);
        after.lines.pop();
        after.total = after.sum();
        let Change::Less(taken) = change(&before, &after) else { panic!("something was taken out") };
        assert_eq!(taken.iter().map(|taken| taken.gross).collect::<Vec<_>>(), [500]);
    }

    #[test]
    fn an_order_in_which_anything_rose_gets_another_invoice() {
        let before = paper(true, vec![(1000, Some(167)), (500, None)]);
        let with = |change: &dyn Fn(&mut Paper)| {
            let mut after = before.clone();
            change(&mut after);
            after.total = after.sum();
            after
        };
        let added = with(&|after| after.lines.push(after.lines[1].clone()));
        let swapped = with(&|after| after.lines[1].title = "Other".into());
        let taxed = with(&|after| after.lines[0].taxes[0].rate = 7.into());
        let less_tax = with(&|after| after.lines[0].taxes[0].amount = 160);
        for after in [added, swapped, taxed, less_tax] {
            assert_eq!(change(&before, &after), Change::Anew);
        }
    }

    proptest! {
        #[test]
        fn notes_over_lines_and_over_amounts_add_up_in_any_order(
            includes_tax: bool,
            lines in prop::collection::vec((1i64..50_000, prop::option::of(0i64..9_000)), 1..6),
            steps in prop::collection::vec((0usize..6, 1i64..60_000, 0u8..3), 0..8),
        ) {
            let lines = lines.into_iter().map(|(total, tax)| (total, tax.map(|tax| tax.min(total)))).collect();
            let invoice = paper(includes_tax, lines);
            let (mut notes, mut left): (Vec<Paper>, i64) = (vec![], invoice.total);
            for (at, cut, kind) in steps.into_iter().chain([(0, i64::MAX, 0)]) {
                let line = one_of(&invoice, at % invoice.lines.len());
                let gross = line.gross.min(cut);
                let taxes = line.taxes.iter().map(|tax| LineTax { amount: portion(tax.amount, gross, line.gross), ..tax.clone() }).collect();
                let taken = if kind == 0 { vec![] } else { vec![Taken { gross, taxes, ..line }] };
                let amount = match kind { 1 => taken[0].gross, _ => cut }.min(left);
                if amount == 0 { break; }
                let note = credit_note(&invoice, &notes.iter().collect::<Vec<_>>(), &taken, amount, (BACK, invoice.ordered_on), String::new());
                prop_assert_eq!((note.sum(), note.total), (amount, amount));
                prop_assert!(note.lines.iter().all(|line| line.total >= 0 && line.taxes.iter().all(|tax| tax.amount >= 0)));
                left -= amount;
                notes.push(note);
            }
            prop_assert_eq!(notes.iter().map(|note| note.total).sum::<i64>(), invoice.total);
            prop_assert_eq!(notes.iter().map(Paper::tax_total).sum::<i64>(), invoice.tax_total());
        }

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
                let note = credit_note(&invoice, &notes.iter().collect::<Vec<_>>(), &[], amount, (BACK, day), String::new());
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
