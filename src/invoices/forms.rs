use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::Deserialize;
use url::form_urlencoded;

use super::model::{Filter, InvoiceKind};

/// What staff look for in the list, as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// The beginning of a number, of an order's number or of a name.
    pub q: String,
    /// `2026-11`; empty: any.
    pub month: String,
    /// `invoice` or `credit_note`; empty: both.
    pub kind: String,
    pub page: Option<i64>,
}

impl Query {
    /// What can't be read does not narrow the list.
    pub fn filter(&self) -> Filter {
        Filter { text: self.q.trim().chars().take(100).collect(), within: month(&self.month), kind: self.kind() }
    }

    pub fn kind(&self) -> Option<InvoiceKind> {
        self.kind.parse().ok()
    }

    /// What narrows the list, as a part of an address.
    pub fn narrowing(&self) -> String {
        let fields = [("q", self.q.trim()), ("month", &self.month), ("kind", &self.kind)];
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
        text.finish()
    }

    /// The month for a file's name: digits and hyphens only.
    pub fn month_name(&self) -> String {
        self.month.chars().filter(|c| c.is_ascii_digit() || *c == '-').take(7).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.q.trim().is_empty() && self.month.is_empty() && self.kind.is_empty()
    }
}

/// The month from its first moment to the next month's, in UTC.
pub fn month(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
    let next = first.checked_add_months(Months::new(1))?;
    let midnight = |date: NaiveDate| Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    Some((midnight(first)?, midnight(next)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_lasts_until_the_next_one_begins() {
        let (from, until) = month("2026-12").unwrap();
        assert_eq!((from.to_rfc3339(), until.to_rfc3339()), ("2026-12-01T00:00:00+00:00".into(), "2027-01-01T00:00:00+00:00".into()));
        for text in ["", "2026", "2026-13", "26-1-1", "2026-11-01", "999999-01"] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
