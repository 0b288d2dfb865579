//! Products that come many at a time.

use std::collections::HashMap;

use super::{AttributeValue, NewVariant, ProductChange, Schedule};
use crate::base::{AttributeId, BrandId, CategoryId, ProductId, ProductTypeId, VariantId};

/// A product that is not there yet, with all that stands right in it.
#[derive(Clone, Debug)]
pub struct NewGoods {
    pub change: ProductChange,
    pub schedule: Schedule,
    /// Each once.
    pub categories: Vec<CategoryId>,
    /// Each attribute once.
    pub attributes: Vec<(AttributeId, AttributeValue)>,
    /// Each with whether it is archived.
    pub variants: Vec<(NewVariant, bool)>,
}

/// The brands and product types that names mean, as the names are written.
#[derive(Clone, Debug, Default)]
pub struct References {
    pub brands: HashMap<String, BrandId>,
    pub types: HashMap<String, ProductTypeId>,
}

/// A product that was made, with its variants in their order.
#[derive(Clone, Debug)]
pub struct MadeGoods {
    pub id: ProductId,
    pub variants: Vec<VariantId>,
}
