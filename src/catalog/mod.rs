//! What is for sale: products, their variants, options and pictures, and the categories they stand in.
//!
//! How many there are is `inventory`'s business; what a cart costs is asked above.

mod admin;
mod forms;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use model::{Card, Category, CategoryTree, NewVariant, Product, ProductChange, ProductImage, Sort, Status, Variant, VariantForSale};
pub use ops::{add_image, describe_department, save_category_path, save_product, save_variant, set_related, slug_of};
pub use rules::{Choice, Option_, OptionState, OptionValue, choose, clean_html};
pub use store::cards::{Scope, cards, cards_in_order};
pub use store::categories::{
    find_by_slug as category_by_slug, of_product as categories_of, tree as category_tree, with_ancestors as categories_with_ancestors,
};
pub use store::images::of_product as images_of;
pub use store::products::{
    ProductFilter, count_by_status, find as product, find_by_slug as product_by_slug, list as products, related as related_ids,
};
pub use store::variants::{find as variant, find_by_sku as variant_by_sku, for_sale, of_product as variants_of, priced_of};
