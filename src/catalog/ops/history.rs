//! Changes with their history: what was before, what became of it, and the way back.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::save_product;
use crate::{
    base::{AttributeId, BulkEditId, CategoryId, ChoiceId, Conn, Currency, MediaId, ProductId, Result, RevisionId, TextList, VariantId},
    catalog::{
        model::{
            AttributeValue, Deed, Difference, Editor, Head, Meanwhile, NewVariant, Parts, ProductChange, ProductEdit, Revision, Schedule,
            Snapshot, VariantState,
        },
        rules::{self, Names},
        store::{attributes, categories, history, images, products, variants},
    },
};

/// Does `work` to these products, and notes in their history what became different.
///
/// # Errors
/// What `work` says.
pub fn recorded<T>(
    conn: &mut Conn,
    by: &Editor,
    what: Deed,
    ids: &[ProductId],
    parts: Parts,
    work: impl FnOnce(&mut Conn) -> Result<T>,
) -> Result<T> {
    let before = Before::of(conn, ids, parts)?;
    let done = work(conn)?;
    before.note(conn, by, what)?;
    Ok(done)
}

/// Products as they were before a change, which nobody else changes until the transaction ends. For whoever knows only afterwards
/// whether anything is to be noted; others have [`recorded`].
pub struct Before {
    snapshots: BTreeMap<ProductId, (i32, Value)>,
    parts: Parts,
}

impl Before {
    pub fn of(conn: &mut Conn, ids: &[ProductId], parts: Parts) -> Result<Self> {
        products::lock_all(conn, ids)?;
        Ok(Self { snapshots: history::snapshots(conn, ids, parts)?, parts })
    }

    /// How often the product was changed, by now.
    pub fn version(&self, id: ProductId) -> Option<i32> {
        self.snapshots.get(&id).map(|(version, _)| *version)
    }

    /// Notes how the products differ from that.
    pub fn note(&self, conn: &mut Conn, by: &Editor, what: Deed) -> Result<usize> {
        note(conn, by, what, None, &self.snapshots, self.parts)
    }
}

/// Notes how these products differ from what they were. Gives how many do.
pub fn note(
    conn: &mut Conn,
    by: &Editor,
    what: Deed,
    bulk: Option<BulkEditId>,
    before: &BTreeMap<ProductId, (i32, Value)>,
    parts: Parts,
) -> Result<usize> {
    let ids: Vec<_> = before.keys().copied().collect();
    let mut revisions = vec![];
    for (product, (version, after)) in history::snapshots(conn, &ids, parts)? {
        let Some((_, before)) = before.get(&product) else { continue };
        let (before, after) = rules::difference(before, &after);
        if !(rules::is_none(&before) && rules::is_none(&after)) {
            revisions.push(history::NewRevision { product, version, before, after });
        }
    }
    let count = revisions.len();
    if count > 0 {
        history::insert(conn, by, what, bulk, revisions)?;
    }
    Ok(count)
}

/// What became of an edit.
#[derive(Debug)]
pub enum Edited {
    Saved(ProductId),
    /// Nothing is saved: others changed what stands in the form, and whoever edits shall know it first.
    Meanwhile(Meanwhile),
}

/// Saves what stands in a product's form; `seen` is the version on which the form was based.
///
/// # Errors
/// `Invalid` on the field that the database refuses.
pub fn edit(conn: &mut Conn, by: &Editor, id: Option<ProductId>, seen: i32, edit: &ProductEdit, currency: Currency) -> Result<Edited> {
    let Some(id) = id else {
        let id = write_edit(conn, None, edit)?;
        let (version, after) = history::snapshots(conn, &[id], Parts::Head)?.remove(&id).unwrap_or_default();
        let before = Value::Object(serde_json::Map::new());
        history::insert(conn, by, Deed::Created, None, vec![history::NewRevision { product: id, version, before, after }])?;
        return Ok(Edited::Saved(id));
    };
    let product = products::lock(conn, id)?;
    if product.version != seen {
        let changes = meanwhile(conn, id, seen, edit, currency)?;
        if !changes.is_empty() {
            return Ok(Edited::Meanwhile(Meanwhile { version: product.version, changes }));
        }
    }
    recorded(conn, by, Deed::Edited, &[id], Parts::Head, |conn| write_edit(conn, Some(id), edit)).map(Edited::Saved)
}

