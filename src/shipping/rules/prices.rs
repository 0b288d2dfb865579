use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    base::{Currency, Money},
    shipping::model::{Parcel, Step, Surcharge, Tariff, TariffKind},
};

const GRAMS_PER_KG: i64 = 1000;

/// Grams by which carriers are asked.
const CLASS_GRAMS: i64 = 500;

/// The weight for which a carrier is asked: rounded up, so that one answer serves all parcels of about the weight.
pub fn weight_class(grams: i64) -> i64 {
    let classes = grams.max(1).saturating_add(CLASS_GRAMS - 1) / CLASS_GRAMS;
    classes.saturating_mul(CLASS_GRAMS)
}

/// Why a tariff does not take a parcel. Weights in grams, sums in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NotThere,
    TooHeavy {
        most: i64,
    },
    TooLight,
    TooLittle {
        from: i64,
    },
    TooMuch,
    /// The table ends below, or the carrier does not take it.
    Otherwise,
}

/// A price in minor units and how it came about.
pub type Priced = (i64, String);

/// Whether a parcel is within a tariff's bounds.
pub fn admitted(tariff: &Tariff, parcel: &Parcel) -> Result<(), Refused> {
    if let Some(most) = tariff.max_weight_grams.filter(|most| parcel.weight_grams > *most) {
        return Err(Refused::TooHeavy { most });
    }
    if tariff.min_weight_grams.is_some_and(|least| parcel.weight_grams < least) {
        return Err(Refused::TooLight);
    }
    if let Some(from) = tariff.min_total.filter(|from| parcel.total < *from) {
        return Err(Refused::TooLittle { from });
    }
    if tariff.max_total.is_some_and(|most| parcel.total > most) { Err(Refused::TooMuch) } else { Ok(()) }
}

/// What the tariff itself asks, without surcharges. `steps` are those of the tariff, in any order.
pub fn price(tariff: &Tariff, steps: &[&Step], parcel: &Parcel, currency: Currency) -> Result<Priced, Refused> {
    match tariff.kind {
        TariffKind::None => Err(Refused::NotThere),
        TariffKind::Flat if tariff.price == 0 => Ok((0, "Always free".to_owned())),
        TariffKind::Flat => Ok((tariff.price, "One price for every order".to_owned())),
        TariffKind::PerKg => Ok(per_kg(tariff, parcel.weight_grams, currency)),
        TariffKind::ByWeight => {
            let most = steps.iter().filter_map(|step| step.bound()).max().unwrap_or(0);
            let found = step_for(steps, parcel.weight_grams).ok_or(Refused::TooHeavy { most })?;
            Ok((found.price, up_to(found.bound().map(kg), "Any weight")))
        }
        TariffKind::ByTotal => {
            let found = step_for(steps, parcel.total).ok_or(Refused::TooMuch)?;
            let bound = found.bound().map(|minor| Money::new(minor, currency).to_string());
            Ok((found.price, up_to(bound, "For goods of this sum")))
        }
        TariffKind::ByItems => {
            let found = step_for(steps, parcel.items).ok_or(Refused::Otherwise)?;
            let bound = found.bound().map(|items| if items == 1 { "1 item".to_owned() } else { format!("{items} items") });
            Ok((found.price, up_to(bound, "Any number of items")))
        }
    }
}

/// The row with the lowest bound that bears the measure; the row without a bound bears all.
fn step_for<'a>(steps: &[&'a Step], measure: i64) -> Option<&'a Step> {
    let bearing = steps.iter().filter(|step| step.bound().is_none_or(|bound| bound >= measure));
    bearing.min_by_key(|step| step.bound().unwrap_or(i64::MAX)).copied()
}

fn up_to(bound: Option<String>, otherwise: &str) -> String {
    bound.map_or_else(|| otherwise.to_owned(), |bound| format!("Up to {bound}"))
}

