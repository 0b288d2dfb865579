//! What a product is said to be. Attributes and choices that its product type does not have yet are declared.

use crate::{
    base::{AttributeId, Conn, ProductId, ProductTypeId, Result},
    catalog::{self, AttributeChange, AttributeKind, AttributeValue},
    exchange::{
        model::{AttributeInFile, ProductInFile},
        report::Report,
    },
};

/// Whether anything was written.
pub fn write(conn: &mut Conn, product: ProductId, file: &ProductInFile, report: &mut Report) -> Result<bool> {
    let Some(wanted) = &file.attributes else { return Ok(false) };
    let had = catalog::attributes_of(conn, product)?;
    let Some(of) = catalog::product(conn, product)?.product_type_id else {
        if !wanted.is_empty() {
            report.note(file.row, "the attributes were left out: the product has no product type to declare them");
        }
        return Ok(false);
    };
    let mut values = vec![];
    for attribute in wanted {
        let (id, kind) = declared(conn, of, attribute)?;
        match value(conn, id, kind, &attribute.values)? {
            Ok(value) => values.push((id, value)),
            Err(message) => report.problem(file.row, format!("the attribute {:?} was left out: {message}", attribute.name)),
        }
    }
    if values.len() == had.len() && values.iter().all(|(id, value)| had.get(id) == Some(value)) {
        return Ok(false);
    }
    catalog::set_attributes(conn, product, &values)?;
    Ok(true)
}

/// What the type calls it, and what kind it is of: the shop's word counts, not the file's.
fn declared(conn: &mut Conn, of: ProductTypeId, attribute: &AttributeInFile) -> Result<(AttributeId, AttributeKind)> {
    let all = catalog::declared_by(conn, of)?;
    if let Some(found) = all.iter().find(|declared| declared.attribute.code == attribute.code) {
        return Ok((found.attribute.id, found.attribute.kind));
    }
    let change = AttributeChange {
        code: attribute.code.clone(),
        name: attribute.name.clone(),
        kind: attribute.kind,
        unit: if attribute.kind == AttributeKind::Number { attribute.unit.clone() } else { String::new() },
        filterable: attribute.filterable,
        position: i32::try_from(all.len()).unwrap_or(0) + 1,
    };
    Ok((catalog::save_attribute(conn, of, None, &change)?, attribute.kind))
}

fn value(conn: &mut Conn, id: AttributeId, kind: AttributeKind, words: &[String]) -> Result<Result<AttributeValue, String>> {
    let text = words.join(", ");
    if text.trim().is_empty() {
        return Ok(Err("it has no value".to_owned()));
    }
    Ok(match kind {
        AttributeKind::Text => Ok(AttributeValue::Text(text)),
        AttributeKind::Number => text
            .parse::<rust_decimal::Decimal>()
            .map(|number| AttributeValue::Number(number.normalize()))
            .map_err(|_| format!("{text:?} is no number")),
        AttributeKind::Boolean => match text.to_lowercase().as_str() {
            "yes" | "true" | "1" => Ok(AttributeValue::Boolean(true)),
            "no" | "false" | "0" => Ok(AttributeValue::Boolean(false)),
            _ => Err(format!("{text:?} is neither yes nor no")),
        },
        AttributeKind::Choice | AttributeKind::Colour => {
            let mut choices = vec![];
            for word in words {
                let choice = catalog::choice_named(conn, id, word)?;
                if !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
            Ok(AttributeValue::Choices(choices))
        }
    })
}
