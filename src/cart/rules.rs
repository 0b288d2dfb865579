use super::model::Notice;
use crate::{base::Money, inventory::Stock};

/// Most of one variant in a cart.
pub const MOST: i32 = 999;

/// What the shopper should know about a line: what stands in its way goes before a changed price.
pub fn notice(is_sold: bool, stock: Stock, quantity: i32, seen: Money, price: Money) -> Option<Notice> {
    if !is_sold {
        return Some(Notice::Gone);
    }
    match stock.available() {
        Some(left) if left <= 0 => Some(Notice::SoldOut),
        Some(left) if left < quantity => Some(Notice::OnlyLeft(left)),
        _ => (seen != price).then_some(Notice::PriceWas(seen)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Currency, VariantId};

    fn gbp(minor: i64) -> Money {
        Money::new(minor, Currency::parse("GBP").unwrap())
    }

    fn stock(on_hand: i32, allocated: i32) -> Stock {
        Stock { on_hand, allocated, ..Stock::none(VariantId(1)) }
    }

    #[test]
    fn a_line_tells_what_changed_and_what_stands_in_its_way() {
        assert_eq!(notice(true, stock(5, 0), 2, gbp(100), gbp(100)), None);
        assert_eq!(notice(true, stock(5, 0), 2, gbp(100), gbp(120)), Some(Notice::PriceWas(gbp(100))));
        assert_eq!(notice(true, stock(5, 4), 2, gbp(100), gbp(120)), Some(Notice::OnlyLeft(1)));
        assert_eq!(notice(true, stock(5, 5), 2, gbp(100), gbp(100)), Some(Notice::SoldOut));
        assert_eq!(notice(false, stock(5, 0), 2, gbp(100), gbp(100)), Some(Notice::Gone));
    }

    #[test]
    fn what_is_sold_without_counting_never_runs_out() {
        let untracked = Stock { tracked: false, ..stock(0, 50) };
        assert_eq!(notice(true, untracked, 999, gbp(100), gbp(100)), None);
    }
}
