use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Deserialize;
use url::form_urlencoded;

use super::model::{Filter, Kind};

/// What somebody looks for in the record, as it stands in the address. What can't be read narrows nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// A part of the name, or the account's number.
    pub who: String,
    pub kind: String,
    /// A part of the door.
    pub what: String,
    pub subject: String,
    pub about: String,
    /// Days in UTC, as 2026-11-22; the last one is meant whole.
    pub from: String,
    pub to: String,
    pub request: String,
    pub page: Option<i64>,
}

impl Query {
    pub fn filter(&self) -> Filter {
        let who = tidy(&self.who);
        let number = who.parse().ok();
        Filter {
            actor_id: number,
            actor: if number.is_some() { String::new() } else { who },
            kind: self.kind().copied(),
            subject: tidy(&self.subject),
            about: tidy(&self.about),
            door: tidy(&self.what),
            from: day(&self.from),
            until: day(&self.to).and_then(|day| day.checked_add_days(Days::new(1))),
            request_id: tidy(&self.request),
        }
    }

    fn kind(&self) -> Option<&'static Kind> {
        Kind::ALL.iter().find(|kind| kind.as_str() == self.kind)
    }

    fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("who", &self.who),
            ("kind", &self.kind),
            ("what", &self.what),
            ("subject", &self.subject),
            ("about", &self.about),
            ("from", &self.from),
            ("to", &self.to),
            ("request", &self.request),
        ]
    }

    /// What narrows the list, as a part of an address.
    pub fn narrowing(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.fields().into_iter().filter(|(_, value)| !value.is_empty()));
        text.finish()
    }

    pub fn is_narrow(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.is_empty())
    }
}

fn tidy(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The day's first moment in UTC.
fn day(text: &str) -> Option<DateTime<Utc>> {
    Some(NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_meant_whole() {
        let filter = Query { from: "2026-11-21".into(), to: "2026-11-21".into(), ..Query::default() }.filter();
        assert_eq!(filter.until.unwrap() - filter.from.unwrap(), chrono::TimeDelta::days(1));
    }

    #[test]
    fn somebody_is_found_by_number_or_by_a_part_of_the_name() {
        let by_number = Query { who: " 12 ".into(), ..Query::default() }.filter();
        assert_eq!((by_number.actor_id, by_number.actor.as_str()), (Some(12), ""));
        let by_name = Query { who: "Pat".into(), ..Query::default() }.filter();
        assert_eq!((by_name.actor_id, by_name.actor.as_str()), (None, "Pat"));
    }

    #[test]
    fn what_can_not_be_read_narrows_nothing() {
        let odd = Query { kind: "nonsense".into(), from: "yesterday".into(), ..Query::default() }.filter();
        assert!(odd.kind.is_none() && odd.from.is_none());
    }
}
