//! What kinds of goods are said to be: product types, the attributes they declare, and a product's values of them.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    base::{AttributeId, ChoiceId, ProductTypeId, text_enum},
    schema::{attribute_choices, attributes, product_types},
};

text_enum! {
    pub enum AttributeKind {
        /// Words.
        Text = "text",
        /// A decimal number, with a unit or bare.
        Number = "number",
        /// Yes or no.
        Boolean = "boolean",
        /// One or several of the declared choices.
        Choice = "choice",
        /// The same, each with a colour that is painted.
        Colour = "colour",
    }
}

impl AttributeKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Number => "Number",
            Self::Boolean => "Yes or no",
            Self::Choice => "Choice from a list",
            Self::Colour => "Colour from a list",
        }
    }

    pub fn has_choices(self) -> bool {
        matches!(self, Self::Choice | Self::Colour)
    }
}

/// Goods that have the same attributes.
#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = product_types)]
pub struct ProductType {
    pub id: ProductTypeId,
    pub slug: String,
    pub name: String,
}

/// All that staff says of a product type.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = product_types)]
pub struct ProductTypeChange {
    pub slug: String,
    pub name: String,
}

#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = attributes)]
pub struct Attribute {
    pub id: AttributeId,
    pub product_type_id: ProductTypeId,
    pub code: String,
    pub name: String,
    pub kind: AttributeKind,
    /// Of a number; empty for a bare one.
    pub unit: String,
    pub filterable: bool,
    pub position: i32,
}

/// All that staff says of an attribute, but for its choices.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = attributes)]
pub struct AttributeChange {
    pub code: String,
    pub name: String,
    pub kind: AttributeKind,
    pub unit: String,
    pub filterable: bool,
    pub position: i32,
}

#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = attribute_choices)]
pub struct AttributeChoice {
    pub id: ChoiceId,
    pub attribute_id: AttributeId,
    pub value: String,
    /// `#rrggbb`, or empty.
    pub colour: String,
    pub position: i32,
}

/// A choice as it is to be: a new one has no id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceChange {
    pub id: Option<ChoiceId>,
    pub value: String,
    pub colour: String,
}

/// An attribute with what there is to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    pub attribute: Attribute,
    pub choices: Vec<AttributeChoice>,
}

/// What an attribute of a product is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeValue {
    Text(String),
    Number(Decimal),
    Boolean(bool),
    /// One or several, of a choice or a colour.
    Choices(Vec<ChoiceId>),
}

/// What a product says of one attribute, as it is read for a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub name: String,
    pub unit: String,
    pub text: Option<String>,
    pub number: Option<Decimal>,
    pub boolean: Option<bool>,
    /// Each with its colour, or an empty one; in the order in which they are declared.
    pub choices: Vec<(String, String)>,
}

impl Said {
    pub fn in_words(self) -> Specification {
        let Self { name, unit, text, number, boolean, choices } = self;
        let number = number.map(|number| format!("{} {unit}", number.normalize()).trim_end().to_owned());
        let boolean = boolean.map(|yes| if yes { "Yes" } else { "No" }.to_owned());
        let of_one = text.or(number).or(boolean).map(|words| vec![(words, String::new())]);
        Specification { name, values: of_one.unwrap_or(choices) }
    }
}

/// A line of a product's specification, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specification {
    pub name: String,
    /// Each value in words with its colour, or an empty one. Only choices have several.
    pub values: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_product_says_of_itself_reads_as_people_write_it() {
        let said = |said: Said| said.in_words().values;
        let plain = |words: &str| vec![(words.to_owned(), String::new())];
        let of = || Said { name: "Length".into(), unit: "mm".into(), ..Said::default() };
        assert_eq!(said(Said { number: Some(Decimal::new(12_500, 2)), ..of() }), plain("125 mm"));
        assert_eq!(said(Said { number: Some(Decimal::new(25, 1)), unit: String::new(), ..of() }), plain("2.5"));
        assert_eq!(said(Said { boolean: Some(false), ..of() }), plain("No"));
        assert_eq!(said(Said { text: Some("Ash".into()), ..of() }), plain("Ash"));
        let red = vec![("Red".to_owned(), "#aa0000".to_owned())];
        assert_eq!(said(Said { choices: red.clone(), ..of() }), red);
    }
}
