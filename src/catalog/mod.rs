//! What is for sale: products with their types, attributes, variants, options and pictures; brands; and the categories and collections
//! they stand in.
//!
//! How many there are is `inventory`'s business; what a cart costs is asked above.
//!
//! Three things are kept by the database itself, whoever writes: the redirects from former addresses (`redirects`), the shop's
//! lists in order (`shelves`), and what there is to choose (`option_values`). What collections by rule have, and what many products
//! follow, is kept by a [`Follower`] a moment later. A product's history is kept by [`recorded`].

mod admin;
mod follower;
mod forms;
mod jobs;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use follower::{Follower, Seen, follow};
pub use jobs::RunBulkEdit;
pub use model::{
    Attribute, AttributeChange, AttributeChoice, AttributeKind, AttributeValue, Beside, Brand, BrandChange, BrandListed, BrandName,
    BundlePart, Card, Category, CategoryTree, ChoiceChange, ChosenBy, Collection, CollectionChange, CollectionInput, CollectionListed,
    Declared, Deed, Editor, MadeGoods, NewGoods, NewVariant, Parts, Place, Priced, Product, ProductChange, ProductEdit, ProductFilter,
    ProductImage, ProductType, ProductTypeChange, Rating, Redirect, References, Relation, RuleInput, Said, Schedule, Sheet, Sort,
    Specification, Status, StockState, TaxClass, Variant, VariantForSale, drawn as drawn_stars,
};
pub use ops::{
    add_image,
    collections::save as save_collection,
    describe_department,
    goods::{insert_goods, put_redirects, references},
    history::{Before, Edited, edit as edit_product, recorded},
    save_category_path, save_product, save_variant, set_relations, set_variant_archived, slug_of, specification,
};
pub use rules::{Choice, Option_, OptionState, OptionValue, chosen, clean_html, lay_out, neighbours, plain_text, wishes};
pub use store::{
    addresses::{
        Address, Newcomer, brands as brand_addresses, categories as category_addresses, collections as collection_addresses, newest,
        parts as address_parts, products as product_addresses,
    },
    attributes::{
        choice_named, of_product as attributes_of, of_type as declared_by, replace_choices as set_choices,
        replace_of_product as set_attributes, save as save_attribute, save_type, some_types as product_types, type_by_name,
    },
    brands::{find as brand, find_by_slug as brand_by_slug, in_shop as brands_in_shop, media_of as brand_media, some as brands},
    bundles::parts_of as bundle_parts,
    cards::{Scope, bought_with_any, cards, cards_in_order, first_card, next_turn},
    categories::{
        children as category_children, find_by_slug as category_by_slug, media_of as category_media, menu as category_menu,
        of_product as categories_of, places as category_places, tree as category_tree, way_to as way_to_category,
        with_ancestors as categories_with_ancestors,
    },
    collections::{
        any as has_collections, by_hand as chosen_by_hand, find as collection, find_by_slug as collection_by_slug,
        in_shop as collections_in_shop, media_of as collection_media, members as collection_members, of_products as collections_of,
    },
    goods::{products_named, variants_named},
    images::of_product as images_of,
    options::{fitting as fitting_variants, made as made_combinations},
    products::{
        count_by_status, find as product, find_by_slug as product_by_slug, find_in_shop as product_in_shop, list as products, set_schedule,
    },
    ratings::of_products as ratings_of,
    redirects::{put as put_redirect, target as redirect_target},
    relations::{bought_with, of as relations_of, related as related_ids, replace as set_relation},
    sheets::find as sheet,
    shelves::{later as shelve_later, now as shelve},
    variants::{
        VariantFilter, find as variant, find_by_sku as variant_by_sku, for_sale, of_product as variants_of, page_of as variant_page,
        priced_of, summaries as variant_summaries, taken_skus, tax_classes,
    },
};
