//! A revision in words, for people.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    base::{Currency, Money},
    catalog::model::Difference,
};

/// What ids in a revision are called.
#[derive(Clone, Debug)]
pub struct Names {
    pub categories: HashMap<i64, String>,
    /// Name and unit, by id.
    pub attributes: HashMap<i64, (String, String)>,
    pub choices: HashMap<i64, String>,
    /// SKUs, by the variant's id.
    pub variants: HashMap<i64, String>,
    pub currency: Currency,
}

/// Longest text that is shown; more is cut.
const SHOWN: usize = 400;

/// Each part that differs, before and after.
pub fn readable(before: &Value, after: &Value, names: &Names) -> Vec<Difference> {
    let (empty_a, empty_b) = (Map::new(), Map::new());
    let (was, is) = (before.as_object().unwrap_or(&empty_a), after.as_object().unwrap_or(&empty_b));
    let mut told = vec![];
    for key in keys(was, is) {
        match key.as_str() {
            "attributes" | "variants" | "pictures" => told.extend(nested(key, was.get(key), is.get(key), names)),
            _ => told.push(Difference {
                label: label(key).to_owned(),
                before: words(key, was.get(key), names),
                after: words(key, is.get(key), names),
            }),
        }
    }
    told
}

fn keys<'a>(was: &'a Map<String, Value>, is: &'a Map<String, Value>) -> impl Iterator<Item = &'a String> {
    was.keys().chain(is.keys().filter(|key| !was.contains_key(*key)))
}

fn nested(of: &str, was: Option<&Value>, is: Option<&Value>, names: &Names) -> Vec<Difference> {
    let empty = Map::new();
    let object = |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (was, is) = (object(was), object(is));
    let mut told = vec![];
    for key in keys(&was, &is) {
        let (a, b) = (was.get(key), is.get(key));
        let id = key.parse::<i64>().unwrap_or(0);
        match of {
            "attributes" => {
                let (name, unit) =
                    names.attributes.get(&id).cloned().unwrap_or_else(|| ("An attribute that is gone".to_owned(), String::new()));
                let said = |value: Option<&Value>| attribute(value, &unit, names);
                told.push(Difference { label: name, before: said(a), after: said(b) });
            }
            "variants" => {
                let sku = names.variants.get(&id).cloned().unwrap_or_else(|| format!("Variant {id}"));
                let (a, b) = (a.and_then(Value::as_object), b.and_then(Value::as_object));
                told.extend(variant(&sku, a.unwrap_or(&empty), b.unwrap_or(&empty), names));
            }
            _ => told.push(Difference { label: "Picture".to_owned(), before: picture(a), after: picture(b) }),
        }
    }
    told
}