fn per_kg(tariff: &Tariff, grams: i64, currency: Currency) -> Priced {
    let grams = grams.max(0);
    let counted = if tariff.whole_kg { grams.saturating_add(GRAMS_PER_KG - 1) / GRAMS_PER_KG * GRAMS_PER_KG } else { grams };
    // In 128 bits nothing overflows; half a minor unit is rounded up.
    let exact = i128::from(tariff.price_per_kg) * i128::from(counted);
    let by_weight = i64::try_from((exact * 2 + 1000) / 2000).unwrap_or(i64::MAX);
    let rate = Money::new(tariff.price_per_kg, currency);
    let started = if tariff.whole_kg { " (each started one)" } else { "" };
    let reason = format!("{} at {rate} per kg{started}", kg(counted));
    let base = Money::new(tariff.price, currency);
    let reason = if base.is_zero() { reason } else { format!("{base} and {reason}") };
    (tariff.price.saturating_add(by_weight), reason)
}

/// From this sum of goods on, nothing is paid but surcharges.
pub fn free_if_enough(tariff: &Tariff, parcel: &Parcel, priced: Priced, currency: Currency) -> Priced {
    match tariff.free_above.filter(|from| parcel.total >= *from) {
        Some(0) => (0, "Always free".to_owned()),
        Some(from) => (0, format!("Free from {}", Money::new(from, currency))),
        None => priced,
    }
}

/// What goods of the surcharge's category cost more; 0 when there are none.
pub fn surcharge(surcharge: &Surcharge, parcel: &Parcel) -> i64 {
    let units = parcel.categories.get(&surcharge.category_id).copied().unwrap_or(0).max(0);
    surcharge.price.saturating_mul(if surcharge.per_unit { units } else { units.min(1) })
}

/// `2.4 kg`, exact to the gram.
pub fn kg(grams: i64) -> String {
    let exact = Decimal::new(grams, 3).normalize();
    exact.to_i64().filter(|whole| Decimal::from(*whole) == exact).map_or_else(|| format!("{exact} kg"), |whole| format!("{whole} kg"))
}

/// A tariff in a few words for the back office.
pub fn summary(tariff: &Tariff, steps: &[&Step], currency: Currency) -> String {
    let money = |minor| Money::new(minor, currency).to_string();
    let base = match tariff.kind {
        TariffKind::None => return "Does not go there".to_owned(),
        TariffKind::Flat if tariff.price == 0 => "Free".to_owned(),
        TariffKind::Flat => money(tariff.price),
        TariffKind::PerKg if tariff.price == 0 => format!("{} per kg", money(tariff.price_per_kg)),
        TariffKind::PerKg => format!("{} and {} per kg", money(tariff.price), money(tariff.price_per_kg)),
        TariffKind::ByWeight | TariffKind::ByTotal | TariffKind::ByItems => table_in_words(tariff.kind, steps, currency),
    };
    tariff.free_above.map_or_else(|| base.clone(), |from| format!("{base}; free from {}", money(from)))
}

