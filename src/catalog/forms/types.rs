//! Product types, their attributes, and brands as staff typed them.

use serde::Deserialize;

use crate::{
    base::{
        ChoiceId, Problems,
        meanwhile::{self, Fields, Parts, ticked},
        typed,
    },
    catalog::model::{AttributeChange, AttributeKind, Brand, BrandChange, ChoiceChange, Declared, ProductType, ProductTypeChange},
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProductTypeForm {
    pub name: String,
    pub slug: String,
    /// What it showed when it was opened.
    pub was: String,
}

impl ProductTypeForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![("name", self.name.as_str()), ("slug", self.slug.as_str())]
    }

    pub fn parse(&self) -> Result<ProductTypeChange, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 100, "Enter the product type's name, such as Claw hammer"));
        let slug = problems.take("slug", typed::slug(&self.slug, &self.name));
        name.zip(slug).map(|(name, slug)| ProductTypeChange { slug, name }).ok_or(problems)
    }
}

impl From<ProductType> for ProductTypeForm {
    fn from(of: ProductType) -> Self {
        let form = Self { name: of.name, slug: of.slug, was: String::new() };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AttributeForm {
    pub name: String,
    pub code: String,
    pub kind: String,
    pub unit: String,
    pub filterable: Option<String>,
    pub position: String,
    /// One of each for every choice; a new one has no id.
    pub choice_id: Vec<String>,
    pub choice_value: Vec<String>,
    pub choice_colour: Vec<String>,
    /// What it showed when it was opened.
    pub was: String,
}

/// Rows for new choices that stand below those there are.
const NEW_ROWS: usize = 5;

impl AttributeForm {
    pub fn fields(&self) -> Parts {
        let text = |text: &String| text.clone();
        let rows = self.rows().into_iter().filter(|[_, value, _]| !value.trim().is_empty());
        let choices = rows.map(|[_, value, colour]| format!("{} {}", value.trim(), colour.trim()).trim_end().to_owned());
        vec![
            ("name", text(&self.name)),
            ("code", text(&self.code)),
            ("kind", text(&self.kind)),
            ("unit", text(&self.unit)),
            ("filterable", ticked(&self.filterable).to_owned()),
            ("position", text(&self.position)),
            ("choices", choices.collect::<Vec<_>>().join(", ")),
        ]
    }

    pub fn parse(&self) -> Result<(AttributeChange, Vec<ChoiceChange>), Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 80, "Enter the attribute's name, such as Head weight"));
        let code = problems.take("code", self.code());
        let kind = problems.take("kind", self.kind.parse::<AttributeKind>().map_err(|_| "Choose what kind of value it has"));
        let unit = problems.take("unit", typed::optional(&self.unit, 20));
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000));
        let choices = problems.take("choices", self.choices(kind));
        let filterable = self.filterable.is_some();
        let unit = unit.filter(|_| kind == Some(AttributeKind::Number)).unwrap_or_default();
        let change = || Some(AttributeChange { code: code?, name: name?, kind: kind?, unit, filterable, position: position? });
        change().zip(choices).filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn code(&self) -> Result<String, &'static str> {
        let source = if self.code.trim().is_empty() { &self.name } else { &self.code };
        let made: String = slug::slugify(source).replace('-', "_").chars().take(40).collect();
        if made.starts_with(|c: char| c.is_ascii_lowercase()) {
            Ok(made)
        } else {
            Err("Enter letters, digits and _, beginning with a letter")
        }
    }

    fn choices(&self, kind: Option<AttributeKind>) -> Result<Vec<ChoiceChange>, String> {
        let Some(kind) = kind.filter(|kind| kind.has_choices()) else { return Ok(vec![]) };
        let mut choices = vec![];
        for (at, value) in self.choice_value.iter().enumerate() {
            let value = typed::optional(value, 100)?;
            if value.is_empty() {
                continue;
            }
            let colour = self.choice_colour.get(at).map(|colour| colour.trim().to_lowercase()).unwrap_or_default();
            let is_colour = colour.len() == 7 && colour.starts_with('#') && colour[1..].chars().all(|c| c.is_ascii_hexdigit());
            if kind == AttributeKind::Colour && !colour.is_empty() && !is_colour {
                return Err(format!("Enter the colour of {value} as # and six digits, such as #b87333"));
            }
            let id = self.choice_id.get(at).and_then(|id| id.parse().ok()).map(ChoiceId);
            choices.push(ChoiceChange { id, value, colour: if kind == AttributeKind::Colour { colour } else { String::new() } });
        }
        if choices.is_empty() { Err("Enter at least one choice".to_owned()) } else { Ok(choices) }
    }

    /// Id, value and colour of each row, with some empty ones at the end.
    pub fn rows(&self) -> Vec<[&str; 3]> {
        let lists = [&self.choice_id, &self.choice_value, &self.choice_colour];
        (0..self.choice_value.len() + NEW_ROWS).map(|at| lists.map(|list| list.get(at).map_or("", String::as_str))).collect()
    }
}

