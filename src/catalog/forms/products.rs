//! A product as staff typed it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

use crate::{
    base::{AttributeId, CategoryId, ChoiceId, Problems, TextList, typed},
    catalog::{
        model::{AttributeKind, AttributeValue, Category, Declared, Product, ProductChange, ProductEdit, Schedule, Status},
        rules::clean_html,
    },
};

/// A product as staff typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProductForm {
    pub title: String,
    pub slug: String,
    pub description: String,
    pub vendor: String,
    pub product_type: String,
    pub tags: String,
    pub option1: String,
    pub option2: String,
    pub option3: String,
    pub status: String,
    pub featured: Option<String>,
    pub is_gift_card: Option<String>,
    pub categories: Vec<i64>,
    pub on_sale_from: String,
    pub on_sale_until: String,
    /// The version of the product on which the form is based.
    pub version: i32,
    /// Ids of the attributes that are said in words or numbers, and what is said of each.
    pub attribute: Vec<i64>,
    pub value: Vec<String>,
    /// Choices that are ticked, as `attribute:choice`.
    pub choice: Vec<String>,
    /// Asked for the fields of the chosen type only.
    pub show: Option<String>,
}

impl ProductForm {
    /// `declared` is what the chosen product type says that its products have.
    pub fn parse_edit(&self, declared: &[Declared]) -> Result<ProductEdit, Problems> {
        let mut problems = Problems::default();
        let from = problems.take("on_sale_from", moment(&self.on_sale_from));
        let until = problems.take("on_sale_until", moment(&self.on_sale_until));
        let mut attributes = vec![];
        for Declared { attribute, choices } in declared {
            let known = choices.iter().map(|choice| choice.id).collect::<Vec<_>>();
            let said = self.said(attribute.id, attribute.kind, &known);
            attributes.extend(problems.take(&format!("attribute-{}", attribute.id), said).flatten().map(|value| (attribute.id, value)));
        }
        match self.parse() {
            Ok((change, categories)) if problems.is_empty() => {
                let schedule = Schedule { on_sale_from: from.flatten(), on_sale_until: until.flatten() };
                Ok(ProductEdit { change, schedule, categories, attributes })
            }
            Ok(_) => Err(problems),
            Err(others) => {
                let mut all = others;
                problems.iter().for_each(|problem| all.add(&problem.field, problem.message.clone()));
                Err(all)
            }
        }
    }

    /// What is said of an attribute; `None`: nothing.
    fn said(&self, id: AttributeId, kind: AttributeKind, known: &[ChoiceId]) -> Result<Option<AttributeValue>, String> {
        if kind.has_choices() {
            let chosen: Vec<_> = known.iter().copied().filter(|choice| self.has_choice(&id, choice)).collect();
            return Ok(Some(chosen).filter(|chosen| !chosen.is_empty()).map(AttributeValue::Choices));
        }
        let text = self.value_of(&id);
        if text.trim().is_empty() {
            return Ok(None);
        }
        let value = match kind {
            AttributeKind::Number => AttributeValue::Number(number(text)?),
            AttributeKind::Boolean => AttributeValue::Boolean(text == "yes"),
            _ => AttributeValue::Text(typed::optional(text, 500)?),
        };
        Ok(Some(value))
    }

    /// What stands in the field of an attribute.
    pub fn value_of(&self, id: &AttributeId) -> &str {
        let at = self.attribute.iter().position(|known| *known == id.0);
        at.and_then(|at| self.value.get(at)).map_or("", String::as_str)
    }

    pub fn has_choice(&self, id: &AttributeId, choice: &ChoiceId) -> bool {
        self.choice.iter().any(|ticked| *ticked == format!("{id}:{choice}"))
    }

    /// Fills in what the product says of its attributes.
    pub fn with_attributes(mut self, said: BTreeMap<AttributeId, AttributeValue>) -> Self {
        for (id, value) in said {
            let text = match value {
                AttributeValue::Text(text) => text,
                AttributeValue::Number(number) => number.to_string(),
                AttributeValue::Boolean(yes) => if yes { "yes" } else { "no" }.to_owned(),
                AttributeValue::Choices(ids) => {
                    self.choice.extend(ids.into_iter().map(|choice| format!("{id}:{choice}")));
                    continue;
                }
            };
            self.attribute.push(id.0);
            self.value.push(text);
        }
        self
    }

