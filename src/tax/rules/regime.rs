use std::{cmp::Reverse, collections::BTreeMap};

use rust_decimal::Decimal;

use super::amounts::{Due, Part, split};
use crate::tax::model::{Basis, Rounding, STANDARD, TaxLine, TaxSettings, Taxable, Treatment};

/// What holds for one buyer at one place and time.
#[derive(Clone, Debug)]
pub struct Regime {
    pub(super) treatment: Treatment,
    pub(super) basis: Basis,
    /// How the zone shows prices to those who pay its taxes.
    pub(super) consumers_basis: Basis,
    pub(super) settings: TaxSettings,
    /// The rates due by class; empty when nothing is due.
    pub(super) due: BTreeMap<String, Due>,
    /// The shop's own, which are within prices that are entered gross.
    pub(super) home: BTreeMap<String, Due>,
    pub(super) told: Told,
}

/// Words for [`Regime::reason`].
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Whose rates are due: the zone of a county, a state, a country.
    pub taxed_at: String,
    /// Where the goods go.
    pub place: String,
    pub vat_number: String,
    pub exemption: String,
}

/// Taxables of one rounding.
struct Group<'a> {
    due: &'a Due,
    /// Index and amount.
    members: Vec<(usize, i64)>,
}

impl Regime {
    pub fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// Whether amounts have tax in them. Without tax they are net.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Whether those who pay tax there see prices with it.
    pub fn consumers_basis(&self) -> Basis {
        self.consumers_basis
    }

    pub fn includes_tax(&self) -> bool {
        self.basis == Basis::Gross
    }

    /// The entered price of one unit, as it is shown here, in minor units.
    ///
    /// A gross price stays the same in every country whose prices are shown gross; what differs is the tax within it.
    pub fn unit_price(&self, entered: i64, class: &str) -> i64 {
        let home_tax = || self.home.get(class).map_or(0, |due| due.of(entered, Basis::Gross));
        let taxed = self.treatment == Treatment::Taxed;
        match (self.settings.entered, self.basis) {
            (Basis::Gross, Basis::Net) if taxed || self.settings.untaxed_at_net => entered - home_tax(),
            (Basis::Net, Basis::Gross) => entered + self.due.get(class).map_or(0, |due| due.of(entered, Basis::Net)),
            (Basis::Gross | Basis::Net, _) => entered,
        }
    }

    /// How delivery is taxed: by the class that is set, or else as the dearest of these lines (class and amount). Of equal
    /// rates the class with the larger amount counts. Where no tax is due the home country's rates decide, since it is one of
    /// these that is taken out of what delivery costs.
    pub fn delivery_class(&self, of_lines: &[(&str, i64)]) -> String {
        if let Some(class) = &self.settings.delivery_class {
            return class.clone();
        }
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for (class, amount) in of_lines {
            *sums.entry(class).or_default() += amount;
        }
        let rates = if self.treatment == Treatment::Taxed { &self.due } else { &self.home };
        let share = |class: &str| rates.get(class).map_or(Decimal::ZERO, Due::share);
        let dearest = sums.into_iter().min_by_key(|(class, amount)| (Reverse(share(class)), Reverse(*amount)));
        dearest.map_or(STANDARD, |(class, _)| class).to_owned()
    }

    /// The tax on each taxable: a line for each rate, in order. Amounts are not negative.
    ///
    /// A line's tax is rounded from all its rates together and then split over them, so that 7.25 % and 2.5 % take what 9.75 %
    /// would. Rounded for the order, it is the sum of all lines with the same rates that is rounded and then spread.
    pub fn tax(&self, taxables: &[Taxable]) -> Vec<TaxLine> {
        let groups = self.groups(taxables);
        let mut lines: Vec<_> = groups.iter().flat_map(|group| self.tax_of(group)).collect();
        // Stable: a taxable's rates stay in their order.
        lines.sort_by_key(|line| line.of);
        lines
    }

    fn groups(&self, taxables: &[Taxable]) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = vec![];
        for (of, taxable) in taxables.iter().enumerate() {
            let Some(due) = self.due.get(&taxable.class) else { continue };
            let together = groups.iter_mut().find(|group| self.settings.rounding == Rounding::Order && group.due == due);
            match together {
                Some(group) => group.members.push((of, taxable.amount)),
                None => groups.push(Group { due, members: vec![(of, taxable.amount)] }),
            }
        }
        groups
    }

    fn tax_of(&self, group: &Group<'_>) -> Vec<TaxLine> {
        let (due, sum): (_, i64) = (group.due, group.members.iter().map(|(_, amount)| amount).sum());
        let divisor = due.divisor(self.basis);
        let exact = |amount: i64, part: &Part| Decimal::from(amount) * part.share;
        let by_part = split(due.of(sum, self.basis), &due.parts().iter().map(|part| exact(sum, part)).collect::<Vec<_>>(), divisor);
        let spread = |(part, total): (&Part, &i64)| {
            split(*total, &group.members.iter().map(|(_, amount)| exact(*amount, part)).collect::<Vec<_>>(), divisor)
        };
        let spread: Vec<Vec<i64>> = due.parts().iter().zip(&by_part).map(spread).collect();
        let mut lines = vec![];
        for (at, (of, amount)) in group.members.iter().enumerate() {
            let within: i64 = if self.includes_tax() { spread.iter().map(|taxes| taxes[at]).sum() } else { 0 };
            for (part, taxes) in due.parts().iter().zip(&spread) {
                lines.push(TaxLine { of: *of, label: part.label.clone(), rate: part.rate, base: amount - within, amount: taxes[at] });
            }
        }
        lines
    }

    /// The rates due, the dearest first: class, label and percent.
    pub fn rates(&self) -> Vec<(&str, &str, Decimal)> {
        let mut classes: Vec<_> = self.due.iter().collect();
        classes.sort_by_key(|(_, due)| Reverse(due.share()));
        classes
            .into_iter()
            .flat_map(|(class, due)| due.parts().iter().map(|part| (class.as_str(), part.label.as_str(), part.rate)))
            .collect()
    }

    /// One sentence for the shopper: whose rates are due, or why nothing is.
    pub fn reason(&self) -> String {
        let Told { taxed_at, place, vat_number, exemption } = &self.told;
        match self.treatment {
            Treatment::Taxed if self.due.is_empty() => format!("No tax is due in {place}."),
            Treatment::Taxed => {
                let how = if self.includes_tax() { "within the prices" } else { "added to the prices" };
                format!("Taxed as in {taxed_at}: {}, {how}.", self.labels())
            }
            Treatment::ReverseCharge => format!("No VAT: reverse charge, your VAT number {vat_number} is noted on the invoice."),
            Treatment::Export => format!("No tax: export to {place}. Import duty and tax may be due there."),
            Treatment::Exempt => format!("No tax: you are exempt ({exemption})."),
        }
    }

    /// Every label once, the dearest class's first, without those of zero while there are others.
    fn labels(&self) -> String {
        let mut labels: Vec<&str> = vec![];
        let rates = self.rates();
        let all_zero = rates.iter().all(|(_, _, rate)| rate.is_zero());
        for (_, label, rate) in rates {
            if !labels.contains(&label) && (all_zero || !rate.is_zero()) {
                labels.push(label);
            }
        }
        match labels.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
            _ => labels.concat(),
        }
    }
}
