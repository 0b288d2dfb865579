//! What the demo's goods have besides what stands in their file: attributes by their type, collections, and what goes with what.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    base::{AttributeId, Conn, Error, Money, ProductId, Result},
    catalog::{
        self, AttributeChange, AttributeKind, AttributeValue, ChoiceChange, ChosenBy, CollectionChange, CollectionInput, RuleInput, Sort,
    },
    settings,
};

#[derive(Deserialize)]
struct Goods {
    /// Attributes by the name of the type that has them.
    types: BTreeMap<String, Vec<Declaration>>,
    /// Values by the product's address and the attribute's code.
    said: BTreeMap<String, BTreeMap<String, Said>>,
    collections: Vec<Gathered>,
    /// Accessories by the product's address.
    accessories: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Declaration {
    code: String,
    name: String,
    kind: AttributeKind,
    #[serde(default)]
    unit: String,
    /// Each with its colour, or nothing.
    #[serde(default)]
    choices: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Choices(Vec<String>),
    Plain(String),
}

#[derive(Deserialize)]
struct Gathered {
    title: String,
    slug: Option<String>,
    description: String,
    sort: Option<Sort>,
    #[serde(default)]
    any: bool,
    #[serde(default)]
    by_hand: Vec<String>,
    #[serde(default)]
    rules: Vec<Asked>,
}

#[derive(Deserialize)]
#[serde(tag = "subject", rename_all = "lowercase")]
enum Asked {
    Price { high: String },
    Stock,
    Sale,
    Tag { text: String },
    Brand { text: String },
}

/// Adds them where the shop has no collection yet. `text`: the demo's file.
pub fn demo(conn: &mut Conn, text: &str) -> Result<()> {
    if catalog::has_collections(conn)? {
        return Ok(());
    }
    let goods: Goods = serde_json::from_str(text)?;
    let mut declared = BTreeMap::new();
    for (name, attributes) in &goods.types {
        declare(conn, name, attributes, &mut declared)?;
    }
    for (slug, said) in &goods.said {
        say(conn, slug, said, &declared)?;
    }
    for (slug, others) in &goods.accessories {
        if let Some(product) = catalog::product_by_slug(conn, slug)? {
            let related: Vec<_> = catalog::related_ids(conn, product.id)?;
            let others = known(conn, others, product.id)?.into_iter().filter(|id| !related.contains(id)).collect::<Vec<_>>();
            catalog::set_relation(conn, product.id, catalog::Relation::Accessory, &others)?;
        }
    }
    (1..).zip(goods.collections).try_for_each(|(position, gathered)| gather(conn, position, gathered))
}

/// Attributes by the name of their type and their code.
type Known = BTreeMap<(String, String), (AttributeId, AttributeKind)>;

fn declare(conn: &mut Conn, type_name: &str, attributes: &[Declaration], known: &mut Known) -> Result<()> {
    let Some(of) = catalog::type_by_name(conn, type_name)? else { return Ok(()) };
    for (position, Declaration { code, name, kind, unit, choices }) in (1..).zip(attributes) {
        let (code, name, unit) = (code.clone(), name.clone(), unit.clone());
        let change = AttributeChange { code: code.clone(), name, kind: *kind, unit, filterable: true, position };
        let id = catalog::save_attribute(conn, of.id, None, &change)?;
        let choice = |(value, colour): &(String, String)| ChoiceChange { id: None, value: value.clone(), colour: colour.clone() };
        catalog::set_choices(conn, id, &choices.iter().map(choice).collect::<Vec<_>>())?;
        known.insert((type_name.to_lowercase(), code), (id, *kind));
    }
    Ok(())
}

fn say(conn: &mut Conn, slug: &str, said: &BTreeMap<String, Said>, known: &Known) -> Result<()> {
    let Some(product) = catalog::product_by_slug(conn, slug)? else { return Ok(()) };
    let mut values = vec![];
    for (code, said) in said {
        let Some((id, kind)) = known.get(&(product.product_type.to_lowercase(), code.clone())) else { continue };
        let value = match said {
            Said::Choices(names) => {
                let chosen: Result<Vec<_>> = names.iter().map(|name| catalog::choice_named(conn, *id, name)).collect();
                AttributeValue::Choices(chosen?)
            }
            Said::Plain(text) if *kind == AttributeKind::Number => AttributeValue::Number(text.parse().map_err(Error::internal)?),
            Said::Plain(text) => AttributeValue::Boolean(text == "yes"),
        };
        values.push((*id, value));
    }
    catalog::set_attributes(conn, product.id, &values)
}

fn known(conn: &mut Conn, slugs: &[String], but: ProductId) -> Result<Vec<ProductId>> {
    let mut ids = vec![];
    for slug in slugs {
        ids.extend(catalog::product_by_slug(conn, slug)?.map(|product| product.id).filter(|id| *id != but));
    }
    Ok(ids)
}

fn gather(conn: &mut Conn, position: i32, gathered: Gathered) -> Result<()> {
    let currency = settings::store(conn)?.currency;
    let is_by_hand = !gathered.by_hand.is_empty();
    let rule = |asked: &Asked| {
        Ok::<_, Error>(match asked {
            Asked::Price { high } => RuleInput::Price(None, Some(Money::parse(high, currency).map_err(Error::internal)?.minor)),
            Asked::Stock => RuleInput::Stock,
            Asked::Sale => RuleInput::Sale,
            Asked::Tag { text } => RuleInput::Tag(text.clone()),
            Asked::Brand { text } => RuleInput::Brand(text.clone()),
        })
    };
    let rules = gathered.rules.iter().map(rule).collect::<Result<Vec<_>>>()?;
    let change = CollectionChange {
        slug: gathered.slug.unwrap_or_else(|| catalog::slug_of(&gathered.title)),
        title: gathered.title,
        description: gathered.description,
        seo_title: String::new(),
        seo_description: String::new(),
        shown: true,
        position,
        sort: gathered.sort.unwrap_or(if is_by_hand { Sort::Chosen } else { Sort::Newest }),
        chosen_by: if is_by_hand { ChosenBy::Hand } else { ChosenBy::Rules },
        any_rule: gathered.any,
    };
    let input = CollectionInput { change, products: gathered.by_hand, rules: rules.into_iter().enumerate().collect() };
    catalog::save_collection(conn, None, &input).map(|_| ())
}