fn table_in_words(kind: TariffKind, steps: &[&Step], currency: Currency) -> String {
    let bound = |step: &Step| match (step.bound(), kind) {
        (None, _) => "beyond".to_owned(),
        (Some(grams), TariffKind::ByWeight) => format!("to {}", kg(grams)),
        (Some(minor), TariffKind::ByTotal) => format!("to {}", Money::new(minor, currency)),
        (Some(items), _) => format!("to {items} items"),
    };
    let mut ordered = steps.to_vec();
    ordered.sort_by_key(|step| step.bound().unwrap_or(i64::MAX));
    let words: Vec<_> = ordered.iter().map(|step| format!("{} {}", bound(step), Money::new(step.price, currency))).collect();
    if words.is_empty() { "The table is empty".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::{CategoryId, ShippingMethodId, ShippingZoneId};

    const IDS: (ShippingMethodId, ShippingZoneId) = (ShippingMethodId(1), ShippingZoneId(1));

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn tariff(kind: TariffKind) -> Tariff {
        Tariff::new(IDS.0, IDS.1, kind)
    }

    fn parcel(weight_grams: i64, items: i64, total: i64) -> Parcel {
        Parcel { weight_grams, items, total, needs_delivery: true, ..Parcel::default() }
    }

    fn table(kind: TariffKind, rows: &[(Option<i64>, i64)]) -> Vec<Step> {
        rows.iter().map(|&(bound, price)| Step::new(IDS.0, IDS.1, kind, bound, price)).collect()
    }

    fn asked(tariff: &Tariff, steps: &[Step], parcel: &Parcel) -> Result<Priced, Refused> {
        price(tariff, &steps.iter().collect::<Vec<_>>(), parcel, gbp())
    }

    #[test]
    fn a_price_per_kg_counts_grams_exactly_and_rounds_half_up() {
        let tariff = Tariff { price_per_kg: 250, ..tariff(TariffKind::PerKg) };
        let cost = |grams| asked(&tariff, &[], &parcel(grams, 1, 0)).unwrap();
        assert_eq!(cost(2400), (600, "2.4 kg at £2.50 per kg".to_owned()));
        assert_eq!(cost(2).0, 1, "half a penny counts as one");
        assert_eq!(cost(1).0, 0);
        assert_eq!(cost(0).0, 0);
        let based = Tariff { price: 100, ..tariff.clone() };
        assert_eq!(asked(&based, &[], &parcel(1000, 1, 0)), Ok((350, "£1.00 and 1 kg at £2.50 per kg".to_owned())));
    }

    #[test]
    fn or_each_started_kg_as_a_whole_one() {
        let tariff = Tariff { price_per_kg: 250, whole_kg: true, ..tariff(TariffKind::PerKg) };
        let cost = |grams| asked(&tariff, &[], &parcel(grams, 1, 0)).unwrap().0;
        assert_eq!([cost(0), cost(1), cost(1000), cost(1001)], [0, 250, 250, 500]);
    }

    #[test]
    fn the_lightest_step_that_bears_the_weight_counts_and_too_heavy_is_refused_with_the_most() {
        let steps = table(TariffKind::ByWeight, &[(Some(10_000), 695), (Some(2000), 395)]);
        let cost = |grams| asked(&tariff(TariffKind::ByWeight), &steps, &parcel(grams, 1, 0));
        assert_eq!(cost(2000), Ok((395, "Up to 2 kg".to_owned())));
        assert_eq!(cost(2001).unwrap().0, 695);
        assert_eq!(cost(10_001), Err(Refused::TooHeavy { most: 10_000 }));
    }

    #[test]
    fn tables_of_sums_and_numbers_may_be_open_at_their_end() {
        let by_total = table(TariffKind::ByTotal, &[(Some(2500), 495), (Some(5000), 295), (None, 0)]);
        let cost = |total| asked(&tariff(TariffKind::ByTotal), &by_total, &parcel(1, 1, total)).unwrap().0;
        assert_eq!([cost(2500), cost(2501), cost(5001)], [495, 295, 0]);
        let by_items = table(TariffKind::ByItems, &[(Some(1), 300), (Some(3), 500)]);
        let cost = |items| asked(&tariff(TariffKind::ByItems), &by_items, &parcel(1, items, 0));
        assert_eq!(cost(1), Ok((300, "Up to 1 item".to_owned())));
        assert_eq!(cost(2), Ok((500, "Up to 3 items".to_owned())));
        assert_eq!(cost(4), Err(Refused::Otherwise));
    }

    #[test]
    fn bounds_of_weight_and_sum_hold_at_their_ends() {
        let bounded = Tariff {
            min_weight_grams: Some(100),
            max_weight_grams: Some(1000),
            min_total: Some(2000),
            max_total: Some(9000),
            ..tariff(TariffKind::Flat)
        };
        let verdict = |weight, total| admitted(&bounded, &parcel(weight, 1, total));
        assert_eq!(verdict(100, 2000), Ok(()));
        assert_eq!(verdict(1000, 9000), Ok(()));
        assert_eq!(verdict(1001, 2000), Err(Refused::TooHeavy { most: 1000 }));
        assert_eq!(verdict(99, 2000), Err(Refused::TooLight));
        assert_eq!(verdict(100, 1999), Err(Refused::TooLittle { from: 2000 }));
        assert_eq!(verdict(100, 9001), Err(Refused::TooMuch));
    }

    #[test]
    fn enough_goods_make_delivery_free() {
        let tariff = Tariff { price: 395, free_above: Some(5000), ..tariff(TariffKind::Flat) };
        let cost = |total| free_if_enough(&tariff, &parcel(1, 1, total), (395, String::new()), gbp());
        assert_eq!(cost(4999).0, 395);
        assert_eq!(cost(5000), (0, "Free from £50.00".to_owned()));
    }

    #[test]
    fn goods_of_a_category_cost_more_once_or_each() {
        let once = Surcharge { method_id: IDS.0, category_id: CategoryId(7), price: 500, per_unit: false };
        let mut parcel = parcel(1, 3, 0);
        assert_eq!(surcharge(&once, &parcel), 0);
        parcel.categories.insert(CategoryId(7), 3);
        assert_eq!(surcharge(&once, &parcel), 500);
        assert_eq!(surcharge(&Surcharge { per_unit: true, ..once }, &parcel), 1500);
    }

    #[test]
    fn weights_are_told_in_kg_and_asked_for_in_classes() {
        assert_eq!([kg(30_000), kg(2400), kg(5), kg(0)], ["30 kg", "2.4 kg", "0.005 kg", "0 kg"]);
        assert_eq!([weight_class(0), weight_class(500), weight_class(501)], [500, 500, 1000]);
    }

    #[test]
    fn a_tariff_is_told_in_a_few_words() {
        let steps = table(TariffKind::ByWeight, &[(None, 1995), (Some(2000), 395)]);
        let free = Tariff { free_above: Some(7500), ..tariff(TariffKind::ByWeight) };
        assert_eq!(summary(&free, &steps.iter().collect::<Vec<_>>(), gbp()), "to 2 kg £3.95, beyond £19.95; free from £75.00");
    }

    /// Rows whose prices rise with their bounds.
    fn rising_table() -> impl Strategy<Value = Vec<(Option<i64>, i64)>> {
        prop::collection::vec((1_i64..5000, 0_i64..2000), 1..8).prop_map(|steps| {
            let (mut bound, mut price) = (0, 0);
            let rise = |(more, dearer)| {
                (bound, price) = (bound + more, price + dearer);
                (Some(bound), price)
            };
            steps.into_iter().map(rise).collect()
        })
    }

    proptest! {
        #[test]
        fn heavier_is_never_cheaper_where_the_table_rises(rows in rising_table(), light in 0_i64..40_000, more in 0_i64..40_000) {
            let steps = table(TariffKind::ByWeight, &rows);
            let cost = |grams| asked(&tariff(TariffKind::ByWeight), &steps, &parcel(grams, 1, 0)).map(|priced| priced.0);
            match (cost(light), cost(light + more)) {
                (Ok(lighter), Ok(heavier)) => prop_assert!(0 <= lighter && lighter <= heavier),
                (Err(_), Ok(_)) => prop_assert!(false, "refused when lighter"),
                _ => {}
            }
        }

        #[test]
        fn heavier_is_never_cheaper_by_the_kg(rate in 0_i64..1_000_000_000, light in 0_i64..1_000_000_000, more in 0_i64..1_000_000_000, whole_kg: bool) {
            let tariff = Tariff { price_per_kg: rate, whole_kg, ..tariff(TariffKind::PerKg) };
            let cost = |grams| asked(&tariff, &[], &parcel(grams, 1, 0)).unwrap().0;
            prop_assert!(0 <= cost(light) && cost(light) <= cost(light + more));
        }

        #[test]
        fn the_order_of_rows_does_not_matter(rows in rising_table(), grams in 0_i64..40_000) {
            let mut steps = table(TariffKind::ByWeight, &rows);
            let first = asked(&tariff(TariffKind::ByWeight), &steps, &parcel(grams, 1, 0));
            steps.reverse();
            prop_assert_eq!(asked(&tariff(TariffKind::ByWeight), &steps, &parcel(grams, 1, 0)), first);
        }

        #[test]
        fn a_weight_s_class_bears_it_and_is_the_next(grams in 0_i64..10_000_000) {
            let class = weight_class(grams);
            prop_assert!(class >= grams && class - grams.max(1) < 500 && class % 500 == 0);
        }
    }
}
