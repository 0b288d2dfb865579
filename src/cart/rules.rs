use super::model::{Line, Notice};
use crate::{
    base::{Currency, Money},
    inventory::Stock,
    quote::{BasketLine, Line as Quoted, Quote},
};

/// Most of one variant in a cart.
pub const MOST: i32 = 999;

/// Why so many of it can't be put into a cart; `None`: they can.
pub fn refusal(title: &str, stock: &Stock, quantity: i32) -> Option<String> {
    if let Some(most) = stock.most_per_order.filter(|most| quantity > *most) {
        return Some(format!("An order can have {most} of {title} at most."));
    }
    match stock.available() {
        Some(left) if left <= 0 => Some(format!("{title} is sold out.")),
        Some(left) if left < quantity => Some(format!("Only {left} of {title} are left, so your cart can't hold {quantity}.")),
        _ => None,
    }
}

/// How many of so many wanted can be put into a cart; 0: none.
pub fn most(stock: &Stock, wanted: i32) -> i32 {
    let bounds = [stock.most_per_order, stock.available(), Some(MOST)];
    bounds.into_iter().flatten().min().unwrap_or(MOST).min(wanted).max(0)
}

/// A line as it is shown. Without a price in the quote's currency it costs nothing and stands in the way.
pub fn line(quote: &Quote, asked: &BasketLine, stock: &Stock, seen: i64) -> Line {
    let quoted = quote.lines.iter().find(|line| !line.is_gift && line.item.variant.id == asked.item.variant.id);
    match quoted {
        Some(quoted) => {
            let price = (quote.money(&seen), quote.money(&quoted.entered));
            shown(quote, quoted, notice(asked.item.is_sold, stock, asked.quantity, price))
        }
        None => without_price(asked, quote.currency),
    }
}

pub fn shown(quote: &Quote, line: &Quoted, notice: Option<Notice>) -> Line {
    Line {
        item: line.item.clone(),
        quantity: line.quantity,
        unit_price: quote.money(&line.unit_price),
        total: quote.money(&line.total()),
        compare_at: line.compare_at.map(|former| quote.money(&former)),
        note: line.note.clone(),
        discounts: line
            .discounts
            .iter()
            .filter(|discount| discount.amount != 0)
            .map(|discount| (discount.label.clone(), quote.money(&discount.amount)))
            .collect(),
        is_gift: line.is_gift,
        notice,
    }
}

fn without_price(asked: &BasketLine, currency: Currency) -> Line {
    let nothing = Money::new(0, currency);
    let notice = if asked.item.is_sold { Notice::NotIn(currency) } else { Notice::Gone };
    Line {
        item: asked.item.clone(),
        quantity: asked.quantity,
        unit_price: nothing,
        total: nothing,
        compare_at: None,
        note: String::new(),
        discounts: vec![],
        is_gift: false,
        notice: Some(notice),
    }
}

/// What the shopper should know about a line: what stands in its way goes before a changed price. `price`: as it was seen and
/// as it is.
pub fn notice(is_sold: bool, stock: &Stock, quantity: i32, price: (Money, Money)) -> Option<Notice> {
    if !is_sold {
        return Some(Notice::Gone);
    }
    if let Some(most) = stock.most_per_order.filter(|most| quantity > *most) {
        return Some(Notice::TooMany(most));
    }
    match stock.available() {
        Some(left) if left <= 0 => Some(Notice::SoldOut),
        Some(left) if left < quantity => Some(Notice::OnlyLeft(left)),
        _ => (price.0 != price.1).then_some(Notice::PriceWas(price.0)),
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
    fn of_what_is_wished_for_again_as_many_fit_as_there_are_and_one_order_may_have() {
        assert_eq!([most(&stock(5, 0), 3), most(&stock(5, 3), 3), most(&stock(5, 5), 3)], [3, 2, 0]);
        assert_eq!(most(&Stock { most_per_order: Some(1), ..stock(5, 0) }, 3), 1);
        assert_eq!(most(&Stock { tracked: false, ..stock(0, 0) }, 5000), MOST);
    }

    #[test]
    fn a_line_tells_what_changed_and_what_stands_in_its_way() {
        assert_eq!(notice(true, &stock(5, 0), 2, (gbp(100), gbp(100))), None);
        assert_eq!(notice(true, &stock(5, 0), 2, (gbp(100), gbp(120))), Some(Notice::PriceWas(gbp(100))));
        assert_eq!(notice(true, &stock(5, 4), 2, (gbp(100), gbp(120))), Some(Notice::OnlyLeft(1)));
        assert_eq!(notice(true, &stock(5, 5), 2, (gbp(100), gbp(100))), Some(Notice::SoldOut));
        assert_eq!(notice(false, &stock(5, 0), 2, (gbp(100), gbp(100))), Some(Notice::Gone));
    }

    #[test]
    fn what_is_sold_without_counting_never_runs_out() {
        let untracked = Stock { tracked: false, ..stock(0, 50) };
        assert_eq!(notice(true, &untracked, 999, (gbp(100), gbp(100))), None);
    }
}
