//! Variants as staff typed them, one or many at once.

use serde::Deserialize;

use crate::{
    base::{
        Currency, Money, Problems, TextList, VariantId,
        meanwhile::{self, Fields},
        sha256_hex, typed,
    },
    catalog::model::{NewVariant, Pattern, ValueChange, Variant},
};

/// A variant as staff typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VariantForm {
    pub sku: String,
    pub option1: String,
    pub option2: String,
    pub option3: String,
    pub price: String,
    pub compare_at: String,
    pub weight_grams: String,
    pub barcode: String,
    pub position: String,
    pub tax_class: String,
    /// What it showed when it was opened.
    pub was: String,
}

impl VariantForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![
            ("sku", self.sku.as_str()),
            ("option1", self.option1.as_str()),
            ("option2", self.option2.as_str()),
            ("option3", self.option3.as_str()),
            ("price", self.price.as_str()),
            ("compare_at", self.compare_at.as_str()),
            ("weight_grams", self.weight_grams.as_str()),
            ("barcode", self.barcode.as_str()),
            ("position", self.position.as_str()),
            ("tax_class", self.tax_class.as_str()),
        ]
    }

    pub fn parse(&self, option_names: &[String], currency: Currency) -> Result<NewVariant, Problems> {
        let mut problems = Problems::default();
        let sku = problems.take("sku", typed::required(&self.sku, 64, "Enter the SKU, the code by which you know this variant"));
        let typed = [&self.option1, &self.option2, &self.option3];
        let mut values = vec![];
        for (at, (name, value)) in option_names.iter().zip(typed).enumerate() {
            let value = typed::required(value, 100, &format!("Enter the {}", name.to_lowercase()));
            values.extend(problems.take(&format!("option{}", at + 1), value));
        }
        let price = problems.take("price", Money::parse(&self.price, currency));
        let former = if self.compare_at.trim().is_empty() { Ok(None) } else { Money::parse(&self.compare_at, currency).map(Some) };
        let compare_at = problems.take("compare_at", former);
        let weight_grams = problems.take("weight_grams", typed::whole_or_none(&self.weight_grams, 0..=10_000_000));
        let barcode = problems.take("barcode", typed::optional(&self.barcode, 64));
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000_000));
        let variant = || {
            Some(NewVariant {
                sku: sku?,
                price: price?.minor,
                compare_at: compare_at?.map(|money| money.minor),
                weight_grams: weight_grams?,
                barcode: barcode?,
                tax_class: Some(self.tax_class.clone()).filter(|class| !class.is_empty()),
                position: position?,
                option_values: TextList(values),
            })
        };
        if problems.is_empty() { variant().ok_or(problems) } else { Err(problems) }
    }

    pub fn of(variant: &Variant, currency: Currency) -> Self {
        let option = |at: usize| variant.option_values.get(at).cloned().unwrap_or_default();
        let plain = |minor: i64| Money::new(minor, currency).plain();
        let form = Self {
            sku: variant.sku.clone(),
            option1: option(0),
            option2: option(1),
            option3: option(2),
            price: plain(variant.price),
            compare_at: variant.compare_at.map(plain).unwrap_or_default(),
            weight_grams: variant.weight_grams.to_string(),
            barcode: variant.barcode.clone(),
            position: variant.position.to_string(),
            tax_class: variant.tax_class.clone(),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }

    /// What was typed for the option at `at`, counted from 0.
    pub fn option(&self, at: &usize) -> &str {
        [&self.option1, &self.option2, &self.option3].get(*at).map_or("", |value| value)
    }
}

/// A page of variants: one of each for every row.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageForm {
    pub id: Vec<i64>,
    /// What each row was when it was shown, as [`VariantRow::sum`].
    pub was: Vec<String>,
    pub sku: Vec<String>,
    pub price: Vec<String>,
    pub compare_at: Vec<String>,
    pub weight_grams: Vec<String>,
    pub barcode: Vec<String>,
    /// The list that the page belongs to.
    pub q: String,
    pub page: i64,
}

