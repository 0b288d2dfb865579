use serde::Deserialize;

use super::fields::{Fields, amount, grams, kg_field, or_none};
use crate::{
    base::{Currency, Money, Problems, ShippingMethodId, ShippingZoneId, typed},
    shipping::model::{Step, Tariff, TariffKind},
};

/// Rows of one table.
const MOST_ROWS: usize = 200;

/// Rows that are offered empty.
const SPARE_ROWS: usize = 3;

/// What a method costs in a zone, as the owner typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct TariffForm {
    pub kind: String,
    pub price: String,
    pub base_price: String,
    pub price_per_kg: String,
    pub whole_kg: bool,
    pub rows: Vec<Row>,
    pub free_above: String,
    pub min_weight: String,
    pub max_weight: String,
    pub min_total: String,
    pub max_total: String,
    /// More rows are wanted; nothing is saved.
    pub more: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Row {
    pub up_to: String,
    pub price: String,
}

impl From<Vec<(String, String)>> for TariffForm {
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut fields = Fields::from(pairs);
        let count = fields.rows("up_to", MOST_ROWS);
        let row = |row| Row { up_to: fields.take(&format!("up_to_{row}")), price: fields.take(&format!("row_price_{row}")) };
        let rows = (1..=count).map(row).collect();
        let mut form = Self {
            kind: fields.take("kind"),
            price: fields.take("price"),
            base_price: fields.take("base_price"),
            price_per_kg: fields.take("price_per_kg"),
            whole_kg: fields.has("whole_kg"),
            rows,
            free_above: fields.take("free_above"),
            min_weight: fields.take("min_weight"),
            max_weight: fields.take("max_weight"),
            min_total: fields.take("min_total"),
            max_total: fields.take("max_total"),
            more: fields.has("more"),
        };
        if form.more {
            form.add_rows();
        }
        form
    }
}

impl TariffForm {
    /// An empty form.
    pub fn new() -> Self {
        let mut form = Self { kind: TariffKind::Flat.as_str().to_owned(), ..Self::default() };
        form.add_rows();
        form
    }

    /// `steps`: in their order.
    pub fn of(tariff: &Tariff, steps: &[Step], currency: Currency) -> Self {
        let plain = |minor: i64| Money::new(minor, currency).plain();
        let bound = |bound: i64| match tariff.kind {
            TariffKind::ByWeight => kg_field(bound),
            TariffKind::ByTotal => plain(bound),
            _ => bound.to_string(),
        };
        let row = |step: &Step| Row { up_to: step.bound().map(bound).unwrap_or_default(), price: plain(step.price) };
        let only = |kind, minor| if tariff.kind == kind { plain(minor) } else { String::new() };
        let mut form = Self {
            kind: tariff.kind.as_str().to_owned(),
            price: only(TariffKind::Flat, tariff.price),
            base_price: only(TariffKind::PerKg, tariff.price),
            price_per_kg: only(TariffKind::PerKg, tariff.price_per_kg),
            whole_kg: tariff.whole_kg,
            rows: steps.iter().map(row).collect(),
            free_above: tariff.free_above.map(plain).unwrap_or_default(),
            min_weight: tariff.min_weight_grams.map(kg_field).unwrap_or_default(),
            max_weight: tariff.max_weight_grams.map(kg_field).unwrap_or_default(),
            min_total: tariff.min_total.map(plain).unwrap_or_default(),
            max_total: tariff.max_total.map(plain).unwrap_or_default(),
            more: false,
        };
        form.add_rows();
        form
    }

    fn add_rows(&mut self) {
        self.rows.resize_with((self.rows.len() + SPARE_ROWS).min(MOST_ROWS), Row::default);
    }

    /// Only what belongs to the kind is looked at.
    pub fn parse(&self, method: ShippingMethodId, zone: ShippingZoneId, currency: Currency) -> Result<(Tariff, Vec<Step>), Problems> {
        let mut problems = Problems::default();
        let kind = self.kind.parse().map_err(|_| "Choose how the price comes about");
        let Some(kind) = problems.take("kind", kind) else { return Err(problems) };
        let mut tariff = Tariff::new(method, zone, kind);
        let mut steps = vec![];
        match kind {
            TariffKind::None => return Ok((tariff, steps)),
            TariffKind::Flat => tariff.price = problems.take("price", amount(&self.price, currency)).unwrap_or_default(),
            TariffKind::PerKg => self.per_kg(&mut tariff, currency, &mut problems),
            TariffKind::ByWeight | TariffKind::ByTotal | TariffKind::ByItems => steps = self.steps(&tariff, currency, &mut problems),
        }
        self.bounds(&mut tariff, currency, &mut problems);
        if problems.is_empty() { Ok((tariff, steps)) } else { Err(problems) }
    }

    fn per_kg(&self, tariff: &mut Tariff, currency: Currency, problems: &mut Problems) {
        tariff.price_per_kg = problems.take("price_per_kg", amount(&self.price_per_kg, currency)).unwrap_or_default();
        let base = or_none(&self.base_price, |text| amount(text, currency));
        tariff.price = problems.take("base_price", base).flatten().unwrap_or_default();
        tariff.whole_kg = self.whole_kg;
    }

