use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    model::{CardFilter, NewCard, Recipient},
    rules::Code,
};
use crate::base::{Currency, Email, Money, Problems, typed};

/// The most that goes onto a card or credit at once, in minor units.
const MOST: i64 = 100_000_000;

/// A gift card's code as somebody typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    pub code: String,
}

/// How staff narrow the list of gift cards down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    pub q: String,
    pub page: Option<i64>,
}

impl ListQuery {
    pub fn filter(&self) -> CardFilter {
        let text: String = self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
        let code_hash = Code::parse(&text).ok().map(|code| code.hash());
        let end = text.trim_start_matches('…').to_uppercase();
        let last4 = (end.len() == 4 && end.chars().all(|c| c.is_ascii_alphanumeric())).then_some(end);
        CardFilter { code_hash, last4, text }
    }
}

/// Who a card goes to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecipientForm {
    pub email: String,
    pub name: String,
    pub message: String,
    /// The end of the code that the page showed.
    pub last4: String,
}

impl RecipientForm {
    pub fn parse(&self) -> Result<Recipient, Problems> {
        let mut problems = Problems::default();
        recipient(&mut problems, &self.email, &self.name, &self.message).ok_or(problems)
    }
}

fn recipient(problems: &mut Problems, email: &str, name: &str, message: &str) -> Option<Recipient> {
    let email = problems.take("email", Email::parse(email));
    let name = problems.take("name", typed::optional(name, 100));
    let message = problems.take("message", typed::long(message, 1000));
    Some(Recipient { email: email?.to_string(), name: name?, message: message? })
}

/// A gift card as staff typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IssueForm {
    /// Made with the page: a form that is sent twice issues once.
    pub request: String,
    pub amount: String,
    pub email: String,
    pub name: String,
    pub message: String,
    /// `2027-11-21`; empty: never.
    pub expires: String,
}

impl IssueForm {
    pub fn parse(&self, currency: Currency, now: DateTime<Utc>) -> Result<NewCard, Problems> {
        let mut problems = Problems::default();
        let amount = problems.take("amount", amount(&self.amount, currency));
        let to = recipient(&mut problems, &self.email, &self.name, &self.message);
        let expires = problems.take("expires", last_day(&self.expires, now));
        let request = problems.take("", self.request.parse::<Uuid>().map_err(|_| "Open this page again, then send the form"));
        let new = || Some(NewCard { request: request?, amount: amount?, to: to?, expires: expires? });
        new().ok_or(problems)
    }
}

/// A change of a balance as staff typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChangeForm {
    /// `add` or `take`.
    pub direction: String,
    pub amount: String,
    pub reason: String,
    /// The balance that the page showed, in minor units.
    pub seen: i64,
}

/// A change of a balance.
pub struct Change {
    /// Above 0 for what is added.
    pub amount: Money,
    pub reason: String,
    pub seen: i64,
}

impl ChangeForm {
    pub fn parse(&self, currency: Currency) -> Result<Change, Problems> {
        let mut problems = Problems::default();
        let sign = match self.direction.as_str() {
            "add" => Ok(1),
            "take" => Ok(-1),
            _ => Err("Choose whether to add or to take off"),
        };
        let sign = problems.take("direction", sign);
        let amount = problems.take("amount", amount(&self.amount, currency));
        let reason = problems.take("reason", typed::required(&self.reason, 300, "Enter the reason. It stands in the history"));
        let seen = self.seen;
        let change = || Some(Change { amount: Money::new(sign? * amount?.minor, currency), reason: reason?, seen });
        change().ok_or(problems)
    }

    pub fn takes(&self) -> bool {
        self.direction == "take"
    }
}

fn amount(text: &str, currency: Currency) -> Result<Money, String> {
    let amount = Money::parse(text, currency)?;
    match amount.minor {
        0 => Err("Enter an amount above zero".to_owned()),
        minor if minor > MOST => Err(format!("Enter {} at most", Money::new(MOST, currency))),
        _ => Ok(amount),
    }
}

fn last_day(text: &str, now: DateTime<Utc>) -> Result<Option<NaiveDate>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "Enter a date such as 2027-11-21, or leave this empty")?;
    match day {
        day if day < now.date_naive() => Err("Enter a day that is still to come"),
        day if day.years_since(now.date_naive()).is_some_and(|years| years >= 100) => Err("Enter a day within the next hundred years"),
        day => Ok(Some(day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn issued(amount: &str, expires: &str) -> Result<NewCard, Problems> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let request = "00000000-0000-0000-0000-000000000001".to_owned();
        let form =
            IssueForm { request, amount: amount.into(), email: "bob@example.com".into(), expires: expires.into(), ..Default::default() };
        form.parse(gbp(), now)
    }

    #[test]
    fn a_card_has_an_amount_a_recipient_and_perhaps_a_last_day() {
        let new = issued("25", "2027-11-21").unwrap();
        assert_eq!((new.amount.minor, new.to.email.as_str()), (2500, "bob@example.com"));
        assert!(issued("25", "").unwrap().expires.is_none());
        assert!(issued("25", "2026-11-21").is_ok());
    }

    #[test]
    fn what_can_t_be_issued_is_refused_beside_its_field() {
        assert!(issued("0", "").unwrap_err().on("amount").is_some());
        assert!(issued("10000000", "").unwrap_err().on("amount").is_some());
        for day in ["2026-11-20", "21.11.2027", "9999-01-01"] {
            assert!(issued("5", day).unwrap_err().on("expires").is_some(), "{day}");
        }
        let problems = IssueForm::default().parse(gbp(), Utc::now()).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["amount", "email", ""]);
    }

    #[test]
    fn a_change_needs_a_direction_and_a_reason() {
        let form = |direction: &str, reason: &str| ChangeForm {
            direction: direction.into(),
            amount: "3.50".into(),
            reason: reason.into(),
            seen: 0,
        };
        assert_eq!(form("take", "A mistake").parse(gbp()).map(|change| change.amount.minor).ok(), Some(-350));
        assert!(
            form("", "").parse(gbp()).err().is_some_and(|problems| problems.on("direction").is_some() && problems.on("reason").is_some())
        );
    }

    #[test]
    fn cards_are_looked_for_by_whole_codes_and_by_their_ends() {
        let filter = |q: &str| ListQuery { q: q.into(), page: None }.filter();
        assert!(filter("7q2m-9xkd-4t0b-vw8c").code_hash.is_some());
        assert_eq!(filter("…vw8c").last4.as_deref(), Some("VW8C"));
        assert_eq!(filter("bob@example.com").last4, None);
    }
}
