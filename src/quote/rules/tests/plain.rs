//! The price of a cart once more, as one would work it out with pencil and paper: whole numbers, one line after the other, nothing
//! of the shop's own code. Where the two differ, one of them is wrong.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    drawn::{BRITAIN, CALIFORNIA, CLASSES, COUNTY, Case, GERMANY, GIFT_GRAMS, Home, IRELAND, Kind, QUEBEC, Row, There, When},
    plain_promotions::{Given, given},
};
use crate::{
    shipping::TariffKind,
    tax::{Basis, Rounding, Treatment},
};

/// What it costs.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub treatment: Treatment,
    /// Variant, what one costs, whether that is a reduction, and what is taken off the line.
    pub lines: Vec<(i64, i64, bool, i64)>,
    /// How many gifts each promotion adds.
    pub gifts: Vec<(i64, i32)>,
    /// Way (0: by mail), price, and what is taken off it.
    pub ways: Vec<(i64, i64, i64)>,
    pub fees: Vec<i64>,
    /// By label; none where it is nothing.
    pub taxes: BTreeMap<&'static str, i64>,
    /// Where each line is rounded by itself: the taxes of each line, each gift, delivery and each fee.
    pub taxes_of_each: Option<Vec<Vec<i64>>>,
    pub total: i64,
    /// Promotions that count as used.
    pub used: BTreeSet<i64>,
}

pub fn half_up(some: i128, of: i128) -> i64 {
    i64::try_from((2 * some + of) / (2 * of)).unwrap()
}

/// Hundredths of a percent.
pub fn hundredths(percent: Decimal) -> i128 {
    (percent * Decimal::ONE_HUNDRED).to_i128().unwrap()
}

/// A line of the cart that is sold.
pub struct Line {
    /// Which of the goods.
    pub at: usize,
    pub unit: i64,
    pub is_reduced: bool,
}

