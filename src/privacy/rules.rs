//! Pure: how a copy is laid out to be read, and what hinders an erasure in words.

use serde_json::Value;

use super::model::Hindrances;
use crate::base::Problems;

/// Days for which an erasure can be taken back.
pub const DAYS_TO_WITHDRAW: i32 = 7;

/// A row as lines of label and text, one below another: `delivery address, city`.
pub fn lines(row: &Value) -> Vec<(String, String)> {
    let mut lines = vec![];
    walk(String::new(), row, &mut lines);
    lines
}

fn walk(label: String, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |name: &str| {
        let name = name.replace('_', " ");
        if label.is_empty() { name } else { format!("{label}, {name}") }
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| walk(below(name), value, lines)),
        Value::Array(items) => items.iter().zip(1..).for_each(|(item, at)| walk(below(&at.to_string()), item, lines)),
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => lines.push((label, text.clone())),
        Value::Bool(yes) => lines.push((label, if *yes { "yes" } else { "no" }.to_owned())),
        Value::Number(number) => lines.push((label, number.to_string())),
    }
}

/// What must be done first.
///
/// # Errors
/// A message for each hindrance that the person can do something about.
pub fn may_erase(found: &Hindrances, gives_up_credit: bool) -> Result<(), Problems> {
    let mut problems = Problems::default();
    if found.is_staff {
        problems.add("", "This is an account of somebody who works here. An owner must end that in the back office first");
    }
    if !found.open_orders.is_empty() {
        let orders = found.open_orders.join(", ");
        problems
            .add("", format!("Not everything is finished yet: order {orders}. We need the address until it has arrived, or is cancelled"));
    }
    if !found.open_returns.is_empty() {
        problems
            .add("", format!("A return is not finished yet: {}. We need the account until it is settled", found.open_returns.join(", ")));
    }
    if !found.credit.is_empty() && !gives_up_credit {
        let credit = found.credit.join(" and ");
        problems.add("gives_up_credit", format!("There is store credit of {credit}. Spend it first, or tick that you give it up"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_read_from_top_to_bottom_and_what_is_empty_is_left_out() {
        let row = json!({"number": "A1", "phone": "", "vat": null, "paid": true, "delivery_address": {"city": "Ludlow"}, "tags": ["a", 2]});
        let read: Vec<_> = lines(&row).into_iter().map(|(label, text)| format!("{label}: {text}")).collect();
        let mut wanted = ["number: A1", "paid: yes", "delivery address, city: Ludlow", "tags, 1: a", "tags, 2: 2"].map(str::to_owned);
        let mut read = read;
        read.sort();
        wanted.sort();
        assert_eq!(read, wanted);
    }

    #[test]
    fn what_is_open_must_be_finished_and_credit_must_be_given_up_knowingly() {
        let nothing = Hindrances::default();
        assert!(may_erase(&nothing, false).is_ok());
        let credit = Hindrances { credit: vec!["£5.00".into()], ..Hindrances::default() };
        assert!(may_erase(&credit, false).unwrap_err().on("gives_up_credit").unwrap().contains("£5.00"));
        assert!(may_erase(&credit, true).is_ok());
        for hindered in [
            Hindrances { open_orders: vec!["A1".into()], ..Hindrances::default() },
            Hindrances { open_returns: vec!["R1".into()], ..Hindrances::default() },
            Hindrances { is_staff: true, ..Hindrances::default() },
        ] {
            assert!(may_erase(&hindered, true).is_err(), "{hindered:?}");
        }
    }
}
