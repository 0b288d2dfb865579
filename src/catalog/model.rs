mod attributes;
mod brands;
mod bulk;
mod collections;
mod goods;
mod history;
mod rating;
mod sheet;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use serde::Deserialize;

use crate::{
    base::{AttributeId, BrandId, CategoryId, MediaId, ProductId, ProductTypeId, TextList, VariantId, text_enum},
    media::{Media, Picture},
    schema::{categories, products, tax_classes, variants},
};

pub use attributes::{
    Attribute, AttributeChange, AttributeChoice, AttributeKind, AttributeValue, ChoiceChange, Declared, ProductType, ProductTypeChange,
    Said, Specification,
};
pub use brands::{Brand, BrandChange, BrandListed, Redirect};
pub use bulk::{BulkAction, BulkEdit, BulkState, PriceStep, ProductFilter, Rounding, Selection, StockState};
pub use collections::{
    ChosenBy, Collection, CollectionChange, CollectionInput, CollectionListed, NamedRule, Preview, Rule, RuleInput, Subject,
};
pub use goods::{MadeGoods, NewGoods, References};
pub use history::{Deed, Difference, Editor, Head, Meanwhile, Parts, Revision, Snapshot, VariantState};
pub use rating::{Rating, drawn};
pub use sheet::{BrandName, Sheet};

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
        /// As staff put them into a collection.
        Chosen = "chosen",
    }
}

impl Sort {
    /// How any list can be sorted.
    pub const OF_ANY: &'static [Self] = &[Self::Newest, Self::Cheapest, Self::Dearest, Self::Title];

    pub fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Cheapest => "Price, lowest first",
            Self::Dearest => "Price, highest first",
            Self::Title => "Name, A to Z",
            Self::Chosen => "As listed here",
        }
    }
}

text_enum! {
    /// Why another product stands on a product's page.
    pub enum Relation {
        /// Another of its sort.
        Related = "related",
        /// What one needs with it.
        Accessory = "accessory",
    }
}

/// Other products that stand on a product's page.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub accessories: Vec<ProductId>,
    /// Counted from orders.
    pub together: Vec<ProductId>,
    pub related: Vec<ProductId>,
}

impl Beside {
    pub fn all(&self) -> Vec<ProductId> {
        [self.accessories.as_slice(), &self.together, &self.related].concat()
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
    pub brand_id: Option<BrandId>,
    pub product_type_id: Option<ProductTypeId>,
    /// An active product is not shown before this moment, nor from the other on.
    pub on_sale_from: Option<DateTime<Utc>>,
    pub on_sale_until: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i32,
}

impl Product {
    /// Whether shoppers may see it at this moment: the same as `product_is_shown` in SQL.
    pub fn is_shown(&self, now: DateTime<Utc>) -> bool {
        let begun = self.on_sale_from.is_none_or(|from| from <= now);
        self.status == Status::Active && begun && self.on_sale_until.is_none_or(|until| until > now)
    }

    pub fn url(&self) -> String {
        format!("/products/{}", self.slug)
    }
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

/// From when and until when a product is sold; `None`: no bound.
#[derive(AsChangeset, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[diesel(table_name = products, treat_none_as_null = true)]
pub struct Schedule {
    pub on_sale_from: Option<DateTime<Utc>>,
    pub on_sale_until: Option<DateTime<Utc>>,
}

/// All that stands in the product's own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductEdit {
    pub change: ProductChange,
    pub schedule: Schedule,
    pub categories: Vec<CategoryId>,
    pub attributes: Vec<(AttributeId, AttributeValue)>,
}

#[derive(Queryable, Selectable, Deserialize, Clone, Debug)]
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
    /// Its buyers get files and no parcel. Told by `downloads`.
    pub is_digital: bool,
    /// It is made of other variants, whose stock is its own. Told by `inventory`.
    pub is_bundle: bool,
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
    /// What a bundle is made of; else nothing.
    pub parts: Vec<BundlePart>,
}