fn write_edit(conn: &mut Conn, id: Option<ProductId>, edit: &ProductEdit) -> Result<ProductId> {
    let id = save_product(conn, id, &edit.change, &edit.categories)?;
    products::set_schedule(conn, id, &edit.schedule)?;
    attributes::replace_of_product(conn, id, &edit.attributes)?;
    Ok(id)
}

/// What others changed of the form's fields since, each with who did it. What nobody noted, such as a former program's work, is
/// told as the difference between what there is and what was typed.
fn meanwhile(conn: &mut Conn, id: ProductId, seen: i32, edit: &ProductEdit, currency: Currency) -> Result<Vec<(Difference, String)>> {
    let mut told = vec![];
    let revisions = history::above(conn, id, seen)?;
    for revision in &revisions {
        let (before, after) = (head_of(&revision.before), head_of(&revision.after));
        told.extend(differences(conn, &before, &after, currency)?.into_iter().map(|change| (change, revision.by_name.clone())));
    }
    if revisions.is_empty() {
        let now = history::snapshots(conn, &[id], Parts::Head)?.remove(&id).unwrap_or_default().1;
        let (typed, is) = rules::difference(&serde_json::to_value(head_of_edit(edit))?, &now);
        let (typed, is) = (head_of(&typed), head_of(&is));
        told.extend(differences(conn, &typed, &is, currency)?.into_iter().map(|change| (change, String::new())));
    }
    Ok(told)
}

fn head_of(parts: &Value) -> Value {
    let mut head = parts.clone();
    if let Value::Object(head) = &mut head {
        head.remove("variants");
        head.remove("pictures");
    }
    head
}

fn head_of_edit(edit: &ProductEdit) -> Head {
    let ProductEdit { change, schedule, categories, attributes } = edit.clone();
    let mut categories: Vec<_> = categories.into_iter().map(|id| id.0).collect();
    categories.sort_unstable();
    Head {
        slug: change.slug,
        title: change.title,
        description: change.description,
        vendor: change.vendor,
        product_type: change.product_type,
        tags: change.tags.0,
        option_names: change.option_names.0,
        status: change.status,
        featured: change.featured,
        is_gift_card: change.is_gift_card,
        on_sale_from: schedule.on_sale_from,
        on_sale_until: schedule.on_sale_until,
        categories,
        attributes: attributes.into_iter().map(|(id, value)| (id.to_string(), value)).collect(),
    }
}

/// A revision's parts in words.
pub fn differences(conn: &mut Conn, before: &Value, after: &Value, currency: Currency) -> Result<Vec<Difference>> {
    let names = names(conn, &[before, after], currency)?;
    Ok(rules::readable(before, after, &names))
}

/// What the ids in these are called.
pub fn names(conn: &mut Conn, parts: &[&Value], currency: Currency) -> Result<Names> {
    let keys = |of: &str| {
        let objects = parts.iter().filter_map(|part| part.get(of)?.as_object());
        objects.flat_map(|object| object.keys()).filter_map(|key| key.parse::<i64>().ok()).collect::<HashSet<_>>()
    };
    let ids = |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_i64).collect::<Vec<_>>();
    let of_categories: Vec<_> = parts.iter().filter_map(|part| part.get("categories")).flat_map(ids).map(CategoryId).collect();
    let attributes = parts.iter().filter_map(|part| part.get("attributes")?.as_object()).flat_map(|object| object.values());
    let of_choices: Vec<_> = attributes.filter_map(|value| value.get("choices")).flat_map(ids).map(ChoiceId).collect();
    let attribute_ids: Vec<_> = keys("attributes").into_iter().map(AttributeId).collect();
    let variant_ids: Vec<_> = keys("variants").into_iter().map(VariantId).collect();
    let named = attributes::find_all(conn, &attribute_ids)?;
    Ok(Names {
        categories: categories::find_all(conn, &of_categories)?.into_iter().map(|category| (category.id.0, category.name)).collect(),
        attributes: named.into_iter().map(|attribute| (attribute.id.0, (attribute.name, attribute.unit))).collect(),
        choices: attributes::find_choices(conn, &of_choices)?.into_iter().map(|choice| (choice.id.0, choice.value)).collect(),
        variants: variants::find_all(conn, &variant_ids)?.into_iter().map(|variant| (variant.id.0, variant.sku)).collect(),
        currency,
    })
}

