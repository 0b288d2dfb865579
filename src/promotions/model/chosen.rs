//! What staff and visitors said, parsed.

use super::{ConditionChange, Plan};
use crate::base::{CategoryId, GroupId, ProductId};

/// A code as it is stored, whatever was typed: in capitals, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CouponCode(pub String);

/// Goods as staff chose them in a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub all: bool,
    pub categories: Vec<CategoryId>,
    /// Addresses of products, or SKUs of their variants.
    pub products: Vec<String>,
}

/// All that a promotion's form says.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Without the gift, which is looked up.
    pub plan: Plan,
    /// SKU of the gift.
    pub gift: Option<String>,
    pub goods: Chosen,
    pub bought: Chosen,
}

/// All that a condition's form says.
#[derive(Clone, Debug)]
pub struct ConditionInput {
    pub change: ConditionChange,
    pub goods: Chosen,
    /// Groups or countries.
    pub aims: Vec<Aim>,
}

/// What a target points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    Product(ProductId),
    Category(CategoryId),
    Group(GroupId),
    Country(String),
}