    fn bounds(&self, tariff: &mut Tariff, currency: Currency, problems: &mut Problems) {
        let money = |text: &str| or_none(text, |text| amount(text, currency));
        tariff.free_above = problems.take("free_above", money(&self.free_above)).flatten();
        tariff.min_weight_grams = problems.take("min_weight", or_none(&self.min_weight, grams)).flatten();
        tariff.max_weight_grams = problems.take("max_weight", or_none(&self.max_weight, heaviest)).flatten();
        tariff.min_total = problems.take("min_total", money(&self.min_total)).flatten();
        tariff.max_total = problems.take("max_total", money(&self.max_total)).flatten();
        if tariff.min_weight_grams > tariff.max_weight_grams && tariff.max_weight_grams.is_some() {
            problems.add("max_weight", "Enter more than the lightest weight");
        }
        if tariff.min_total > tariff.max_total && tariff.max_total.is_some() {
            problems.add("max_total", "Enter more than the lowest sum");
        }
    }

    fn steps(&self, tariff: &Tariff, currency: Currency, problems: &mut Problems) -> Vec<Step> {
        let mut steps: Vec<Step> = vec![];
        for (row, typed) in (1..).zip(&self.rows) {
            if typed.up_to.trim().is_empty() && typed.price.trim().is_empty() {
                continue;
            }
            let bound = or_none(&typed.up_to, |text| bound(tariff.kind, text, currency)).and_then(|bound| {
                let twice = steps.iter().any(|step| step.bound() == bound);
                if twice { Err("Another row ends here already".to_owned()) } else { Ok(bound) }
            });
            let bound = problems.take(&format!("up_to_{row}"), bound);
            let price = problems.take(&format!("row_price_{row}"), amount(&typed.price, currency));
            if let (Some(bound), Some(price)) = (bound, price) {
                steps.push(Step::new(tariff.method_id, tariff.zone_id, tariff.kind, bound, price));
            }
        }
        if steps.is_empty() && problems.is_empty() {
            problems.add("up_to_1", "Fill in one row of the table at least");
        }
        steps
    }

    pub fn is_kind(&self, kind: &TariffKind) -> bool {
        self.kind == kind.as_str()
    }
}

fn bound(kind: TariffKind, text: &str, currency: Currency) -> Result<i64, String> {
    let bound = match kind {
        TariffKind::ByWeight => heaviest(text).map_err(str::to_owned),
        TariffKind::ByTotal => amount(text, currency),
        _ => typed::whole(text, 1..=1_000_000).map(i64::from),
    };
    bound.and_then(|bound| if bound > 0 { Ok(bound) } else { Err("Enter more than nothing".to_owned()) })
}

fn heaviest(text: &str) -> Result<i64, &'static str> {
    grams(text).and_then(|grams| if grams > 0 { Ok(grams) } else { Err("Enter more than nothing") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(form: &TariffForm) -> Result<(Tariff, Vec<Step>), Problems> {
        form.parse(ShippingMethodId(1), ShippingZoneId(2), Currency::parse("GBP").unwrap())
    }

    fn table(kind: &str, rows: &[(&str, &str)]) -> TariffForm {
        let row = |(up_to, price): &(&str, &str)| Row { up_to: (*up_to).to_owned(), price: (*price).to_owned() };
        TariffForm { kind: kind.into(), rows: rows.iter().map(row).collect(), ..TariffForm::default() }
    }

    #[test]
    fn a_table_is_read_in_the_unit_of_its_kind() {
        let bounds = |kind, up_to| parse(&table(kind, &[(up_to, "1"), ("", "2")])).unwrap().1.iter().map(Step::bound).collect::<Vec<_>>();
        assert_eq!(bounds("by_weight", "2.5"), [Some(2500), None]);
        assert_eq!(bounds("by_total", "2.5"), [Some(250), None]);
        assert_eq!(bounds("by_items", "2"), [Some(2), None]);
    }

    #[test]
    fn wrong_rows_are_told_each_beside_its_field() {
        let problems =
            parse(&table("by_weight", &[("2", "3.95"), ("2.000", "x"), ("much", "4"), ("0", "4"), ("", "1"), ("", "2")])).unwrap_err();
        for field in ["up_to_2", "row_price_2", "up_to_3", "up_to_4", "up_to_6"] {
            assert!(problems.on(field).is_some(), "{field}: {problems}");
        }
        assert!(problems.on("up_to_1").is_none());
        assert!(parse(&table("by_items", &[("", "")])).unwrap_err().on("up_to_1").is_some());
    }

    #[test]
    fn bounds_must_be_in_order() {
        let form = TariffForm {
            kind: "flat".into(),
            price: "5".into(),
            min_weight: "3".into(),
            max_weight: "2".into(),
            min_total: "10".into(),
            max_total: "9.99".into(),
            ..TariffForm::default()
        };
        let problems = parse(&form).unwrap_err();
        assert!(problems.on("max_weight").is_some() && problems.on("max_total").is_some());
        let open = TariffForm { max_weight: String::new(), max_total: String::new(), ..form };
        assert_eq!(parse(&open).unwrap().0.min_weight_grams, Some(3000));
    }

    #[test]
    fn what_belongs_to_another_kind_is_not_looked_at() {
        let form = TariffForm { kind: "per_kg".into(), price: "nonsense".into(), price_per_kg: "2.50".into(), ..table("", &[("x", "y")]) };
        let (tariff, steps) = parse(&form).unwrap();
        assert_eq!((tariff.price, tariff.price_per_kg, steps.len()), (0, 250, 0));
        assert!(parse(&TariffForm { kind: "by_mood".into(), ..TariffForm::default() }).unwrap_err().on("kind").is_some());
    }

    #[test]
    fn a_form_shows_what_was_saved() {
        let saved = parse(&table("by_weight", &[("2.5", "3.95"), ("", "19")])).unwrap();
        let form = TariffForm::of(&saved.0, &saved.1, Currency::parse("GBP").unwrap());
        assert_eq!((form.rows[0].up_to.as_str(), form.rows[0].price.as_str()), ("2.5", "3.95"));
        assert_eq!(parse(&form).unwrap(), saved);
    }
}