/// Takes one change back, where nothing has changed the same part since. Gives what could not be taken back, in words.
pub fn undo(conn: &mut Conn, by: &Editor, revision: &Revision, currency: Currency) -> Result<Vec<String>> {
    let id = revision.product_id;
    recorded(conn, by, Deed::Undone, &[id], Parts::All, |conn| take_back(conn, revision, currency))
}

/// The same, to be noted by the caller.
pub fn take_back(conn: &mut Conn, revision: &Revision, currency: Currency) -> Result<Vec<String>> {
    let now = snapshot(conn, revision.product_id)?;
    let mut wanted = now.clone();
    let kept = rules::take_back(&mut wanted, &revision.before, &revision.after, "");
    let names = names(conn, &[&revision.before, &revision.after], currency)?;
    let mut notes: Vec<_> =
        kept.iter().map(|path| format!("{} was changed again since, and stays as it is.", rules::part(path, &names))).collect();
    notes.extend(write(conn, revision.product_id, &now, &wanted)?);
    Ok(notes)
}

/// Makes the product what it was before a revision. Gives what could not be restored, in words.
pub fn restore(conn: &mut Conn, by: &Editor, product: ProductId, before: RevisionId) -> Result<Vec<String>> {
    recorded(conn, by, Deed::Restored, &[product], Parts::All, |conn| {
        let now = snapshot(conn, product)?;
        let mut wanted = now.clone();
        for revision in history::since(conn, product, before)? {
            // What it was before it was made is nothing: the making itself is not taken back.
            if revision.what != Deed::Created {
                rules::lay_over(&mut wanted, &revision.before, &revision.after);
            }
        }
        write(conn, product, &now, &wanted)
    })
}

fn snapshot(conn: &mut Conn, id: ProductId) -> Result<Value> {
    Ok(history::snapshots(conn, &[id], Parts::All)?.remove(&id).ok_or(crate::base::Error::NotFound)?.1)
}

/// Makes the product from what it is now what is wanted, as far as that still can be. Gives what can't, in words.
pub fn write(conn: &mut Conn, id: ProductId, now: &Value, wanted: &Value) -> Result<Vec<String>> {
    let (now, wanted): (Snapshot, Snapshot) = (serde_json::from_value(now.clone())?, serde_json::from_value(wanted.clone())?);
    write_snapshot(conn, id, &now, wanted)
}

pub fn write_snapshot(conn: &mut Conn, id: ProductId, now: &Snapshot, mut wanted: Snapshot) -> Result<Vec<String>> {
    let mut notes = vec![];
    if now.head != wanted.head {
        mend_head(conn, id, &now.head, &mut wanted.head, &mut notes)?;
        write_edit(conn, Some(id), &edit_of(wanted.head.clone()))?;
    }
    if now.variants != wanted.variants {
        write_variants(conn, now, &wanted, &mut notes)?;
    }
    if now.pictures != wanted.pictures {
        write_pictures(conn, id, now, &wanted, &mut notes)?;
    }
    Ok(notes)
}

/// Leaves out what there is no more.
fn mend_head(conn: &mut Conn, id: ProductId, now: &Head, wanted: &mut Head, notes: &mut Vec<String>) -> Result<()> {
    if now.slug != wanted.slug && products::slug_is_taken(conn, &wanted.slug, id)? {
        notes.push(format!("Another product has the address {} now, so {} stays.", wanted.slug, now.slug));
        wanted.slug.clone_from(&now.slug);
    }
    let there: HashSet<i64> = {
        let ids: Vec<_> = wanted.categories.iter().map(|id| CategoryId(*id)).collect();
        categories::find_all(conn, &ids)?.into_iter().map(|category| category.id.0).collect()
    };
    if wanted.categories.iter().any(|id| !there.contains(id)) {
        notes.push("A category that it stood in has been deleted.".to_owned());
        wanted.categories.retain(|id| there.contains(id));
    }
    mend_attributes(conn, wanted, notes)
}

