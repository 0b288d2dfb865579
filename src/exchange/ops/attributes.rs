//! What a product is said to be. Attributes and choices that its product type does not have yet are declared.

use super::known::Known;
use crate::{
    base::{AttributeId, Conn, ProductId, ProductTypeId, Result},
    catalog::{self, AttributeKind, AttributeValue},
    exchange::{
        model::ProductInFile,
        report::{Report, quoted},
    },
};

/// Whether anything was written.
pub fn write(conn: &mut Conn, product: ProductId, file: &ProductInFile, report: &mut Report) -> Result<bool> {
    if file.attributes.is_none() {
        return Ok(false);
    }
    let had = catalog::attributes_of(conn, product)?;
    let of = catalog::product(conn, product)?.product_type_id;
    let values = said(conn, &mut Known::default(), of, file, report)?;
    if of.is_none() || (values.len() == had.len() && values.iter().all(|(id, value)| had.get(id) == Some(value))) {
        return Ok(false);
    }
    catalog::set_attributes(conn, product, &values)?;
    Ok(true)
}

/// What the file says of the product's attributes; `of` is its type.
pub fn said(
    conn: &mut Conn,
    known: &mut Known,
    of: Option<ProductTypeId>,
    file: &ProductInFile,
    report: &mut Report,
) -> Result<Vec<(AttributeId, AttributeValue)>> {
    let wanted = file.attributes.as_deref().unwrap_or_default();
    let Some(of) = of else {
        if !wanted.is_empty() {
            report.note(file.row, "the attributes were left out: the product has no product type to declare them");
        }
        return Ok(vec![]);
    };
    let mut values = vec![];
    for attribute in wanted {
        let (id, kind) = known.attribute(conn, of, attribute)?;
        match value(conn, known, id, kind, &attribute.values)? {
            Ok(value) => values.push((id, value)),
            Err(message) => report.problem(file.row, format!("the attribute {} was left out: {message}", quoted(&attribute.name))),
        }
    }
    Ok(values)
}

fn value(
    conn: &mut Conn,
    known: &mut Known,
    id: AttributeId,
    kind: AttributeKind,
    words: &[String],
) -> Result<Result<AttributeValue, String>> {
    let text = words.join(", ");
    if text.trim().is_empty() {
        return Ok(Err("it has no value".to_owned()));
    }
    Ok(match kind {
        AttributeKind::Text => Ok(AttributeValue::Text(text)),
        AttributeKind::Number => text
            .parse::<rust_decimal::Decimal>()
            .map(|number| AttributeValue::Number(number.normalize()))
            .map_err(|_| format!("{} is no number", quoted(&text))),
        AttributeKind::Boolean => match text.to_lowercase().as_str() {
            "yes" | "true" | "1" => Ok(AttributeValue::Boolean(true)),
            "no" | "false" | "0" => Ok(AttributeValue::Boolean(false)),
            _ => Err(format!("{} is neither yes nor no", quoted(&text))),
        },
        AttributeKind::Choice | AttributeKind::Colour => {
            let mut choices = vec![];
            for word in words {
                let choice = known.choice(conn, id, word)?;
                if !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
            Ok(AttributeValue::Choices(choices))
        }
    })
}
