//! What a bulk edit makes of one product. The same function makes the preview and the change itself, so that the one can't promise
//! what the other does not do.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::catalog::model::{BulkAction, PriceStep, Rounding, Snapshot};

/// The highest price that the database takes.
const DEAREST: i64 = 100_000_000_000;

/// `Err` tells why the product is left out. `None` in the choice of categories and such never fails: what is so already stays.
pub fn apply(action: &BulkAction, product: &mut Snapshot) -> Result<(), String> {
    match action {
        BulkAction::Price { step, rounding, keep_former } => reprice(product, step, *rounding, *keep_former)?,
        BulkAction::Status(status) => product.head.status = *status,
        BulkAction::AddCategory(id) => {
            if !product.head.categories.contains(&id.0) {
                product.head.categories.push(id.0);
                product.head.categories.sort_unstable();
            }
        }
        BulkAction::RemoveCategory(id) => product.head.categories.retain(|known| *known != id.0),
        BulkAction::AddTag(tag) => {
            if !product.head.tags.contains(tag) {
                product.head.tags.push(tag.clone());
            }
        }
        BulkAction::RemoveTag(tag) => product.head.tags.retain(|known| known != tag),
        BulkAction::Brand(name) => product.head.vendor.clone_from(name),
        BulkAction::TaxClass(code) => product.variants.values_mut().for_each(|variant| variant.tax_class.clone_from(code)),
    }
    Ok(())
}

fn reprice(product: &mut Snapshot, step: &PriceStep, rounding: Rounding, keep_former: bool) -> Result<(), String> {
    for variant in product.variants.values_mut().filter(|variant| !variant.archived) {
        let price = stepped(variant.price, step, rounding)
            .filter(|price| (0..=DEAREST).contains(price))
            .ok_or_else(|| format!("{}: the new price would be below nothing or above all bounds", variant.sku))?;
        if keep_former && price < variant.price && variant.compare_at.is_none() {
            variant.compare_at = Some(variant.price);
        }
        // A former price must be above the price, or it is none.
        variant.compare_at = variant.compare_at.filter(|former| *former > price);
        variant.price = price;
    }
    Ok(())
}

/// In minor units of a currency with hundredths; half is rounded up. `None`: below nothing, or no number any more.
pub fn stepped(price: i64, step: &PriceStep, rounding: Rounding) -> Option<i64> {
    let exact = match step {
        PriceStep::Percent(percent) => Decimal::from(price).checked_mul((Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED)?,
        PriceStep::Amount(amount) => Decimal::from(price).checked_add(Decimal::from(*amount))?,
    };
    let to_nearest = |unit: i64| {
        let units = (exact / Decimal::from(unit)).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        units.to_i64()?.checked_mul(unit)
    };
    let rounded = match rounding {
        Rounding::Coin => to_nearest(1),
        Rounding::Ten => to_nearest(10),
        Rounding::Whole => to_nearest(100),
        Rounding::NinetyNine => {
            let above = ((exact + Decimal::ONE) / Decimal::ONE_HUNDRED).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
            above.to_i64()?.checked_mul(100)?.checked_sub(1).map(|price| if exact.is_sign_positive() { price.max(99) } else { price })
        }
    };
    rounded.filter(|price| *price >= 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(text: &str) -> PriceStep {
        PriceStep::Percent(text.parse().unwrap())
    }

    #[test]
    fn prices_rise_and_fall_by_percent_and_by_amount() {
        assert_eq!(stepped(1999, &percent("10"), Rounding::Coin), Some(2199));
        assert_eq!(stepped(1999, &percent("-12.5"), Rounding::Coin), Some(1749));
        assert_eq!(stepped(1999, &PriceStep::Amount(-500), Rounding::Coin), Some(1499));
        assert_eq!(stepped(400, &PriceStep::Amount(-500), Rounding::Coin), None, "below nothing");
        assert_eq!(stepped(400, &percent("-100"), Rounding::Coin), Some(0));
    }

    #[test]
    fn prices_are_rounded_as_wished() {
        assert_eq!(stepped(1995, &PriceStep::Amount(0), Rounding::Ten), Some(2000));
        assert_eq!(stepped(1949, &PriceStep::Amount(0), Rounding::Whole), Some(1900));
        assert_eq!(stepped(2150, &PriceStep::Amount(0), Rounding::NinetyNine), Some(2199));
        assert_eq!(stepped(2140, &PriceStep::Amount(0), Rounding::NinetyNine), Some(2099));
        assert_eq!(stepped(20, &PriceStep::Amount(0), Rounding::NinetyNine), Some(99), "nothing is given away by rounding");
    }

    proptest! {
        #[test]
        fn a_price_is_never_below_nothing_and_no_step_keeps_it(price in 0..DEAREST, cut in -100i64..=100) {
            let step = PriceStep::Percent(Decimal::from(cut));
            for rounding in Rounding::ALL {
                prop_assert!(stepped(price, &step, *rounding).is_none_or(|new| new >= 0));
            }
            prop_assert_eq!(stepped(price, &PriceStep::Amount(0), Rounding::Coin), Some(price));
        }
    }
}