    pub fn parse(&self) -> Result<(ProductChange, Vec<CategoryId>), Problems> {
        let mut problems = Problems::default();
        let title = problems.take("title", typed::required(&self.title, 200, "Enter the product's name"));
        let slug = problems.take("slug", typed::slug(&self.slug, &self.title));
        let vendor = problems.take("vendor", typed::optional(&self.vendor, 100));
        let product_type = problems.take("product_type", typed::optional(&self.product_type, 100));
        let description = problems.take("description", typed::long(&self.description, 50_000));
        let tags = problems.take("tags", list(&self.tags));
        let options = problems.take("option1", self.option_names());
        let status = problems.take("status", self.status.parse::<Status>().map_err(|_| "Choose whether the product is for sale"));
        let (featured, is_gift_card) = (self.featured.is_some(), self.is_gift_card.is_some());
        let change = || {
            Some(ProductChange {
                slug: slug?,
                title: title?,
                description: clean_html(&description?),
                vendor: vendor?,
                product_type: product_type?,
                tags: tags?,
                option_names: options?,
                status: status?,
                featured,
                is_gift_card,
            })
        };
        let categories = self.categories.iter().map(|id| CategoryId(*id)).collect();
        change().map(|change| (change, categories)).ok_or(problems)
    }

    fn option_names(&self) -> Result<TextList, &'static str> {
        let typed = [&self.option1, &self.option2, &self.option3].map(|name| name.trim().to_owned());
        let names: Vec<_> = typed.iter().filter(|name| !name.is_empty()).cloned().collect();
        if typed[..names.len()].iter().any(String::is_empty) {
            return Err("Fill the options from the first one on");
        }
        let twice = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
        if twice { Err("Two options can't have the same name") } else { Ok(TextList(names)) }
    }

    pub fn has_category(&self, id: &CategoryId) -> bool {
        self.categories.contains(&id.0)
    }
}

impl ProductForm {
    pub fn of(product: Product, categories: &[Category]) -> Self {
        let option = |at: usize| product.option_names.get(at).cloned().unwrap_or_default();
        Self {
            option1: option(0),
            option2: option(1),
            option3: option(2),
            title: product.title,
            slug: product.slug,
            description: product.description,
            vendor: product.vendor,
            product_type: product.product_type,
            tags: product.tags.join(", "),
            status: product.status.as_str().to_owned(),
            featured: product.featured.then(|| "on".to_owned()),
            is_gift_card: product.is_gift_card.then(|| "on".to_owned()),
            categories: categories.iter().map(|category| category.id.0).collect(),
            on_sale_from: moment_text(product.on_sale_from),
            on_sale_until: moment_text(product.on_sale_until),
            version: product.version,
            ..Self::default()
        }
    }
}

/// A moment as browsers' fields send it, in UTC; `None` when empty.
fn moment(text: &str) -> Result<Option<DateTime<Utc>>, &'static str> {
    let text = text.trim().replace(' ', "T");
    if text.is_empty() {
        return Ok(None);
    }
    let with_time = if text.contains('T') { text } else { format!("{text}T00:00") };
    let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(|shape| NaiveDateTime::parse_from_str(&with_time, shape).ok());
    let sensible = read.filter(|at| (2000..2200).contains(&chrono::Datelike::year(at)));
    sensible.map(|at| Some(at.and_utc())).ok_or("Enter a day and a time such as 2026-12-01 09:00")
}

fn moment_text(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
}

/// A decimal number, as the database holds it: up to 14 digits before the point and 6 behind.
fn number(text: &str) -> Result<rust_decimal::Decimal, &'static str> {
    let read = text.trim().replace(',', ".").parse::<rust_decimal::Decimal>().ok();
    let most = rust_decimal::Decimal::from(10_000_000_000_000i64);
    let fits = |number: &rust_decimal::Decimal| number.abs() < most && number.normalize().scale() <= 6;
    read.filter(fits).ok_or("Enter a number such as 12 or 0.5")
}

fn list(text: &str) -> Result<TextList, String> {
    let mut tags: Vec<String> = vec![];
    for tag in typed::long(text, 2000)?.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    Ok(TextList(tags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_without_an_address_gets_one_made_of_its_name() {
        let form = ProductForm {
            title: "Claw hammer, 16 oz".into(),
            status: "draft".into(),
            tags: "steel, ash,steel".into(),
            ..Default::default()
        };
        let (change, _) = form.parse().unwrap();
        assert_eq!(change.slug, "claw-hammer-16-oz");
        assert_eq!(change.tags.0, ["steel", "ash"]);
    }

    #[test]
    fn options_must_be_filled_from_the_first_on_and_differ() {
        let form = |option1: &str, option2: &str| ProductForm {
            title: "Hinge".into(),
            status: "draft".into(),
            option1: option1.into(),
            option2: option2.into(),
            ..Default::default()
        };
        assert!(form("", "Finish").parse().unwrap_err().on("option1").is_some());
        assert!(form("Size", "Size").parse().unwrap_err().on("option1").is_some());
        assert_eq!(form("Size", "Finish").parse().unwrap().0.option_names.0, ["Size", "Finish"]);
    }
}
