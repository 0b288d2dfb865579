use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use crate::{
    base::{LocationId, OrderLineId, Problems},
    orders::model::{OrderLine, Units},
};

/// Orders ticked in the list: `order=7K4Q-29XM&order=…`.
#[derive(Clone, Debug, Default)]
pub struct Chosen(pub Vec<String>);

impl Chosen {
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let numbers = pairs.into_iter().filter(|(name, _)| name == "order").map(|(_, number)| number);
        Self(numbers.take(100).collect())
    }

    /// The same choice at the end of another address.
    pub fn query(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|number| ("order", number)).collect();
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }
}

/// What goes into a parcel and how it goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShipmentForm {
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: String,
    /// Empty: wherever it is.
    pub location: String,
    /// `12:1,13:2`, a line's id and its units; empty: all that is left.
    pub units: String,
    /// Units that had left when the page was shown, so that a second click ships nothing more.
    pub shipped: String,
}

pub struct ShipmentInput {
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: String,
    pub location: Option<LocationId>,
    /// Empty: all that is left.
    pub units: Vec<Units>,
    pub seen_shipped: Option<i32>,
}

impl ShipmentForm {
    /// From the form of the order's page, where each line has a field of its own: `units-12=1`.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        let mut units = vec![];
        for (name, value) in pairs {
            match (name.as_str(), name.strip_prefix("units-")) {
                (_, Some(line)) => units.push(format!("{line}:{}", value.trim().replace([':', ','], " "))),
                ("carrier", _) => form.carrier = value,
                ("tracking_number", _) => form.tracking_number = value,
                ("tracking_url", _) => form.tracking_url = value,
                ("location", _) => form.location = value,
                _ => {}
            }
        }
        form.units = units.join(",");
        form
    }

    /// What was typed for a line, if anything was.
    pub fn units_for(&self, line: &OrderLineId) -> Option<&str> {
        self.units.split(',').filter_map(|part| part.split_once(':')).find(|(id, _)| *id == line.to_string()).map(|(_, typed)| typed)
    }

    /// # Errors
    /// A message for each wrong field.
    pub fn parse(&self) -> Result<ShipmentInput, Problems> {
        let mut problems = Problems::default();
        let carrier = problems.take("carrier", line_of(&self.carrier, 60, "Shorten the carrier's name to 60 characters"));
        let number = problems.take("tracking_number", line_of(&self.tracking_number, 80, "Shorten the tracking number to 80 characters"));
        let tracking_url = problems.take("tracking_url", https(&self.tracking_url));
        let location = problems.take("location", optional(&self.location, "Choose one of the locations"));
        let units = problems.take("units", units(&self.units));
        match (carrier, number, tracking_url, location, units) {
            (Some(carrier), Some(tracking_number), Some(tracking_url), Some(location), Some(units)) => {
                let seen_shipped = self.shipped.trim().parse().ok();
                Ok(ShipmentInput { carrier, tracking_number, tracking_url, location, units, seen_shipped })
            }
            _ => Err(problems),
        }
    }
}

fn line_of(text: &str, most: usize, message: &'static str) -> Result<String, &'static str> {
    let plain: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if plain.chars().count() > most { Err(message) } else { Ok(plain) }
}

/// Only https, since it becomes a link in a mail.
fn https(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host() && url.username().is_empty());
    let url = url.map(String::from).filter(|url| url.len() <= 500);
    url.ok_or("Enter the whole address of the tracking page, beginning with https://")
}

fn optional<T: FromStr>(text: &str, message: &'static str) -> Result<Option<T>, &'static str> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| message) }
}

fn units(text: &str) -> Result<Vec<Units>, &'static str> {
    let part = |part: &str| {
        let (line, typed) = part.split_once(':')?;
        let typed = if typed.trim().is_empty() { "0" } else { typed.trim() };
        let quantity = typed.parse().ok().filter(|quantity| (0..=9999).contains(quantity))?;
        Some(Units { line: line.parse().ok()?, quantity })
    };
    let parts = text.split(',').filter(|part| !part.is_empty()).map(part);
    parts.collect::<Option<_>>().ok_or("Enter the units of each line as a whole number, 0 for what stays here")
}

impl ShipmentInput {
    /// `Royal Mail, AB123456789GB`; empty when neither is known.
    pub fn words(&self) -> String {
        [&self.carrier, &self.tracking_number].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
    }

    /// What goes of these lines.
    ///
    /// # Errors
    /// A problem on `units` when more is asked for than is left, or nothing at all.
    pub fn units_of(&self, lines: &[OrderLine]) -> Result<Vec<Units>, Problems> {
        let all = || lines.iter().map(|line| Units { line: line.id, quantity: line.to_send() }).collect();
        let mut chosen: Vec<Units> = if self.units.is_empty() { all() } else { self.units.clone() };
        chosen.retain(|units| units.quantity > 0);
        chosen.sort_by_key(|units| units.line);
        if chosen.windows(2).any(|two| two[0].line == two[1].line) {
            return Err(Problems::of("units", "Each line can be given once only"));
        }
        for units in &chosen {
            let line = lines.iter().find(|line| line.id == units.line);
            match line.map(|line| (line, line.to_send())) {
                Some((_, left)) if units.quantity <= left => {}
                Some((line, left)) => {
                    return Err(Problems::of("units", format!("Only {left} of {} are left to ship. Enter {left} or fewer", line.title)));
                }
                None => return Err(Problems::of("units", "One of these lines is not part of the order. Look at the order again")),
            }
        }
        if chosen.is_empty() {
            Err(Problems::of("units", "Enter how many units of at least one line are in the parcel"))
        } else {
            Ok(chosen)
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    pub note: String,
}

impl NoteForm {
    /// # Errors
    /// A problem on `note` when it is empty or too long.
    pub fn parse(&self) -> Result<String, Problems> {
        let note = self.note.trim();
        match note.chars().count() {
            0 => Err(Problems::of("note", "Write what the others should know")),
            1..=2000 => Ok(note.to_owned()),
            _ => Err(Problems::of("note", "Shorten the note to 2000 characters")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> ShipmentForm {
        ShipmentForm::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn units_of_each_line_are_whole_numbers_and_nothing_typed_is_none() {
        let read = form(&[("units-12", " 2 "), ("units-13", ""), ("carrier", "DHL")]);
        assert_eq!(read.units_for(&OrderLineId(12)), Some("2"));
        let input = read.parse().unwrap_or_else(|_| panic!());
        assert_eq!(input.units, [Units { line: OrderLineId(12), quantity: 2 }, Units { line: OrderLineId(13), quantity: 0 }]);
        for wrong in ["-1", "1.5", "two", "12:1"] {
            assert!(form(&[("units-12", wrong)]).parse().is_err_and(|problems| problems.on("units").is_some()), "{wrong}");
        }
    }

    #[test]
    fn a_parcel_is_followed_at_an_https_address_or_nowhere() {
        for right in ["", " https://track.example/AB1?x=1 "] {
            assert!(form(&[("tracking_url", right)]).parse().is_ok(), "{right}");
        }
        for wrong in ["http://track.example/", "javascript:alert(1)", "track.example", "https://", "https://you@track.example/"] {
            assert!(form(&[("tracking_url", wrong)]).parse().is_err_and(|problems| problems.on("tracking_url").is_some()), "{wrong}");
        }
    }

    #[test]
    fn a_choice_of_orders_is_written_as_it_is_read() {
        let chosen = Chosen::from_pairs(vec![("order".into(), "A B".into()), ("x".into(), "1".into()), ("order".into(), "C".into())]);
        assert_eq!(chosen.query(), "order=A+B&order=C");
    }
}