/// What stands in one row.
#[derive(Clone, Debug)]
pub struct VariantRow {
    pub id: VariantId,
    /// `100 mm · Brass`.
    pub label: String,
    /// The sum of what is stored, whatever was typed.
    pub was: String,
    pub sku: String,
    pub price: String,
    pub compare_at: String,
    pub weight_grams: String,
    pub barcode: String,
}

impl VariantRow {
    pub fn of(variant: &Variant, currency: Currency) -> Self {
        let plain = |minor: i64| Money::new(minor, currency).plain();
        let row = Self {
            id: variant.id,
            label: variant.label(),
            was: String::new(),
            sku: variant.sku.clone(),
            price: plain(variant.price),
            compare_at: variant.compare_at.map(plain).unwrap_or_default(),
            weight_grams: variant.weight_grams.to_string(),
            barcode: variant.barcode.clone(),
        };
        Self { was: row.sum(), ..row }
    }

    /// Tells two states of a row apart.
    fn sum(&self) -> String {
        sha256_hex(self.fields().map(|(_, value, ..)| value).join("\n").as_bytes())[..16].to_owned()
    }

    /// What stands in it, in words.
    fn words(&self) -> String {
        let told = self.fields().into_iter().filter(|(_, value, ..)| !value.is_empty());
        told.map(|(_, value, label, _)| format!("{label} {value}")).collect::<Vec<_>>().join(", ")
    }
}

impl VariantRow {
    /// Name, value, label and width of each field.
    pub fn fields(&self) -> [(&'static str, &str, &'static str, &'static str); 5] {
        [
            ("sku", &self.sku, "SKU", "mid"),
            ("price", &self.price, "Price", "short"),
            ("compare_at", &self.compare_at, "Former price", "short"),
            ("weight_grams", &self.weight_grams, "Weight in grams", "short"),
            ("barcode", &self.barcode, "Barcode", "mid"),
        ]
    }
}

impl PageForm {
    /// What was typed for a variant in place of what it is. A row that nobody typed into is as it is now.
    pub fn typed(&self, row: VariantRow) -> VariantRow {
        let Some(at) = self.id.iter().position(|id| *id == row.id.0) else { return row };
        let of = |list: &[String], was: String| list.get(at).cloned().unwrap_or(was);
        let now = row.clone();
        let typed = VariantRow {
            sku: of(&self.sku, row.sku),
            price: of(&self.price, row.price),
            compare_at: of(&self.compare_at, row.compare_at),
            weight_grams: of(&self.weight_grams, row.weight_grams),
            barcode: of(&self.barcode, row.barcode),
            ..row
        };
        if self.was.get(at).is_some_and(|was| *was == typed.sum()) { now } else { typed }
    }

    /// Whether the row was other when it was shown: somebody else has changed it meanwhile.
    fn is_stale(&self, row: &VariantRow) -> bool {
        let at = self.id.iter().position(|id| *id == row.id.0);
        at.and_then(|at| self.was.get(at)).is_some_and(|was| *was != row.was)
    }

    /// Changes to those of these variants that were typed in; a problem's field has the variant's id behind it. A row that somebody
    /// else has changed meanwhile keeps their change unless this one was changed too; then both are told.
    pub fn parse(&self, variants: &[Variant], currency: Currency) -> Result<Vec<(VariantId, NewVariant)>, Problems> {
        let mut problems = Problems::default();
        let mut changes = vec![];
        for variant in variants {
            let had = VariantRow::of(variant, currency);
            let row = self.typed(had.clone());
            let on = |field: &str| format!("{field}-{}", variant.id);
            if row.sum() != had.was && self.is_stale(&had) {
                let words =
                    format!("Somebody else has changed this meanwhile. It is now: {}. Save again to have what you typed", had.words());
                problems.add(&on("sku"), words);
                continue;
            }
            let sku = problems.take(&on("sku"), typed::required(&row.sku, 64, "Enter the SKU"));
            let price = problems.take(&on("price"), Money::parse(&row.price, currency));
            let former = if row.compare_at.trim().is_empty() { Ok(None) } else { Money::parse(&row.compare_at, currency).map(Some) };
            let former = problems.take(&on("compare_at"), former);
            let weight = problems.take(&on("weight_grams"), typed::whole_or_none(&row.weight_grams, 0..=10_000_000));
            let barcode = problems.take(&on("barcode"), typed::optional(&row.barcode, 64));
            let change = || {
                Some(NewVariant {
                    position: variant.position,
                    sku: sku?,
                    option_values: variant.option_values.clone(),
                    price: price?.minor,
                    compare_at: former?.map(|money| money.minor),
                    weight_grams: weight?,
                    barcode: barcode?,
                    tax_class: None,
                })
            };
            changes.extend(change().filter(|change| !is_as(change, variant)).map(|change| (variant.id, change)));
        }
        if problems.is_empty() { Ok(changes) } else { Err(problems) }
    }
}

fn is_as(change: &NewVariant, variant: &Variant) -> bool {
    change.sku == variant.sku
        && change.price == variant.price
        && change.compare_at == variant.compare_at
        && change.weight_grams == variant.weight_grams
        && change.barcode == variant.barcode
}

/// Names and places of options' values: one of each for every value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ValuesForm {
    pub option: Vec<i32>,
    pub was: Vec<String>,
    pub is: Vec<String>,
    pub position: Vec<String>,
}

