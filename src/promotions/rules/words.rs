//! What promotions say: to customers why one does not apply or what is nearly reached, to staff what one does.

use rust_decimal::Decimal;

use super::{Action, Condition, Goods, Offer, Situation, conditions::Refusal};
use crate::{
    base::{Currency, Money},
    settings::country_name,
};

/// The one sentence for a code that is unknown, not yet or no longer valid, or another's, so that guessing tells nothing.
pub fn not_valid(code: &str) -> String {
    format!("{code} is not valid.")
}

pub fn used_up(code: &str) -> String {
    format!("{code} has been used up.")
}

pub fn used_up_by_customer(code: &str) -> String {
    format!("You have used {code} as often as one can.")
}

pub fn one_is_enough(code: &str, other: &str) -> String {
    format!("{code} takes off the same as {other}, which is counted already.")
}

/// Why the code does not apply.
pub fn reason(code: &str, refusal: &Refusal, offer: &Offer) -> String {
    let money = |minor: i64| Money::new(minor, offer.currency);
    match refusal {
        Refusal::NotValid => not_valid(code),
        Refusal::UsedUp => used_up(code),
        Refusal::UsedByCustomer => used_up_by_customer(code),
        Refusal::Currency => format!("{code} is for orders in {}.", offer.currency.code()),
        Refusal::NotTogether(label) => format!("{code} can’t be combined with “{label}”."),
        Refusal::NothingMore(label) => format!("{code} takes off no more than “{label}” does already."),
        Refusal::TotalMissing { needed, missing, goods } => {
            format!("{code} needs {} of {}; {} are missing.", money(*needed), of_goods(goods), money(*missing))
        }
        Refusal::TooMuch(amount) => format!("{code} is for orders up to {}.", money(*amount)),
        Refusal::UnitsMissing { needed, missing, goods } => {
            let verb = if *missing == 1 { "is" } else { "are" };
            format!("{code} needs {needed} of {}; {missing} {verb} missing.", of_units(goods))
        }
        Refusal::NotThisOrder(condition) => format!("{code} is for {}.", which_orders(condition)),
        Refusal::CustomerUnknown => format!("{code} depends on earlier orders. It is counted once we know your e-mail address."),
        Refusal::NotThere(countries) => format!("{code} is for deliveries to {}.", places(countries)),
        Refusal::PlaceUnknown(countries) => {
            format!("{code} is for deliveries to {}. It is counted once we know where to deliver.", places(countries))
        }
        Refusal::NothingFits => format!("Nothing in the cart fits {code}: {}.", benefit(&offer.action, offer.currency)),
    }
}

/// The same for staff, who may know everything.
pub fn reason_for_staff(refusal: &Refusal, offer: &Offer) -> String {
    match refusal {
        Refusal::NotValid => "Is not running now, or is for a group to which this customer does not belong.".to_owned(),
        refusal => reason(&format!("“{}”", offer.label), refusal, offer),
    }
}

/// What is missing for a promotion of which half is reached already.
pub fn nearly(offer: &Offer, refusal: &Refusal, situation: &Situation) -> Option<String> {
    if !situation.lines.iter().any(|line| offer.looks_at(line)) {
        return None;
    }
    let get = benefit(&offer.action, offer.currency);
    match refusal {
        Refusal::TotalMissing { needed, missing, goods } if missing * 2 <= *needed => {
            let of = if *goods == Goods::All { String::new() } else { format!(" of {}", of_goods(goods)) };
            Some(format!("Add {}{of} to get {get}.", Money::new(*missing, offer.currency)))
        }
        Refusal::UnitsMissing { needed, missing, goods } if missing * 2 <= *needed => {
            Some(format!("Add {missing} more of {} to get {get}.", of_units(goods)))
        }
        _ => None,
    }
}