/// A new variant is one line; a changed one has a line for each of its parts.
fn variant(sku: &str, was: &Map<String, Value>, is: &Map<String, Value>, names: &Names) -> Vec<Difference> {
    let whole = |variant: &Map<String, Value>| {
        let options = words("option_values", variant.get("option_values"), names);
        [options, words("price", variant.get("price"), names)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    if was.is_empty() || is.is_empty() {
        return vec![Difference { label: sku.to_owned(), before: whole(was), after: whole(is) }];
    }
    let line = |key: &String| Difference {
        label: format!("{sku}, {}", label(key).to_lowercase()),
        before: words(key, was.get(key), names),
        after: words(key, is.get(key), names),
    };
    keys(was, is).map(line).collect()
}

fn attribute(value: Option<&Value>, unit: &str, names: &Names) -> String {
    let Some((kind, value)) = value.and_then(Value::as_object).and_then(|object| object.iter().next()) else { return String::new() };
    let choice =
        |id: &Value| id.as_i64().and_then(|id| names.choices.get(&id).cloned()).unwrap_or_else(|| "a choice that is gone".to_owned());
    match kind.as_str() {
        "choices" => value.as_array().map(|ids| ids.iter().map(choice).collect::<Vec<_>>().join(", ")).unwrap_or_default(),
        "number" if !unit.is_empty() => format!("{} {unit}", plain(value)),
        _ => plain(value),
    }
}

fn picture(value: Option<&Value>) -> String {
    let Some(picture) = value.and_then(Value::as_object) else { return String::new() };
    let part = |key: &str, text: &str| picture.get(key).map(|value| format!("{text}{}", plain(value)));
    [part("position", "place "), part("alt", "shows ")].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn words(key: &str, value: Option<&Value>, names: &Names) -> String {
    let Some(value) = value else { return String::new() };
    let category =
        |id: &Value| id.as_i64().and_then(|id| names.categories.get(&id).cloned()).unwrap_or_else(|| "a category that is gone".to_owned());
    match (key, value) {
        ("categories", Value::Array(ids)) => ids.iter().map(category).collect::<Vec<_>>().join(", "),
        ("price" | "compare_at", Value::Number(minor)) => Money::new(minor.as_i64().unwrap_or(0), names.currency).to_string(),
        ("weight_grams", value) => format!("{} g", plain(value)),
        ("on_sale_from" | "on_sale_until", Value::String(at)) => {
            at.get(..16).map_or(at.clone(), |at| format!("{} UTC", at.replace('T', " ")))
        }
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    if text.chars().count() > SHOWN { format!("{}…", text.chars().take(SHOWN).collect::<String>()) } else { text }
}

fn label(key: &str) -> &'static str {
    match key {
        "slug" => "Address",
        "title" => "Name",
        "description" => "Description",
        "vendor" => "Brand",
        "product_type" => "Product type",
        "tags" => "Tags",
        "option_names" => "Options",
        "status" => "State",
        "featured" => "On the front page",
        "is_gift_card" => "Gift card",
        "on_sale_from" => "On sale from",
        "on_sale_until" => "On sale until",
        "categories" => "Categories",
        "attributes" => "Attributes",
        "sku" => "SKU",
        "option_values" => "Options",
        "price" => "Price",
        "compare_at" => "Former price",
        "weight_grams" => "Weight",
        "barcode" => "Barcode",
        "tax_class" => "Tax class",
        "position" => "Place",
        "archived" => "Archived",
        "variants" => "Variants",
        "pictures" => "Pictures",
        _ => "Something",
    }
}

/// The part at a path such as `variants.12.price`, in words.
pub fn part(path: &str, names: &Names) -> String {
    let mut steps = path.split('.');
    let (first, second, third) = (steps.next().unwrap_or_default(), steps.next(), steps.next());
    let id = second.and_then(|id| id.parse::<i64>().ok()).unwrap_or(0);
    match (first, third) {
        ("variants", Some(key)) => {
            format!("{}, {}", names.variants.get(&id).map_or("a variant", String::as_str), label(key).to_lowercase())
        }
        ("attributes", _) => names.attributes.get(&id).map_or("an attribute".to_owned(), |(name, _)| name.clone()),
        (key, _) => label(key).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_revision_reads_in_names_and_amounts_instead_of_ids_and_minor_units() {
        let names = Names {
            categories: HashMap::from([(3, "Hammers".to_owned())]),
            attributes: HashMap::from([(7, ("Head weight".to_owned(), "g".to_owned()))]),
            choices: HashMap::new(),
            variants: HashMap::from([(12, "HAMMER".to_owned())]),
            currency: Currency::parse("GBP").unwrap(),
        };
        let before = json!({"categories": [], "attributes": {}, "variants": {"12": {"price": 1999}}, "featured": false});
        let after =
            json!({"categories": [3], "attributes": {"7": {"number": "450"}}, "variants": {"12": {"price": 2500}}, "featured": true});
        let told: Vec<_> =
            readable(&before, &after, &names).into_iter().map(|d| format!("{}: {} → {}", d.label, d.before, d.after)).collect();
        assert_eq!(
            told,
            ["Head weight:  → 450 g", "Categories:  → Hammers", "On the front page: no → yes", "HAMMER, price: £19.99 → £25.00"]
        );
        assert_eq!(part("variants.12.price", &names), "HAMMER, price");
    }
}