impl ValuesForm {
    pub fn parse(&self) -> Result<Vec<ValueChange>, Problems> {
        let mut problems = Problems::default();
        let mut changes = vec![];
        for (at, (option, was)) in self.option.iter().zip(&self.was).enumerate() {
            let is = self.is.get(at).map_or(was.as_str(), String::as_str);
            let is = problems.take("values", typed::required(is, 100, &format!("Enter what {was} is to be called")));
            let place = self.position.get(at).map_or("", String::as_str);
            let position = problems.take("values", typed::whole_or_none(place, 0..=10_000_000));
            let change = || Some(ValueChange { option: *option, was: was.clone(), is: is?, position: position? });
            changes.extend(change());
        }
        if problems.is_empty() { Ok(changes) } else { Err(problems) }
    }
}

/// Values to combine, one in a line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GenerateForm {
    pub values1: String,
    pub values2: String,
    pub values3: String,
    pub price: String,
    pub weight_grams: String,
    pub sku: String,
}

impl GenerateForm {
    pub fn parse(&self, options: usize, currency: Currency) -> Result<(Vec<Vec<String>>, Pattern), Problems> {
        let mut problems = Problems::default();
        let mut values = vec![];
        for (at, text) in [&self.values1, &self.values2, &self.values3].into_iter().take(options).enumerate() {
            values.extend(problems.take(&format!("values{}", at + 1), lines(text)));
        }
        let price = problems.take("price", Money::parse(&self.price, currency));
        let weight_grams = problems.take("weight_grams", typed::whole_or_none(&self.weight_grams, 0..=10_000_000));
        let sku = problems.take("sku", typed::required(&self.sku, 40, "Enter what the SKUs begin with"));
        let pattern = || Some(Pattern { price: price?.minor, weight_grams: weight_grams?, sku: sku?, tax_class: None });
        pattern().filter(|_| problems.is_empty()).map(|pattern| (values, pattern)).ok_or(problems)
    }

    /// What was typed for the option at `at`, counted from 0.
    pub fn values(&self, at: &usize) -> &str {
        [&self.values1, &self.values2, &self.values3].get(*at).map_or("", |text| text)
    }
}

fn lines(text: &str) -> Result<Vec<String>, String> {
    let mut values = TextList::default().0;
    for line in typed::long(text, 60_000)?.lines() {
        let value = typed::optional(line, 100)?;
        if !value.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    if values.is_empty() { Err("Enter at least one value".to_owned()) } else { Ok(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_needs_a_value_for_each_option_of_its_product() {
        let form = VariantForm { sku: "HP-1".into(), price: "4.50".into(), ..Default::default() };
        let problems = form.parse(&["Length".to_owned()], Currency::parse("GBP").unwrap()).unwrap_err();
        assert_eq!(problems.on("option1"), Some("Enter the length"));
        let whole = VariantForm { option1: "1 m".into(), compare_at: "5".into(), ..form };
        let variant = whole.parse(&["Length".to_owned()], Currency::parse("GBP").unwrap()).unwrap();
        assert_eq!((variant.price, variant.compare_at), (450, Some(500)));
    }
}