/// What it does, for whom and when, in one sentence for staff.
pub fn summary(offer: &Offer) -> String {
    let mut said = benefit(&offer.action, offer.currency);
    if let Some(most) = offer.most {
        said.push_str(&format!(", {} at most", Money::new(most, offer.currency)));
    }
    if offer.skip_reduced {
        said.push_str(", goods on sale left out");
    }
    for (at, condition) in offer.conditions.iter().enumerate() {
        said.push_str(if at == 0 { ", if " } else { " and " });
        said.push_str(&asks(condition, offer.currency));
    }
    said.push_str(if offer.by_coupon { ". Only with a coupon" } else { ". By itself, without a coupon" });
    if offer.exclusive {
        said.push_str(", and never together with another promotion");
    }
    said.push('.');
    capitalised(&said)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What one gets: `10% off Hand tools`.
pub fn benefit(action: &Action, currency: Currency) -> String {
    let money = |minor: i64| Money::new(minor, currency);
    match action {
        Action::OrderPercent(percent) => format!("{} off the order", percentage(*percent)),
        Action::OrderAmount(amount) => format!("{} off the order", money(*amount)),
        Action::GoodsPercent { percent, goods } => format!("{} off {}", percentage(*percent), all_of(goods)),
        Action::GoodsAmount { amount, goods } => format!("{} off each of {}", money(*amount), all_of(goods)),
        Action::CheapestFree { of, times, goods } => {
            format!("the cheapest of each {of} of {} free{}", of_units(goods), at_most(*times))
        }
        Action::BuyGet { buy, bought, gets, goods, percent, times } => {
            let price = if is_whole(*percent) { "free".to_owned() } else { format!("at {} off", percentage(*percent)) };
            let same = if bought == goods { format!("{gets} more of them") } else { format!("{gets} of {}", of_units(goods)) };
            format!("{same} {price} with every {buy} of {}{}", of_units(bought), at_most(*times))
        }
        Action::Delivery(percent) if is_whole(*percent) => "free delivery".to_owned(),
        Action::Delivery(percent) => format!("{} off the delivery", percentage(*percent)),
        Action::Gift { quantity: 1, name, .. } => format!("a gift: {name}"),
        Action::Gift { quantity, name, .. } => format!("a gift: {quantity} × {name}"),
    }
}

fn is_whole(percent: Decimal) -> bool {
    percent == Decimal::ONE_HUNDRED
}

fn percentage(percent: Decimal) -> String {
    format!("{}%", percent.normalize())
}

fn at_most(times: Option<i64>) -> String {
    match times {
        None => String::new(),
        Some(1) => ", once an order".to_owned(),
        Some(times) => format!(", up to {times} times an order"),
    }
}

/// A condition as staff reads it behind "if".
pub fn asks(condition: &Condition, currency: Currency) -> String {
    let money = |minor: i64| Money::new(minor, currency);
    match condition {
        Condition::TotalFrom { amount, goods } => format!("there is {} or more of {}", money(*amount), of_goods(goods)),
        Condition::TotalUpTo { amount, goods } => format!("there is {} at most of {}", money(*amount), of_goods(goods)),
        Condition::QuantityFrom { number, goods } => format!("there are {number} or more of {}", of_units(goods)),
        Condition::Group { words, .. } => format!("the customer belongs to {words}"),
        Condition::Destination(countries) => format!("it is delivered to {}", places(countries)),
        by_orders => format!("it is {}", which_orders(by_orders)),
    }
}

fn which_orders(condition: &Condition) -> String {
    match condition {
        Condition::FirstOrder => "a customer’s first order".to_owned(),
        Condition::OrderExactly(nth) => format!("a customer’s {} order", ordinal(*nth)),
        Condition::OrderFrom(nth) => format!("a customer’s {} order or a later one", ordinal(*nth)),
        Condition::OrdersMoreThan(number) => format!("an order of a customer with more than {number} orders before"),
        _ => "other orders".to_owned(),
    }
}

/// `1st`, `22nd`, `13th`.
pub fn ordinal(number: i64) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn of_goods(goods: &Goods) -> String {
    match goods {
        Goods::All => "goods".to_owned(),
        Goods::These { words, .. } => words.clone(),
    }
}

fn of_units(goods: &Goods) -> String {
    match goods {
        Goods::All => "any goods".to_owned(),
        Goods::These { words, .. } => words.clone(),
    }
}

fn all_of(goods: &Goods) -> String {
    match goods {
        Goods::All => "all goods".to_owned(),
        Goods::These { words, .. } => words.clone(),
    }
}

fn places(countries: &[String]) -> String {
    let names: Vec<String> = countries.iter().map(|code| country_name(code)).collect();
    either(&names)
}

/// `a, b or c`
pub fn either(names: &[String]) -> String {
    match names {
        [] => "nothing (it is gone)".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