pub fn plainly(case: &Case) -> Answer {
    let duty = Duty::of(case);
    let lines: Vec<Line> = (0..case.goods.len()).filter_map(|at| line(case, &duty, at)).collect();
    let given = given(case, &lines);
    let left = |nth: usize| lines[nth].unit * i64::from(case.goods[lines[nth].at].quantity) - given.off[nth];
    let mut taxed: Vec<(&'static str, i64)> = (0..lines.len()).map(|nth| (case.goods[lines[nth].at].class(), left(nth))).collect();
    taxed.extend(given.gifts.iter().map(|_| ("standard", 0)));
    let parcel = Parcel::of(case, &lines, &given, &left);
    let ways = ways(case, &duty, &parcel, &given, &taxed);
    let chosen = ways.iter().find(|way| way.id == 0 || way.id == 1 + case.way as i64);
    taxed.extend(chosen.map(|way| (way.class, way.price - way.off)));
    let fees: Vec<i64> = case.fees.iter().map(|(entered, class)| duty.unit(case, in_coin(case, *entered), CLASSES[*class])).collect();
    taxed.extend(fees.iter().zip(&case.fees).map(|(fee, (_, class))| (CLASSES[*class], *fee)));
    let (taxes, taxes_of_each) = duty.taxes(case, &taxed);
    let on_top: i64 = if duty.is_gross { 0 } else { taxes.values().sum() };
    let mut used: BTreeSet<i64> = given.used.clone();
    used.extend(given.delivery.as_ref().filter(|_| chosen.is_some_and(|way| way.off > 0)).map(|delivery| delivery.promotion));
    Answer {
        treatment: duty.treatment,
        lines: (0..lines.len()).map(|nth| (1 + lines[nth].at as i64, lines[nth].unit, lines[nth].is_reduced, given.off[nth])).collect(),
        gifts: given.gifts.clone(),
        ways: ways.iter().map(|way| (way.id, way.price, way.off)).collect(),
        total: taxed.iter().map(|(_, amount)| amount).sum::<i64>() + on_top,
        fees,
        taxes,
        taxes_of_each,
        used,
    }
}

/// The codes that are good for something.
pub fn good_codes(case: &Case) -> BTreeSet<String> {
    let duty = Duty::of(case);
    let lines: Vec<Line> = (0..case.goods.len()).filter_map(|at| line(case, &duty, at)).collect();
    given(case, &lines).codes.into_iter().map(|promotion| format!("CODE{promotion}")).collect()
}

/// Pence in the cart's currency.
fn in_coin(case: &Case, pence: i64) -> i64 {
    let (these, own) = case.coin.rate.unwrap_or((1, 1));
    half_up(i128::from(pence) * i128::from(these), own.into())
}

/// What one of the goods costs; nothing where it is not sold in this currency.
fn line(case: &Case, duty: &Duty, at: usize) -> Option<Line> {
    let (entered, is_reduced) = entered(case, at)?;
    let class = case.goods[at].class();
    Some(Line { at, unit: duty.unit(case, entered, class), is_reduced })
}

/// A price that one could ask.
#[derive(Clone, Copy)]
struct Asked {
    amount: i64,
    /// Of two that are the same the plainer counts: for everybody, then no sale, then for fewer units, then the older list.
    plainness: (bool, bool, i32, usize),
    was: Option<i64>,
    is_sale: bool,
    replaces: bool,
}

fn entered(case: &Case, at: usize) -> Option<(i64, bool)> {
    let good = &case.goods[at];
    let base = Asked { amount: good.price, plainness: (false, false, 0, 0), was: good.was, is_sale: false, replaces: false };
    let mut asked = vec![];
    for (nth, list) in (1..).zip(&case.lists) {
        let runs = matches!(list.when, When::Always | When::FromNow | When::UntilSoon);
        let is_for_them = list.group.is_none() || list.group == case.person.group;
        for price in list.prices.iter().filter(|price| price.of == at && price.from <= good.quantity && runs && is_for_them) {
            let plainness = (list.group.is_some(), list.sale, price.from, nth);
            asked.push(Asked { amount: price.amount, plainness, was: price.was, is_sale: list.sale, replaces: list.replaces });
        }
    }
    let is_sold_plainly = case.coin.is_own() || at % 5 != 4;
    // In another currency the plain prices are a list's, which nothing replaces.
    let lowest = |asked: Vec<Asked>| {
        let replaced = case.coin.is_own() && asked.iter().any(|price| price.replaces);
        let base = Some(base).filter(|_| is_sold_plainly && !replaced);
        asked.into_iter().chain(base).min_by_key(|price| (price.amount, price.plainness))
    };
    let chosen = lowest(asked.clone())?;
    let without_sales = || lowest(asked.into_iter().filter(|price| !price.is_sale).collect()).map(|price| price.amount);
    let was = chosen.was.or_else(|| if chosen.is_sale { without_sales() } else { None });
    Some((chosen.amount, was.is_some_and(|was| was > chosen.amount)))
}

/// A whole is 10,000,000,000 here, so that shares of shares are whole numbers too.
const WHOLE: i128 = 10_000_000_000;

type Rates = BTreeMap<&'static str, Vec<(&'static str, i128)>>;

/// What the law wants of this sale.
struct Duty {
    treatment: Treatment,
    /// Whether amounts have the tax in them.
    is_gross: bool,
    /// Whether consumers see them so there.
    is_gross_there: bool,
    rates: Rates,
    home: Rates,
}

fn rates(rows: &[&[Row]]) -> Rates {
    let mut rates = Rates::new();
    for (class, label, milli, compound) in rows.iter().copied().flatten() {
        let of_class = rates.entry(class).or_default();
        let before: i128 = of_class.iter().map(|(_, share)| share).sum();
        let share = i128::from(*milli) * 100_000;
        of_class.push((label, if *compound { share * (WHOLE + before) / WHOLE } else { share }));
    }
    rates
}

impl Duty {
    fn of(case: &Case) -> Self {
        let home = match case.home {
            Home::Britain => rates(&[BRITAIN]),
            Home::Ireland => rates(&[IRELAND]),
        };
        let is_collected = case.ways.get(case.way).is_some_and(|way| way.settings.is_pickup) && case.there != There::Unknown;
        let there = if is_collected { There::Home } else { case.there };
        let in_union = case.home == Home::Ireland;
        let is_exempt = case.person.is_exempt;
        let taxed = if is_exempt { Treatment::Exempt } else { Treatment::Taxed };
        let business = if case.person.is_business && in_union { Treatment::ReverseCharge } else { taxed };
        let (treatment, due) = match there {
            There::Unknown | There::Home => (taxed, home.clone()),
            There::Germany => (business, rates(&[GERMANY])),
            There::France if in_union => (business, home.clone()),
            There::California => (taxed, rates(&[CALIFORNIA])),
            There::LosAngeles => (taxed, rates(&[COUNTY, &CALIFORNIA[1..]])),
            There::Quebec => (taxed, rates(&[QUEBEC])),
            There::France | There::Switzerland | There::Canaries => (Treatment::Export, Rates::new()),
        };
        let as_at_home = matches!(there, There::Unknown | There::Home | There::France);
        let shown = if as_at_home { case.taxes.shown_at_home } else { case.taxes.shown };
        let is_gross_there = shown.unwrap_or(case.taxes.entered) == Basis::Gross;
        let is_taxed = treatment == Treatment::Taxed;
        let rates = if is_taxed { due } else { Rates::new() };
        Self { treatment, is_gross: is_taxed && is_gross_there, is_gross_there, rates, home }
    }

