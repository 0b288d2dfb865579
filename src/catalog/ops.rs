pub mod bulk;
pub mod collections;
pub mod goods;
pub mod history;
pub mod options;

use super::{
    forms::CategoryInput,
    model::{NewVariant, Product, ProductChange, Relation, Said, Specification, Status},
    store::{
        attributes,
        categories::{self, CategoryChange},
        images, products, relations, variants,
    },
};
use crate::{
    base::{CategoryId, Conn, Error, MediaId, Problems, ProductId, Result, VariantId},
    media::Media,
};

/// The address made of a name: `Claw hammer, 16 oz` → `claw-hammer-16-oz`.
pub fn slug_of(name: &str) -> String {
    slug::slugify(name)
}

/// Creates the product, or changes it when `id` is given. Its history is the caller's business: see [`history::recorded`].
///
/// # Errors
/// `Invalid` on `slug` when another product has it.
pub fn save_product(conn: &mut Conn, id: Option<ProductId>, change: &ProductChange, categories: &[CategoryId]) -> Result<ProductId> {
    let id = match id {
        Some(id) => {
            products::update(conn, id, change)?;
            id
        }
        None => products::insert(conn, change)?,
    };
    categories::replace_of_product(conn, id, categories)?;
    Ok(id)
}

pub fn set_status(conn: &mut Conn, id: ProductId, status: Status) -> Result<()> {
    products::set_status(conn, id, status)
}

/// Creates the variant, or changes it when `id` is given.
///
/// # Errors
/// `Invalid` when the SKU or the options are taken, or the former price is not above the price.
pub fn save_variant(conn: &mut Conn, product: ProductId, id: Option<VariantId>, change: &NewVariant) -> Result<VariantId> {
    match id {
        Some(id) => variants::update(conn, id, change).map(|()| id),
        None => variants::insert(conn, product, change),
    }
}

pub fn set_variant_archived(conn: &mut Conn, id: VariantId, archived: bool) -> Result<()> {
    variants::set_archived(conn, id, archived)
}

pub fn add_image(conn: &mut Conn, product: ProductId, media: &Media, alt: &str, position: Option<i32>) -> Result<()> {
    images::put(conn, product, media.id, alt, position)
}

/// The pictures that it has.
pub fn images_of(conn: &mut Conn, product: ProductId) -> Result<Vec<MediaId>> {
    Ok(images::of_product(conn, product)?.into_iter().map(|image| image.media.id).collect())
}

pub fn change_image(conn: &mut Conn, product: ProductId, image: MediaId, alt: &str, position: i32) -> Result<()> {
    images::change(conn, product, image, alt, position)
}

pub fn remove_image(conn: &mut Conn, product: ProductId, image: MediaId) -> Result<()> {
    images::remove(conn, product, image)
}

/// Names what stands beside a product: other products by SKUs or ends of addresses, in order.
///
/// # Errors
/// `Invalid` on `related` or `accessories`, with the line that names nothing.
pub fn set_relations(conn: &mut Conn, product: ProductId, related: &[String], accessories: &[String]) -> Result<()> {
    let mut problems = Problems::default();
    let mut found = vec![];
    for (field, kind, names) in [("related", Relation::Related, related), ("accessories", Relation::Accessory, accessories)] {
        let named = collections::products_named(conn, names, relations::MOST as usize)?;
        found.extend(problems.take(field, named).map(|others| (kind, others)));
    }
    let [(_, related), (_, accessories)] = found.as_slice() else { return Err(Error::Invalid(problems)) };
    if related.contains(&product) || accessories.contains(&product) {
        return Err(Error::invalid(
            if related.contains(&product) { "related" } else { "accessories" },
            "A product can't stand beside itself",
        ));
    }
    if let Some(twice) = accessories.iter().position(|id| related.contains(id)) {
        let line = accessories_line(accessories.len(), twice);
        return Err(Error::invalid("accessories", format!("{line} is among the related products already. Name it once")));
    }
    found.iter().try_for_each(|(kind, others)| relations::replace(conn, product, *kind, others))
}

fn accessories_line(lines: usize, at: usize) -> String {
    if lines == 1 { "The product".to_owned() } else { format!("The product of line {}", at + 1) }
}

/// # Errors
/// `Invalid` when the name or address is taken, or the category would stand below itself.
pub fn save_category(conn: &mut Conn, id: Option<CategoryId>, input: &CategoryInput) -> Result<CategoryId> {
    categories::lock_moves(conn)?;
    let change = CategoryChange {
        parent_id: input.parent_id,
        slug: input.slug.clone(),
        name: input.name.clone(),
        description: input.description.clone(),
        position: input.position,
    };
    match id {
        Some(id) => categories::update(conn, id, &change).map(|()| id),
        None => categories::insert(conn, &change),
    }
}

pub fn delete_category(conn: &mut Conn, id: CategoryId) -> Result<()> {
    categories::delete(conn, id)
}

/// Finds or makes the category at a path such as `["Hand tools", "Hammers", "Claw hammers"]`.
pub fn save_category_path(conn: &mut Conn, path: &[&str]) -> Result<Option<CategoryId>> {
    let mut at = None;
    for name in path {
        at = match categories::find_by_name(conn, at, name)? {
            Some(found) => Some(found.id),
            None => Some(insert_named(conn, at, name)?),
        };
    }
    Ok(at)
}

/// Finds or makes a top category and gives it its text and place.
pub fn describe_department(conn: &mut Conn, name: &str, description: &str, position: i32) -> Result<CategoryId> {
    let id = save_category_path(conn, &[name])?.ok_or_else(|| Error::internal("a department without a name"))?;
    let category = categories::find(conn, id)?;
    let change =
        CategoryChange { parent_id: None, slug: category.slug, name: category.name, description: description.to_owned(), position };
    categories::update(conn, id, &change)?;
    Ok(id)
}

fn insert_named(conn: &mut Conn, parent_id: Option<CategoryId>, name: &str) -> Result<CategoryId> {
    let mut slug = slug_of(name);
    if slug.is_empty() {
        return Err(Error::invalid("category", format!("{name:?} has no letters to make an address of")));
    }
    // Two departments may have a category of the same name; the second's address says which it is.
    if categories::find_by_slug(conn, &slug)?.is_some() {
        let above = parent_id.map(|parent| categories::find(conn, parent)).transpose()?;
        slug = above.map_or_else(|| format!("{slug}-2"), |above| format!("{}-{slug}", above.slug));
    }
    let begun = slug.clone();
    for at in 3..100 {
        if categories::find_by_slug(conn, &slug)?.is_none() {
            break;
        }
        slug = format!("{begun}-{at}");
    }
    // Staff have put the other departments in order; one that an import brings comes after them.
    let position = if parent_id.is_none() { 1000 } else { 0 };
    categories::insert(conn, &CategoryChange { parent_id, slug, name: name.to_owned(), description: String::new(), position })
}

/// What the product says of itself, in words and in the order of its type.
pub fn specification(conn: &mut Conn, product: &Product) -> Result<Vec<Specification>> {
    Ok(attributes::said(conn, product.id)?.into_iter().map(Said::in_words).collect())
}
