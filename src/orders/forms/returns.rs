use std::str::FromStr;

use serde::Deserialize;

use crate::{
    base::{Currency, LocationId, Money, OrderLineId, Problems, typed},
    orders::model::{NewReturn, ReceivedLine, ReceivedReturn, ReturnReason, ReturnTab, ReturnWish},
};

/// What a customer wants to send back: a row for each line, in step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReturnForm {
    pub line: Vec<String>,
    pub quantity: Vec<String>,
    pub reason: Vec<String>,
    pub wish: String,
    pub note: String,
    /// Where staff opens it: present when the customer is told how to send it.
    pub tell: String,
}

/// The value that belongs to a line, among lists in step.
fn beside<'a>(lines: &[String], values: &'a [String], line: &OrderLineId) -> &'a str {
    let at = lines.iter().position(|typed| *typed == line.to_string());
    at.and_then(|at| values.get(at)).map_or("", String::as_str)
}

impl ReturnForm {
    pub fn quantity_of(&self, line: &OrderLineId) -> &str {
        beside(&self.line, &self.quantity, line)
    }

    pub fn reason_of(&self, line: &OrderLineId) -> &str {
        beside(&self.line, &self.reason, line)
    }

    pub fn tells(&self) -> bool {
        !self.tell.is_empty()
    }

    pub fn parse(&self) -> Result<NewReturn, Problems> {
        let mut problems = Problems::default();
        let mut lines: Vec<(OrderLineId, i32, ReturnReason)> = vec![];
        for line in self.line.iter().take(1000).filter_map(|line| OrderLineId::from_str(line).ok()) {
            let quantity = problems.take(&format!("quantity-{line}"), typed::whole_or_none(self.quantity_of(&line), 0..=9999));
            let Some(quantity) = quantity.filter(|quantity| *quantity > 0) else { continue };
            let reason = self.reason_of(&line).parse().map_err(|_| "Choose why it goes back");
            let reason = problems.take(&format!("reason-{line}"), reason);
            if let Some(reason) = reason.filter(|_| lines.iter().all(|(known, ..)| *known != line)) {
                lines.push((line, quantity, reason));
            }
        }
        if lines.is_empty() && problems.is_empty() {
            let first = self.line.first().map_or_else(String::new, |line| format!("quantity-{line}"));
            problems.add(&first, "Say how many of what goes back");
        }
        let wish = problems.take("wish", self.wish.parse::<ReturnWish>().map_err(|_| "Choose what you would like for it"));
        let note = problems.take("note", typed::long(&self.note, 1000));
        lines.sort_by_key(|(line, ..)| *line);
        let new = wish.zip(note).map(|(wish, note)| NewReturn { lines, wish, note });
        new.filter(|_| problems.is_empty()).ok_or(problems)
    }
}

/// What staff says to a customer who wants to return something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    pub note: String,
}

impl DecisionForm {
    pub fn approval(&self) -> Result<String, Problems> {
        typed::long(&self.note, 1000).map_err(|message| Problems::of("note", message))
    }

    pub fn refusal(&self) -> Result<String, Problems> {
        let note = typed::long(&self.note, 1000).map_err(|message| Problems::of("note", message))?;
        if note.is_empty() { Err(Problems::of("note", "Say why not: the customer reads it")) } else { Ok(note) }
    }
}

/// What came out of a parcel: a row for each line, in step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReceiptForm {
    pub line: Vec<String>,
    pub restocked: Vec<String>,
    pub scrapped: Vec<String>,
    pub location: String,
}

impl ReceiptForm {
    pub fn restocked_of(&self, line: &OrderLineId) -> &str {
        beside(&self.line, &self.restocked, line)
    }

    pub fn scrapped_of(&self, line: &OrderLineId) -> &str {
        beside(&self.line, &self.scrapped, line)
    }

    pub fn parse(&self) -> Result<ReceivedReturn, Problems> {
        let mut problems = Problems::default();
        let mut lines = vec![];
        for line in self.line.iter().take(1000).filter_map(|line| OrderLineId::from_str(line).ok()) {
            let restocked = problems.take(&format!("restocked-{line}"), typed::whole_or_none(self.restocked_of(&line), 0..=9999));
            let scrapped = problems.take(&format!("scrapped-{line}"), typed::whole_or_none(self.scrapped_of(&line), 0..=9999));
            lines.extend(restocked.zip(scrapped).map(|(restocked, scrapped)| ReceivedLine { line, restocked, scrapped }));
        }
        let location = self.location.parse::<LocationId>().ok();
        if problems.is_empty() { Ok(ReceivedReturn { lines, location }) } else { Err(problems) }
    }
}

/// How a return is made good.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SettlementForm {
    pub amount: String,
    /// `store_credit`, or else the way it was paid.
    pub way: String,
}

impl SettlementForm {
    pub fn is_credit(&self) -> bool {
        self.way == "store_credit"
    }

    /// Minor units.
    pub fn parse(&self, currency: Currency) -> Result<i64, Problems> {
        let amount = Money::parse(&self.amount, currency).map_err(|message| Problems::of("amount", message))?;
        if amount.minor < 0 { Err(Problems::of("amount", "Enter zero or more")) } else { Ok(amount.minor) }
    }
}

/// How staff narrow the list down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReturnQuery {
    /// A tab; what is none counts as the first.
    pub state: String,
    pub page: Option<i64>,
}

impl ReturnQuery {
    pub fn tab(&self) -> ReturnTab {
        self.state.parse().unwrap_or(ReturnTab::Requested)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(quantity: &str, reason: &str) -> ReturnForm {
        ReturnForm {
            line: vec!["7".into(), "8".into()],
            quantity: vec![quantity.into(), "".into()],
            reason: vec![reason.into(), "".into()],
            wish: "refund".into(),
            note: String::new(),
            tell: String::new(),
        }
    }

    #[test]
    fn lines_without_a_quantity_stay_where_they_are() {
        let new = typed("2", "damaged").parse().unwrap();
        assert_eq!(new.lines, [(OrderLineId(7), 2, ReturnReason::Damaged)]);
    }

    #[test]
    fn a_return_needs_a_quantity_and_a_reason() {
        assert!(typed("", "damaged").parse().unwrap_err().on("quantity-7").is_some());
        assert!(typed("2", "").parse().unwrap_err().on("reason-7").is_some());
        assert!(typed("-1", "damaged").parse().unwrap_err().on("quantity-7").is_some());
    }
}