    /// What one costs as this buyer sees it.
    fn unit(&self, case: &Case, entered: i64, class: &str) -> i64 {
        let share = |rates: &Rates| rates.get(class).map_or(0, |rates| rates.iter().map(|(_, share)| share).sum::<i128>());
        let (amount, home, here) = (i128::from(entered), share(&self.home), share(&self.rates));
        let is_taxed = self.treatment == Treatment::Taxed;
        match case.taxes.entered {
            Basis::Gross if self.is_gross => entered,
            Basis::Gross if is_taxed || case.taxes.untaxed_at_net => entered - half_up(amount * home, WHOLE + home),
            Basis::Net if self.is_gross => entered + half_up(amount * here, WHOLE),
            Basis::Gross | Basis::Net => entered,
        }
    }

    /// Delivery has a price for each zone. It is meant as it stands where consumers see prices without tax, or none is due.
    fn delivery(&self, case: &Case, entered: i64, class: &str) -> i64 {
        if self.treatment == Treatment::Export || !self.is_gross_there { entered } else { self.unit(case, entered, class) }
    }

    /// Whatever is dearest in tax in the cart; of the same, whatever there is most of. Who pays none would pay as at home.
    fn dearest(&self, taxed: &[(&'static str, i64)]) -> &'static str {
        let rates = if self.treatment == Treatment::Taxed { &self.rates } else { &self.home };
        let share = |class: &str| rates.get(class).map_or(0, |rates| rates.iter().map(|(_, share)| share).sum::<i128>());
        let mut best: Option<(i128, i64, &'static str)> = None;
        for class in ["reduced", "standard", "voucher", "zero"] {
            let of_class: Vec<i64> = taxed.iter().filter(|(other, _)| *other == class).map(|(_, amount)| *amount).collect();
            let (share, sum) = (share(class), of_class.iter().sum::<i64>());
            if !of_class.is_empty() && best.is_none_or(|(most, most_of, _)| (share, sum) > (most, most_of)) {
                best = Some((share, sum, class));
            }
        }
        best.map_or("standard", |(_, _, class)| class)
    }

    fn taxes(&self, case: &Case, taxed: &[(&'static str, i64)]) -> (BTreeMap<&'static str, i64>, Option<Vec<Vec<i64>>>) {
        let by_line = case.taxes.rounding == Rounding::Line;
        let mut sums: BTreeMap<&'static str, i64> = BTreeMap::new();
        let mut of_each = vec![];
        if by_line {
            for (class, amount) in taxed {
                of_each.push(self.tax(*amount, class, &mut sums));
            }
        } else {
            for class in CLASSES {
                let sum = taxed.iter().filter(|(other, _)| *other == class).map(|(_, amount)| amount).sum();
                self.tax(sum, class, &mut sums);
            }
        }
        sums.retain(|_, sum| *sum != 0);
        (sums, by_line.then_some(of_each))
    }

    /// The tax on or in an amount: rounded once, then every rate gets its part.
    fn tax(&self, amount: i64, class: &str, sums: &mut BTreeMap<&'static str, i64>) -> Vec<i64> {
        let Some(rates) = self.rates.get(class) else { return vec![] };
        let all: i128 = rates.iter().map(|(_, share)| share).sum();
        let of = if self.is_gross { WHOLE + all } else { WHOLE };
        let shares: Vec<i128> = rates.iter().map(|(_, share)| share * i128::from(amount)).collect();
        let parts = dole(half_up(all * i128::from(amount), of), &shares, of);
        for ((label, _), part) in rates.iter().zip(&parts) {
            *sums.entry(label).or_default() += part;
        }
        parts
    }
}

/// Whole parts, and what is left over one by one to whoever is owed the most; of the same to the larger, then to the first.
pub fn dole(total: i64, shares: &[i128], of: i128) -> Vec<i64> {
    let mut parts: Vec<i64> = shares.iter().map(|share| i64::try_from(share / of).unwrap()).collect();
    let mut owed: Vec<(i128, i128, usize)> = shares.iter().enumerate().map(|(at, share)| (share % of, *share, at)).collect();
    owed.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.cmp(&b.2)));
    let mut left = total - parts.iter().sum::<i64>();
    for (_, _, at) in owed {
        if left > 0 {
            parts[at] += 1;
            left -= 1;
        }
    }
    parts
}

/// What is put into the box.
struct Parcel {
    grams: i64,
    units: i64,
    /// In the cart's currency, after discounts.
    worth: i64,
    /// Units of each category.
    of_category: BTreeMap<i64, i64>,
    is_sent: bool,
}

impl Parcel {
    fn of(case: &Case, lines: &[Line], given: &Given, left: &impl Fn(usize) -> i64) -> Self {
        let mut parcel = Self { grams: 0, units: 0, worth: 0, of_category: BTreeMap::new(), is_sent: lines.is_empty() };
        for (nth, line) in lines.iter().enumerate() {
            let good = &case.goods[line.at];
            if good.kind == Kind::Thing {
                parcel.puts(i64::from(good.quantity), good.grams.into());
                parcel.worth += left(nth);
                for category in good.categories() {
                    *parcel.of_category.entry(category.0).or_default() += i64::from(good.quantity);
                }
            }
        }
        for (_, quantity) in &given.gifts {
            parcel.puts((*quantity).into(), GIFT_GRAMS.into());
        }
        parcel
    }

    fn puts(&mut self, units: i64, grams: i64) {
        self.units += units;
        self.grams += units * grams;
        self.is_sent = true;
    }
}

struct Offered {
    /// 0: by mail.
    id: i64,
    price: i64,
    off: i64,
    class: &'static str,
}

fn ways(case: &Case, duty: &Duty, parcel: &Parcel, given: &Given, taxed: &[(&'static str, i64)]) -> Vec<Offered> {
    let Some((these, own)) = case.coin.rate.filter(|_| case.there != There::Unknown) else { return vec![] };
    let set = case.taxes.delivery_class.map(|class| CLASSES[class]);
    let usual = || set.unwrap_or_else(|| duty.dearest(taxed));
    if !parcel.is_sent {
        return vec![Offered { id: 0, price: 0, off: 0, class: usual() }];
    }
    let worth = half_up(i128::from(parcel.worth) * i128::from(own), these.into());
    let offered = (1..).zip(&case.ways).filter_map(|(id, way)| {
        let tariff = &way.tariff;
        let is_too_heavy = tariff.max_weight_grams.is_some_and(|most| parcel.grams > most);
        if is_too_heavy || tariff.min_total.is_some_and(|least| worth < least) {
            return None;
        }
        let measured = match tariff.kind {
            TariffKind::ByWeight => parcel.grams,
            TariffKind::ByTotal => worth,
            _ => parcel.units,
        };
        let kilos = (parcel.grams + 999) / 1000;
        let mut pence = match tariff.kind {
            TariffKind::None => return None,
            TariffKind::Flat => tariff.price,
            TariffKind::PerKg if tariff.whole_kg => tariff.price + kilos * tariff.price_per_kg,
            TariffKind::PerKg => tariff.price + half_up(i128::from(parcel.grams) * i128::from(tariff.price_per_kg), 1000),
            // Rows rise, and the one without a bound is the last.
            _ => way.steps.iter().find(|step| step.bound().is_none_or(|bound| measured <= bound))?.price,
        };
        if tariff.free_above.is_some_and(|from| worth >= from) {
            pence = 0;
        }
        for more in &way.surcharges {
            let units = parcel.of_category.get(&more.category_id.0).copied().unwrap_or(0);
            pence += if more.per_unit { units * more.price } else { units.min(1) * more.price };
        }
        let class = way.settings.tax_class.as_deref().map(|own| CLASSES.into_iter().find(|class| *class == own).unwrap());
        let class = class.unwrap_or_else(usual);
        let price = duty.delivery(case, in_coin(case, pence), class);
        Some(Offered { id, price, off: given.off_delivery(price), class })
    });
    offered.collect()
}
