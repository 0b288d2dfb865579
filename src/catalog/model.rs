use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{CategoryId, ProductId, TextList, VariantId, text_enum},
    media::{Media, Picture},
    schema::{categories, products, tax_classes, variants},
};

text_enum! {
    pub enum Status {
        /// Being prepared; only staff see it.
        Draft = "draft",
        /// For sale.
        Active = "active",
        /// Not sold any more; kept for its history.
        Archived = "archived",
    }
}

text_enum! {
    /// How a list of products is sorted.
    pub enum Sort {
        Newest = "newest",
        Cheapest = "cheapest",
        Dearest = "dearest",
        Title = "title",
    }
}

impl Sort {
    pub fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Cheapest => "Price, lowest first",
            Self::Dearest => "Price, highest first",
            Self::Title => "Name, A to Z",
        }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = products)]
pub struct Product {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    /// Sanitised HTML.
    pub description: String,
    pub vendor: String,
    pub product_type: String,
    pub tags: TextList,
    pub option_names: TextList,
    pub status: Status,
    pub featured: bool,
    /// Each unit sold becomes a gift card worth the variant's price.
    pub is_gift_card: bool,
    pub updated_at: DateTime<Utc>,
}

/// All that staff or an import says of a product.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = products)]
pub struct ProductChange {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub vendor: String,
    pub product_type: String,
    pub tags: TextList,
    pub option_names: TextList,
    pub status: Status,
    pub featured: bool,
    pub is_gift_card: bool,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = variants)]
pub struct Variant {
    pub id: VariantId,
    pub product_id: ProductId,
    pub position: i32,
    pub sku: String,
    pub option_values: TextList,
    /// Minor units, with or without tax as the tax settings say.
    pub price: i64,
    pub compare_at: Option<i64>,
    pub weight_grams: i32,
    pub barcode: String,
    pub tax_class: String,
    pub archived_at: Option<DateTime<Utc>>,
}

impl Variant {
    /// `1 kg · Brass`; empty for a product without options.
    pub fn label(&self) -> String {
        self.option_values.join(" · ")
    }
}

/// All that staff or an import says of a variant.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = variants, treat_none_as_null = true)]
pub struct NewVariant {
    pub position: i32,
    pub sku: String,
    pub option_values: TextList,
    pub price: i64,
    pub compare_at: Option<i64>,
    pub weight_grams: i32,
    pub barcode: String,
    /// `None`: as it is; `standard` for a new one.
    #[diesel(treat_none_as_null = false)]
    pub tax_class: Option<String>,
}

/// A kind of goods that the law taxes alike, as a variant names it. What its rates are is the room `tax`'s business.
#[derive(Queryable, Selectable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = tax_classes)]
pub struct TaxClass {
    pub code: String,
    pub name: String,
}

/// A variant with what a cart shows of its product.
#[derive(Clone, Debug)]
pub struct VariantForSale {
    pub variant: Variant,
    pub slug: String,
    pub title: String,
    /// The product is active and the variant not archived.
    pub is_sold: bool,
    /// It is money and no goods: neither weighed nor taxed, and nothing of it can run out.
    pub is_gift_card: bool,
    pub picture: Option<Picture>,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = categories)]
pub struct Category {
    pub id: CategoryId,
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub position: i32,
}

impl Category {
    pub fn url(&self) -> String {
        format!("/categories/{}", self.slug)
    }
}

/// A top category with the categories in it.
#[derive(Clone, Debug)]
pub struct CategoryTree {
    pub category: Category,
    pub children: Vec<Category>,
}

/// A product as it stands in a list.
#[derive(Clone, Debug)]
pub struct Card {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    pub vendor: String,
    /// Lowest and highest of its variants' own prices, in minor units. What is asked today is said by `pricing`.
    pub lowest: i64,
    pub highest: i64,
    /// Former price of the cheapest variant.
    pub compare_at: Option<i64>,
    pub picture: Option<Picture>,
}

#[derive(Clone, Debug)]
pub struct ProductImage {
    pub media: Media,
    pub alt: String,
    pub position: i32,
}

impl ProductImage {
    pub fn picture(&self) -> Picture {
        Picture { media: self.media.clone(), alt: self.alt.clone() }
    }
}