fn mend_attributes(conn: &mut Conn, wanted: &mut Head, notes: &mut Vec<String>) -> Result<()> {
    let ids: Vec<_> = wanted.attributes.keys().filter_map(|id| id.parse().ok().map(AttributeId)).collect();
    let there: HashSet<String> = attributes::find_all(conn, &ids)?.into_iter().map(|attribute| attribute.id.to_string()).collect();
    let chosen = |value: &AttributeValue| if let AttributeValue::Choices(ids) = value { ids.clone() } else { vec![] };
    let choices: Vec<_> = wanted.attributes.values().flat_map(chosen).collect();
    let choices: HashSet<_> = attributes::find_choices(conn, &choices)?.into_iter().map(|choice| choice.id).collect();
    let before = wanted.attributes.len();
    wanted.attributes.retain(|id, value| there.contains(id) && chosen(value).iter().all(|choice| choices.contains(choice)));
    if wanted.attributes.len() < before {
        notes.push("An attribute, or a choice of one, has been deleted.".to_owned());
    }
    Ok(())
}

fn edit_of(head: Head) -> ProductEdit {
    let change = ProductChange {
        slug: head.slug,
        title: head.title,
        description: head.description,
        vendor: head.vendor,
        product_type: head.product_type,
        tags: TextList(head.tags),
        option_names: TextList(head.option_names),
        status: head.status,
        featured: head.featured,
        is_gift_card: head.is_gift_card,
    };
    ProductEdit {
        change,
        schedule: Schedule { on_sale_from: head.on_sale_from, on_sale_until: head.on_sale_until },
        categories: head.categories.into_iter().map(CategoryId).collect(),
        attributes: head.attributes.into_iter().filter_map(|(id, value)| Some((AttributeId(id.parse().ok()?), value))).collect(),
    }
}

fn write_variants(conn: &mut Conn, now: &Snapshot, wanted: &Snapshot, notes: &mut Vec<String>) -> Result<()> {
    let classes: HashSet<_> = variants::tax_classes(conn)?.into_iter().map(|class| class.code).collect();
    for (key, is) in &now.variants {
        let Ok(id) = key.parse().map(VariantId) else { continue };
        match wanted.variants.get(key) {
            Some(want) if want == is => {}
            Some(want) => write_variant(conn, id, is, want.clone(), &classes, notes)?,
            None if !is.archived => {
                notes.push(format!("{} was made since. It is archived, not deleted: orders may name it.", is.sku));
                variants::set_archived(conn, id, true)?;
            }
            None => {}
        }
    }
    Ok(())
}

fn write_variant(
    conn: &mut Conn,
    id: VariantId,
    is: &VariantState,
    mut want: VariantState,
    classes: &HashSet<String>,
    notes: &mut Vec<String>,
) -> Result<()> {
    if want.sku != is.sku && !variants::taken_skus(conn, std::slice::from_ref(&want.sku))?.is_empty() {
        notes.push(format!("Another variant has the SKU {} now, so {} stays.", want.sku, is.sku));
        want.sku.clone_from(&is.sku);
    }
    if !classes.contains(&want.tax_class) {
        notes.push(format!("There is no tax class {} any more, so {} keeps its own.", want.tax_class, is.sku));
        want.tax_class.clone_from(&is.tax_class);
    }
    let archived = want.archived;
    let change = NewVariant {
        position: want.position,
        sku: want.sku,
        option_values: TextList(want.option_values),
        price: want.price,
        compare_at: want.compare_at,
        weight_grams: want.weight_grams,
        barcode: want.barcode,
        tax_class: Some(want.tax_class),
    };
    variants::update(conn, id, &change)?;
    if archived != is.archived { variants::set_archived(conn, id, archived) } else { Ok(()) }
}

fn write_pictures(conn: &mut Conn, id: ProductId, now: &Snapshot, wanted: &Snapshot, notes: &mut Vec<String>) -> Result<()> {
    for (key, _) in now.pictures.iter().filter(|(key, _)| !wanted.pictures.contains_key(*key)) {
        if let Ok(media) = key.parse().map(MediaId) {
            images::remove(conn, id, media)?;
        }
    }
    for (key, want) in &wanted.pictures {
        let Ok(media) = key.parse().map(MediaId) else { continue };
        if now.pictures.get(key) == Some(want) {
            continue;
        }
        if images::is_kept(conn, media)? {
            images::put(conn, id, media, &want.alt, Some(want.position))?;
        } else {
            notes.push("A picture has been deleted from the shop.".to_owned());
        }
    }
    Ok(())
}
