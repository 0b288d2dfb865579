//! A product as rows.

use super::{columns::Column, words};
use crate::{
    base::{Currency, cell},
    exchange::model::{ProductOut, VariantOut},
};

pub fn header() -> Vec<String> {
    Column::ALL.iter().map(|column| column.header().to_owned()).collect()
}

/// The product's rows, each with a cell for each column. A product without variants has one row.
pub fn rows_of(product: &ProductOut, currency: Currency) -> Vec<Vec<String>> {
    let row = |first: bool, variant: Option<&VariantOut>| {
        let written = |column: &Column| {
            let of_product = if first || *column == Column::Handle { of_product(product, *column) } else { None };
            cell(&of_product.or_else(|| of_variant(variant?, *column, currency)).unwrap_or_default())
        };
        Column::ALL.iter().map(written).collect()
    };
    if product.variants.is_empty() {
        return vec![row(true, None)];
    }
    product.variants.iter().enumerate().map(|(at, variant)| row(at == 0, Some(variant))).collect()
}

fn of_product(product: &ProductOut, column: Column) -> Option<String> {
    Some(match column {
        Column::Handle => product.slug.clone(),
        Column::Title => product.title.clone(),
        Column::Description => product.description.clone(),
        Column::Brand => product.vendor.clone(),
        Column::Kind => product.product_type.clone(),
        Column::Tags => words::join(&product.tags, ';'),
        Column::Featured => yes(product.featured),
        Column::GiftCard => yes(product.is_gift_card),
        Column::Status => product.status.clone(),
        Column::From => moment(product.on_sale_from),
        Column::Until => moment(product.on_sale_until),
        Column::Categories => words::join(product.categories.iter().map(|path| words::join(path, '>')), ';'),
        Column::Related => words::join(&product.related, ';'),
        Column::Accessories => words::join(&product.accessories, ';'),
        Column::Attributes => {
            let attribute = |attribute: &crate::exchange::model::AttributeOut| {
                let head =
                    [&attribute.code, &attribute.name, &attribute.kind, &attribute.unit, &yes(attribute.filterable)].map(String::clone);
                words::join(head.into_iter().chain(attribute.values.iter().cloned()), '|')
            };
            words::join(product.attributes.iter().map(attribute), ';')
        }
        Column::Pictures => {
            let picture = |picture: &crate::exchange::model::PictureOut| {
                words::join([picture.position.to_string(), picture.alt.clone(), format!("media:{}", picture.hash)], '|')
            };
            words::join(product.pictures.iter().map(picture), ';')
        }
        Column::Options => words::join(&product.option_names, ';'),
        _ => return None,
    })
}

fn of_variant(variant: &VariantOut, column: Column, currency: Currency) -> Option<String> {
    let price = |minor| crate::base::Money::new(minor, currency).plain();
    Some(match column {
        Column::Sku => variant.sku.clone(),
        Column::Values => words::join(&variant.option_values, ';'),
        Column::Position => variant.position.to_string(),
        Column::Price => price(variant.price),
        Column::CompareAt => variant.compare_at.map(price)?,
        Column::TaxClass => variant.tax_class.clone(),
        Column::Grams => variant.weight_grams.to_string(),
        Column::Barcode => variant.barcode.clone(),
        Column::Archived => yes(variant.archived),
        Column::Stock => variant.on_hand.map(|on_hand| on_hand.to_string())?,
        Column::Backorder => variant.backorder_limit.to_string(),
        Column::Preorder => yes(variant.preorder),
        Column::Available => variant.available_from.map(|day| day.to_string())?,
        Column::Low => variant.low_at.map(|low| low.to_string())?,
        Column::Most => variant.most_per_order.map(|most| most.to_string())?,
        Column::Parts => words::join(variant.parts.iter().map(|(sku, units)| words::join([sku.clone(), units.to_string()], '|')), ';'),
        Column::Download => yes(variant.is_digital),
        Column::Files => words::join(&variant.files, ';'),
        _ => return None,
    })
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn moment(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)).unwrap_or_default()
}