impl From<Declared> for AttributeForm {
    fn from(Declared { attribute, choices }: Declared) -> Self {
        let form = Self {
            name: attribute.name,
            code: attribute.code,
            kind: attribute.kind.as_str().to_owned(),
            unit: attribute.unit,
            filterable: attribute.filterable.then(|| "on".to_owned()),
            position: attribute.position.to_string(),
            choice_id: choices.iter().map(|choice| choice.id.to_string()).collect(),
            choice_colour: choices.iter().map(|choice| choice.colour.clone()).collect(),
            choice_value: choices.into_iter().map(|choice| choice.value).collect(),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BrandForm {
    pub name: String,
    pub slug: String,
    pub description: String,
    /// What it showed when it was opened.
    pub was: String,
}

impl BrandForm {
    pub fn fields(&self) -> Fields<'_> {
        vec![("name", self.name.as_str()), ("slug", self.slug.as_str()), ("description", self.description.as_str())]
    }

    pub fn parse(&self) -> Result<BrandChange, Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", typed::required(&self.name, 100, "Enter the brand's name"));
        let slug = problems.take("slug", typed::slug(&self.slug, &self.name));
        let description = problems.take("description", typed::long(&self.description, 5000));
        let change = || Some(BrandChange { slug: slug?, name: name?, description: description? });
        change().ok_or(problems)
    }
}

impl From<Brand> for BrandForm {
    fn from(brand: Brand) -> Self {
        let form = Self { name: brand.name, slug: brand.slug, description: brand.description, was: String::new() };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(kind: &str, choices: &[&str]) -> AttributeForm {
        AttributeForm {
            name: "Head weight".into(),
            kind: kind.into(),
            unit: "g".into(),
            choice_value: choices.iter().map(|value| (*value).to_owned()).collect(),
            ..AttributeForm::default()
        }
    }

    #[test]
    fn an_attribute_s_code_is_made_of_its_name_and_only_numbers_have_units() {
        let (change, _) = form("number", &[]).parse().unwrap();
        assert_eq!((change.code.as_str(), change.unit.as_str()), ("head_weight", "g"));
        assert_eq!(form("text", &[]).parse().unwrap().0.unit, "");
    }

    #[test]
    fn a_list_needs_choices_and_colours_are_written_as_digits() {
        assert!(form("choice", &["", " "]).parse().unwrap_err().on("choices").is_some());
        assert_eq!(form("choice", &["Ash", "", "Hickory"]).parse().unwrap().1.len(), 2);
        let wrong = AttributeForm { choice_colour: vec!["copper".into()], ..form("colour", &["Copper"]) };
        assert!(wrong.parse().unwrap_err().on("choices").unwrap().contains("#b87333"));
        let right = AttributeForm { choice_colour: vec!["#B87333".into()], ..form("colour", &["Copper"]) };
        assert_eq!(right.parse().unwrap().1[0].colour, "#b87333");
    }
}
