//! Products that belong together for the shop, and the rules that choose them.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::Serialize;

use super::Sort;
use crate::{
    base::{AttributeId, BrandId, CategoryId, ChoiceId, CollectionId, MediaId, ProductId, ProductTypeId, text_enum},
    media::Media,
    schema::{collection_rules, collections},
};

text_enum! {
    pub enum ChosenBy {
        /// Product by product, in order.
        Hand = "hand",
        /// Whatever meets the rules is in it.
        Rules = "rules",
    }
}

text_enum! {
    /// What a rule looks at.
    pub enum Subject {
        Price = "price",
        Brand = "brand",
        Category = "category",
        Type = "type",
        Tag = "tag",
        Attribute = "attribute",
        Sale = "sale",
        Stock = "stock",
        New = "new",
        Title = "title",
    }
}

impl Subject {
    pub fn label(self) -> &'static str {
        match self {
            Self::Price => "Its price",
            Self::Brand => "Its brand",
            Self::Category => "Its category",
            Self::Type => "Its product type",
            Self::Tag => "A tag of it",
            Self::Attribute => "An attribute of it",
            Self::Sale => "It is on sale",
            Self::Stock => "It is in stock",
            Self::New => "It is new",
            Self::Title => "Words in its name",
        }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = collections)]
pub struct Collection {
    pub id: CollectionId,
    pub slug: String,
    pub title: String,
    /// Plain text; an empty line parts paragraphs.
    pub description: String,
    pub media_id: Option<MediaId>,
    /// For search engines; empty: the title, the description.
    pub seo_title: String,
    pub seo_description: String,
    /// Shoppers see it; otherwise it is a draft.
    pub shown: bool,
    pub position: i32,
    /// Unless a shopper wants it otherwise.
    pub sort: Sort,
    pub chosen_by: ChosenBy,
    /// One rule is enough.
    pub any_rule: bool,
    /// Its rules are new, and products up to this id have been asked. `None`: all have.
    pub asked_to: Option<i64>,
}

impl Collection {
    pub fn url(&self) -> String {
        format!("/collections/{}", self.slug)
    }

    pub fn seo_title(&self) -> &str {
        if self.seo_title.is_empty() { &self.title } else { &self.seo_title }
    }

    pub fn seo_description(&self) -> &str {
        if self.seo_description.is_empty() { &self.description } else { &self.seo_description }
    }

    pub fn is_by_hand(&self) -> bool {
        self.chosen_by == ChosenBy::Hand
    }
}

/// All that staff says of a collection, but for its picture and its products.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = collections)]
pub struct CollectionChange {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub seo_title: String,
    pub seo_description: String,
    pub shown: bool,
    pub position: i32,
    pub sort: Sort,
    pub chosen_by: ChosenBy,
    pub any_rule: bool,
}

/// A collection in a list, with how many products are in it now, counted up to a bound.
#[derive(Clone, Debug)]
pub struct CollectionListed {
    pub collection: Collection,
    pub media: Option<Media>,
    pub products: i64,
}

/// One rule, as the database asks it.
#[derive(Queryable, Selectable, Insertable, Clone, Debug, PartialEq, Eq, Serialize)]
#[diesel(table_name = collection_rules)]
pub struct Rule {
    pub position: i32,
    pub subject: Subject,
    pub brand_id: Option<BrandId>,
    pub category_id: Option<CategoryId>,
    pub product_type_id: Option<ProductTypeId>,
    pub attribute_id: Option<AttributeId>,
    pub choice_id: Option<ChoiceId>,
    /// Bounds that fit themselves: minor units of a price, an attribute's number; days of what is new.
    pub low: Option<Decimal>,
    pub high: Option<Decimal>,
    pub text: Option<String>,
}

impl Rule {
    /// A rule that asks nothing yet.
    pub fn of(subject: Subject) -> Self {
        Self {
            position: 0,
            subject,
            brand_id: None,
            category_id: None,
            product_type_id: None,
            attribute_id: None,
            choice_id: None,
            low: None,
            high: None,
            text: None,
        }
    }
}

/// A rule with the names of what it refers to by id.
#[derive(Clone, Debug)]
pub struct NamedRule {
    pub rule: Rule,
    pub brand: Option<String>,
    pub choice: Option<String>,
}

/// What a rule says as it was typed, before names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleInput {
    /// Minor units, both included.
    Price(Option<i64>, Option<i64>),
    Brand(String),
    Category(CategoryId),
    Type(ProductTypeId),
    Tag(String),
    Attribute(AttributeId, String),
    Sale,
    Stock,
    /// Days.
    New(i32),
    Title(String),
}

#[derive(Clone, Debug)]
pub struct CollectionInput {
    pub change: CollectionChange,
    /// SKUs or ends of addresses, in order.
    pub products: Vec<String>,
    /// With the number of the row in which each was typed.
    pub rules: Vec<(usize, RuleInput)>,
}

/// What a collection would have.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub count: usize,
    pub first: Vec<ProductId>,
    /// So many products were looked at, the newest first; `None`: all.
    pub looked_at: Option<usize>,
}
