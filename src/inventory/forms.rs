use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    model::{LocationChange, LocationKind, Policy},
    rules::{self, TypedLine},
};
use crate::base::{CategoryId, LocationId, Problems, VariantId, typed};

/// What staff counted of a variant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StockForm {
    pub on_hand: String,
    /// Where; empty: wherever it is.
    pub location: String,
    /// What was there by the books when the page was made.
    pub seen: String,
    /// Present: sold without counting.
    pub untracked: Option<String>,
}

/// A count that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub units: i32,
    pub location: Option<LocationId>,
    pub seen: Option<i32>,
}

impl StockForm {
    /// `None`: sold without counting.
    pub fn parse(&self) -> Result<Option<Counted>, Problems> {
        if self.untracked.is_some() {
            return Ok(None);
        }
        let units = self.on_hand.trim().parse().ok().filter(|units| (0..=1_000_000).contains(units));
        let units = units.ok_or_else(|| Problems::of("on_hand", "Enter the number of units counted, such as 25"))?;
        Ok(Some(Counted { units, location: self.location.parse().ok(), seen: self.seen.parse().ok() }))
    }
}

/// How a variant is sold beyond how many there are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyForm {
    pub backorder_limit: String,
    pub preorder: Option<String>,
    pub available_from: String,
    pub low_at: String,
    pub most_per_order: String,
}

impl From<Policy> for PolicyForm {
    fn from(policy: Policy) -> Self {
        let number = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            backorder_limit: policy.backorder_limit.to_string(),
            preorder: policy.preorder.then(|| "on".to_owned()),
            available_from: policy.available_from.map(|day| day.to_string()).unwrap_or_default(),
            low_at: number(policy.low_at),
            most_per_order: number(policy.most_per_order),
        }
    }
}

impl PolicyForm {
    pub fn parse(&self) -> Result<Policy, Problems> {
        let mut problems = Problems::default();
        let optional = |text: &str, range| if text.trim().is_empty() { Ok(None) } else { typed::whole(text, range).map(Some) };
        let policy = Policy {
            backorder_limit: problems
                .take("backorder_limit", typed::whole_or_none(&self.backorder_limit, 0..=1_000_000))
                .unwrap_or_default(),
            preorder: self.preorder.is_some(),
            available_from: problems.take("available_from", day(&self.available_from)).flatten(),
            low_at: problems.take("low_at", optional(&self.low_at, 0..=100_000)).flatten(),
            most_per_order: problems.take("most_per_order", optional(&self.most_per_order, 1..=999)).flatten(),
        };
        if policy.preorder && policy.available_from.is_none() && problems.on("available_from").is_none() {
            problems.add("available_from", "Say from which day it ships, or take the tick from “Pre-order” out");
        }
        if problems.is_empty() { Ok(policy) } else { Err(problems) }
    }
}

fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.trim().parse().map(Some).map_err(|_| "Enter the day as year-month-day, such as 2026-12-03".to_owned())
}

/// Goods that came in, or are carried elsewhere.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GoodsForm {
    pub submission: String,
    pub location: String,
    /// Of a transfer only.
    pub to: String,
    /// Of a receipt only.
    pub supplier: String,
    pub reference: String,
    pub sku: Vec<String>,
    pub quantity: Vec<String>,
    pub pasted: String,
}

/// Rows of an empty form. More are pasted.
const ROWS: usize = 6;

/// Lines of one paper at most.
const MOST_LINES: usize = 500;

impl GoodsForm {
    pub fn new() -> Self {
        Self { submission: Uuid::new_v4().to_string(), ..Self::default() }
    }

    /// Number, SKU and quantity of each row that the form shows.
    pub fn rows(&self) -> Vec<(usize, &str, &str)> {
        let rows = self.sku.len().max(self.quantity.len()).clamp(ROWS, MOST_LINES);
        (0..rows).map(|at| (at + 1, cell(&self.sku, at), cell(&self.quantity, at))).collect()
    }

    /// A form that was not made by us counts as another one each time.
    pub fn submission(&self) -> Uuid {
        self.submission.parse().unwrap_or_else(|_| Uuid::new_v4())
    }

    pub fn lines(&self, problems: &mut Problems) -> Vec<TypedLine> {
        let mut lines = match rules::typed_lines(&self.sku, &self.quantity) {
            Ok(lines) => lines,
            Err(wrong) => {
                wrong.into_iter().for_each(|(field, message)| problems.add(&field, message));
                vec![]
            }
        };
        lines.extend(problems.take("pasted", rules::pasted_lines(&self.pasted)).unwrap_or_default());
        if lines.is_empty() && problems.is_empty() {
            problems.add("sku-1", "Enter at least one SKU and how many");
        }
        if lines.len() > MOST_LINES {
            problems.add("pasted", format!("{MOST_LINES} lines at once at most. Book the rest by itself"));
        }
        lines
    }

    pub fn place(&self, field: &str, problems: &mut Problems) -> LocationId {
        let typed = if field == "to" { &self.to } else { &self.location };
        problems.take(field, typed.parse().map_err(|_| "Choose a location")).unwrap_or(LocationId(0))
    }

