use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use crate::{
    base::{CollectionId, Conn, Error, Problems, ProductId, Result},
    catalog::{
        model::{AttributeKind, ChosenBy, CollectionInput, Declared, Preview, Rule, RuleInput, Subject},
        store::{attributes, brands, collections, follow, products},
    },
};

/// As long as somebody waits for a preview.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Products that a preview looks at between two looks at the clock, and shows.
const LOOK: i64 = 2000;
const SHOWN: usize = 8;

/// Creates the collection, or changes it when `id` is given. Products by rule come in within a moment; of a large catalogue, in a few.
///
/// # Errors
/// `Invalid` on `slug`, `products` or `rule-…` (the row's number).
pub fn save(conn: &mut Conn, id: Option<CollectionId>, input: &CollectionInput) -> Result<CollectionId> {
    let mut change = input.change.clone();
    if let Some(id) = id {
        // By hand or by rules: that is decided once.
        change.chosen_by = collections::find(conn, id)?.chosen_by;
    }
    match change.chosen_by {
        ChosenBy::Hand => {
            let named = products_named(conn, &input.products, collections::BY_HAND)?;
            let members = named.map_err(|said| Error::invalid("products", said))?;
            let id = collections::save(conn, id, &change)?;
            collections::replace_members(conn, id, &members)?;
            Ok(id)
        }
        ChosenBy::Rules => {
            let rules = resolved(conn, &input.rules)?;
            let before = id.map(|id| Ok::<_, Error>((collections::find(conn, id)?.any_rule, collections::rules(conn, id)?))).transpose()?;
            if id.is_none() {
                follow::begin(conn)?;
            }
            let id = collections::save(conn, id, &change)?;
            if before != Some((change.any_rule, rules.clone())) {
                collections::replace_rules(conn, id, &rules)?;
            }
            Ok(id)
        }
    }
}

/// What it would have if it were saved.
///
/// # Errors
/// As for `save`, but nothing is written.
pub fn preview(conn: &mut Conn, input: &CollectionInput) -> Result<Preview> {
    if input.change.chosen_by == ChosenBy::Hand {
        let named = products_named(conn, &input.products, collections::BY_HAND)?;
        let members = named.map_err(|said| Error::invalid("products", said))?;
        return Ok(Preview { count: members.len(), first: members.into_iter().take(SHOWN).collect(), looked_at: None });
    }
    let rules = resolved(conn, &input.rules)?;
    let (began, mut before, mut looked_at, mut preview) = (Instant::now(), ProductId(i64::MAX), 0, Preview::default());
    loop {
        let looked = collections::look(conn, &rules, input.change.any_rule, before, LOOK)?;
        for (id, _) in looked.iter().filter(|(_, fits)| *fits) {
            preview.count += 1;
            if preview.first.len() < SHOWN {
                preview.first.push(*id);
            }
        }
        looked_at += looked.len();
        let Some((last, _)) = looked.last().filter(|_| looked.len() as i64 == LOOK) else { return Ok(preview) };
        before = *last;
        if began.elapsed() > PATIENCE {
            return Ok(Preview { looked_at: Some(looked_at), ..preview });
        }
    }
}

/// Products by SKUs or ends of addresses, in this order, each once. The inner error says which line names nothing.
pub fn products_named(conn: &mut Conn, names: &[String], most: usize) -> Result<Result<Vec<ProductId>, String>> {
    if names.len() > most {
        return Ok(Err(format!("Name {most} products at most")));
    }
    let found = products::by_names(conn, names)?;
    let mut ids = vec![];
    for name in names {
        match found.get(name) {
            Some(id) if !ids.contains(id) => ids.push(*id),
            Some(_) => {}
            None => return Ok(Err(format!("Nothing has the SKU or address {name}. Look it up under Products"))),
        }
    }
    Ok(Ok(ids))
}

