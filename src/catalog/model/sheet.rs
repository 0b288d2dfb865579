//! All that the catalogue says on a product's page.

use serde::Deserialize;

use super::{Beside, Category, Priced, Product, ProductImage, Rating, Said, Variant};
use crate::base::Moment;

/// A product with everything of the catalogue that its page shows, read at once.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub product: Product,
    /// Whether shoppers may see it, by the database's clock.
    pub is_shown: bool,
    /// When that was, and which rules were in force.
    pub moment: Moment,
    pub brand: Option<BrandName>,
    /// What can be chosen of each option.
    pub values: Vec<Vec<String>>,
    /// The first of the variants that are sold, in their order.
    pub variants: Vec<Variant>,
    /// There are no others.
    pub is_whole: bool,
    pub images: Vec<ProductImage>,
    /// The way from the department to the product's first category.
    pub crumbs: Vec<Category>,
    /// What it says of the attributes of its type, in the type's order.
    pub said: Vec<Said>,
    pub beside: Beside,
    /// `None`: nobody has reviewed it.
    pub rating: Option<Rating>,
}

impl Sheet {
    /// The first variants as far as prices go.
    pub fn priced(&self) -> Vec<Priced> {
        self.variants.iter().map(Priced::from).collect()
    }
}

/// A brand as its goods name it.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct BrandName {
    pub slug: String,
    pub name: String,
}

impl BrandName {
    pub fn url(&self) -> String {
        format!("/brands/{}", self.slug)
    }
}