    pub fn words(&self, field: &str, problems: &mut Problems) -> String {
        let typed = if field == "supplier" { &self.supplier } else { &self.reference };
        problems.take(field, typed::optional(typed, 120)).unwrap_or_default()
    }
}

fn cell(list: &[String], at: usize) -> &str {
    list.get(at).map_or("", String::as_str)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LocationForm {
    pub name: String,
    pub kind: String,
    pub address: String,
}

impl LocationForm {
    pub fn parse(&self) -> Result<LocationChange, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter a name, such as Warehouse"));
        let address = problems.take("address", typed::long(&self.address, 500));
        let kind = problems.take("kind", self.kind.parse::<LocationKind>().map_err(|_| "Choose what it is"));
        match (name, kind, address) {
            (Some(name), Some(kind), Some(address)) => Ok(LocationChange { name, kind, address }),
            _ => Err(problems),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HoldForm {
    pub minutes: String,
}

impl HoldForm {
    pub fn parse(&self) -> Result<i32, Problems> {
        typed::whole(&self.minutes, 1..=1440).map_err(|message| Problems::of("minutes", message))
    }
}

/// What is to be counted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StocktakeForm {
    pub location: String,
    /// Empty: everything.
    pub category: String,
}

impl StocktakeForm {
    pub fn parse(&self) -> Result<(LocationId, Option<CategoryId>), Problems> {
        let location = self.location.parse().map_err(|_| Problems::of("location", "Choose where to count"))?;
        if self.category.is_empty() {
            return Ok((location, None));
        }
        let category = self.category.parse().map_err(|_| Problems::of("category", "Choose what to count"))?;
        Ok((location, Some(category)))
    }
}

/// A page of counts: each variant and what was typed for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CountsForm {
    pub variant: Vec<VariantId>,
    pub counted: Vec<String>,
    pub page: Option<i64>,
}

impl CountsForm {
    /// An empty field: not counted.
    pub fn parse(&self) -> Result<Vec<(VariantId, Option<i32>)>, Problems> {
        let mut problems = Problems::default();
        let mut counts = vec![];
        for (variant, typed) in self.variant.iter().zip(&self.counted) {
            if typed.trim().is_empty() {
                counts.push((*variant, None));
            } else if let Some(units) = problems.take(&format!("counted-{variant}"), typed::whole(typed, 0..=1_000_000)) {
                counts.push((*variant, Some(units)));
            }
        }
        if problems.is_empty() { Ok(counts) } else { Err(problems) }
    }

    pub fn typed_for(&self, variant: VariantId) -> Option<&str> {
        let at = self.variant.iter().position(|known| *known == variant)?;
        self.counted.get(at).map(String::as_str)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SkuForm {
    pub sku: String,
}

/// A part of a bundle as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PartForm {
    pub sku: String,
    pub quantity: String,
}

impl PartForm {
    pub fn parse(&self) -> Result<(String, i32), Problems> {
        let mut problems = Problems::default();
        let sku = problems.take("sku", typed::required(&self.sku, 100, "Enter the SKU of the part"));
        let quantity = problems.take("quantity", typed::whole(&self.quantity, 1..=1000));
        sku.zip(quantity).ok_or(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_whole_number_or_none_at_all() {
        let form = |on_hand: &str| StockForm { on_hand: on_hand.into(), ..StockForm::default() };
        assert_eq!(form(" 12 ").parse().unwrap(), Some(Counted { units: 12, location: None, seen: None }));
        for wrong in ["", "-1", "1.5", "many", "99999999"] {
            assert!(form(wrong).parse().is_err(), "{wrong}");
        }
        assert_eq!(StockForm { untracked: Some("on".into()), ..form("") }.parse().unwrap(), None);
        let whole = StockForm { location: "3".into(), seen: "10".into(), ..form("7") };
        assert_eq!(whole.parse().unwrap(), Some(Counted { units: 7, location: Some(LocationId(3)), seen: Some(10) }));
    }

    #[test]
    fn a_pre_order_needs_its_day() {
        let form = PolicyForm { preorder: Some("on".into()), backorder_limit: "20".into(), ..PolicyForm::default() };
        assert!(form.parse().unwrap_err().on("available_from").is_some());
        let dated = PolicyForm { available_from: "2026-12-03".into(), ..form.clone() };
        assert_eq!(dated.parse().unwrap().available_from, NaiveDate::from_ymd_opt(2026, 12, 3));
        assert!(PolicyForm { available_from: "soon".into(), ..form }.parse().is_err());
        assert_eq!(PolicyForm::default().parse().unwrap(), Policy::default(), "nothing said is nothing special");
    }

    #[test]
    fn what_was_not_counted_is_not_zero() {
        let form = CountsForm { variant: vec![VariantId(1), VariantId(2)], counted: vec![" ".into(), "0".into()], page: None };
        assert_eq!(form.parse().unwrap(), [(VariantId(1), None), (VariantId(2), Some(0))]);
        let wrong = CountsForm { counted: vec!["x".into(), "-1".into()], ..form };
        assert!(wrong.parse().unwrap_err().on("counted-2").is_some());
    }
}