/// So many units of a variant that are in each of a bundle.
#[derive(QueryableByName, Clone, Debug)]
pub struct BundlePart {
    #[diesel(sql_type = sql_types::BigInt)]
    pub bundle_id: VariantId,
    #[diesel(sql_type = sql_types::BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = sql_types::Integer)]
    pub quantity: i32,
    #[diesel(sql_type = sql_types::Text)]
    pub sku: String,
    #[diesel(sql_type = sql_types::Text)]
    pub title: String,
    #[diesel(sql_type = sql_types::Text)]
    pub options: String,
    #[diesel(sql_type = sql_types::Text)]
    pub slug: String,
    /// Of one unit.
    #[diesel(sql_type = sql_types::Integer)]
    pub weight_grams: i32,
    /// The variant or its product is.
    #[diesel(sql_type = sql_types::Bool)]
    pub is_archived: bool,
    /// It has a page of its own in the shop.
    #[diesel(sql_type = sql_types::Bool)]
    pub is_shown: bool,
}

impl BundlePart {
    /// What is in one bundle, in words.
    pub fn of_one(&self) -> String {
        self.words(&1)
    }

    /// `2 × Claw hammer, Ash`, for so many bundles.
    pub fn words(&self, bundles: &i32) -> String {
        let options = if self.options.is_empty() { String::new() } else { format!(", {}", self.options) };
        format!("{} × {}{options}", self.quantity.saturating_mul(*bundles), self.title)
    }
}

impl VariantForSale {
    /// It goes into a parcel. Gift cards and files go by mail.
    pub fn is_tangible(&self) -> bool {
        !self.is_gift_card && !self.variant.is_digital
    }
}

#[derive(Queryable, Selectable, Deserialize, Clone, Debug)]
#[diesel(table_name = categories)]
pub struct Category {
    pub id: CategoryId,
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
    /// Plain text; an empty line parts paragraphs.
    pub description: String,
    pub position: i32,
    pub media_id: Option<MediaId>,
}

impl Category {
    pub fn url(&self) -> String {
        format!("/categories/{}", self.slug)
    }
}

/// A top category with the categories below it.
#[derive(Clone, Debug)]
pub struct CategoryTree {
    pub category: Category,
    /// All below it, at any depth, each right after what it stands in.
    pub children: Vec<Category>,
}

impl CategoryTree {
    /// Those that stand right in it.
    pub fn nearest(&self) -> impl Iterator<Item = &Category> {
        self.children.iter().filter(|child| child.parent_id == Some(self.category.id))
    }
}

/// A category with the way to it.
#[derive(Clone, Debug)]
pub struct Place {
    pub category: Category,
    /// 0 for a department.
    pub depth: usize,
    /// `Hand tools › Hammers`.
    pub label: String,
}

/// A product as it stands in a list.
#[derive(Clone, Debug)]
pub struct Card {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    pub picture: Option<Picture>,
    /// The cheapest of its variants, and the dearest.
    pub priced: Vec<Priced>,
    /// `None`: nobody has reviewed it.
    pub rating: Option<Rating>,
}

/// A variant's own price, in minor units, and its tax class. What is asked today is said by `pricing`.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    pub id: VariantId,
    pub tax_class: String,
    pub price: i64,
    pub compare_at: Option<i64>,
}

impl From<&Variant> for Priced {
    fn from(variant: &Variant) -> Self {
        let Variant { id, tax_class, price, compare_at, .. } = variant;
        Self { id: *id, tax_class: tax_class.clone(), price: *price, compare_at: *compare_at }
    }
}

impl Card {
    pub fn url(&self) -> String {
        format!("/products/{}", self.slug)
    }
}

#[derive(Clone, Debug)]
pub struct ProductImage {
    pub media: Media,
    pub alt: String,
    pub position: i32,
}

impl ProductImage {
    pub fn picture(&self) -> Picture {
        Picture::of(self.media.clone(), &self.alt)
    }
}

/// A value of an option as it is to be.
#[derive(Clone, Debug)]
pub struct ValueChange {
    /// Which option, from 1.
    pub option: i32,
    /// What it is called now.
    pub was: String,
    pub is: String,
    pub position: i32,
}

/// What each generated variant has.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Minor units.
    pub price: i64,
    pub weight_grams: i32,
    /// What the SKUs begin with.
    pub sku: String,
    pub tax_class: Option<String>,
}