fn resolved(conn: &mut Conn, inputs: &[(usize, RuleInput)]) -> Result<Vec<Rule>> {
    let mut problems = Problems::default();
    if inputs.is_empty() {
        problems.add("rules", "Add at least one rule");
    } else if inputs.len() > collections::RULES {
        problems.add("rules", format!("Leave out some rules: there can be {} at most", collections::RULES));
    }
    let mut rules = vec![];
    for (position, (row, input)) in (1..).zip(inputs) {
        let rule = problems.take(&format!("rule-{row}"), rule(conn, input)?);
        rules.extend(rule.map(|rule| Rule { position, ..rule }));
    }
    if problems.is_empty() { Ok(rules) } else { Err(Error::Invalid(problems)) }
}

/// The inner error is the message beside the row.
fn rule(conn: &mut Conn, input: &RuleInput) -> Result<Result<Rule, String>> {
    let decimal = |minor: &i64| Decimal::from(*minor);
    Ok(Ok(match input {
        RuleInput::Price(low, high) => {
            Rule { low: low.as_ref().map(decimal), high: high.as_ref().map(decimal), ..Rule::of(Subject::Price) }
        }
        RuleInput::Brand(name) => {
            let Some(brand) = brands::find_by_name(conn, name)? else { return Ok(Err(format!("No brand is called {name}"))) };
            Rule { brand_id: Some(brand.id), ..Rule::of(Subject::Brand) }
        }
        RuleInput::Category(id) => Rule { category_id: Some(*id), ..Rule::of(Subject::Category) },
        RuleInput::Type(id) => Rule { product_type_id: Some(*id), ..Rule::of(Subject::Type) },
        RuleInput::Tag(text) => Rule { text: Some(text.clone()), ..Rule::of(Subject::Tag) },
        RuleInput::Attribute(id, value) => return Ok(of_attribute(&attributes::find(conn, *id)?, value)),
        RuleInput::Sale => Rule::of(Subject::Sale),
        RuleInput::Stock => Rule::of(Subject::Stock),
        RuleInput::New(days) => Rule { high: Some(Decimal::from(*days)), ..Rule::of(Subject::New) },
        RuleInput::Title(text) => Rule { text: Some(text.clone()), ..Rule::of(Subject::Title) },
    }))
}

/// A choice by its name, a number or a range of them, yes or no, or a text.
fn of_attribute(declared: &Declared, value: &str) -> Result<Rule, String> {
    let Declared { attribute, choices } = declared;
    let rule = Rule { attribute_id: Some(attribute.id), ..Rule::of(Subject::Attribute) };
    match attribute.kind {
        AttributeKind::Text => Ok(Rule { text: Some(value.to_owned()), ..rule }),
        AttributeKind::Boolean => match value.to_lowercase().as_str() {
            said @ ("yes" | "no") => Ok(Rule { text: Some(said.to_owned()), ..rule }),
            _ => Err("Enter yes or no".to_owned()),
        },
        AttributeKind::Choice | AttributeKind::Colour => {
            let chosen = choices.iter().find(|choice| choice.value.to_lowercase() == value.to_lowercase());
            let names = || choices.iter().take(12).map(|choice| choice.value.as_str()).collect::<Vec<_>>().join(", ");
            let chosen = chosen.ok_or_else(|| format!("Enter one of the choices of {}: {}", attribute.name, names()))?;
            Ok(Rule { choice_id: Some(chosen.id), ..rule })
        }
        AttributeKind::Number => {
            let number = |text: &str| text.trim().replace(',', ".").parse::<Decimal>().ok();
            let range = match value.split_once(['–', '-']) {
                Some((low, high)) if !low.trim().is_empty() => number(low).zip(number(high)),
                _ => number(value).map(|number| (number, number)),
            };
            let (low, high) = range.filter(|(low, high)| low <= high).ok_or("Enter a number such as 12, or a range such as 10-20")?;
            Ok(Rule { low: Some(low), high: Some(high), ..rule })
        }
    }
}
