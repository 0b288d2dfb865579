use chrono::Utc;

use super::book::trial_book;
use crate::{
    accounts::{self, Buyer},
    base::{CategoryId, Conn, Email, Problems, Result},
    catalog::{self, Variant},
    promotions::model::{BasketLine, Situation, Trial, Tried},
    settings::{self, Place},
};

/// The cart on trial, what it gets, and what became of each promotion. At the goods' own prices: neither price lists nor tax.
///
/// # Errors
/// `Invalid` on `lines` when a SKU is unknown.
pub fn try_out(conn: &mut Conn, trial: &Trial) -> Result<Tried> {
    let (mut lines, mut names, mut problems) = (vec![], vec![], Problems::default());
    for (sku, quantity) in &trial.lines {
        match catalog::variant_by_sku(conn, sku)? {
            Some(variant) => {
                names.push(catalog::product(conn, variant.product_id)?.title);
                lines.push(line(conn, variant, *quantity)?);
            }
            None => problems.add("lines", format!("There is no variant with the SKU {sku}")),
        }
    }
    problems.check()?;
    let buyer = buyer(conn, trial.email.as_ref())?;
    let book = trial_book(conn, trial.promotion, &trial.codes, &buyer, trial.email.as_ref().map(Email::as_str))?;
    let place = trial.country.clone().map(|country| Place { country, ..Place::default() });
    let currency = settings::store(conn)?.currency;
    let situation = Situation { lines: &lines, currency, place: place.as_ref(), buyer: &buyer, now: Utc::now() };
    let (outcome, explanations) = (book.decide(&situation), book.explain(&situation));
    Ok(Tried { lines, names, outcome, explanations })
}

fn buyer(conn: &mut Conn, email: Option<&Email>) -> Result<Buyer> {
    let row = email.map(|email| accounts::find_by_email(conn, email)).transpose()?.flatten();
    accounts::buyer(conn, row.map(|row| row.id))
}

fn line(conn: &mut Conn, variant: Variant, quantity: i32) -> Result<BasketLine> {
    let categories: Vec<CategoryId> = catalog::categories_of(conn, variant.product_id)?
        .into_iter()
        .flat_map(|category| [Some(category.id), category.parent_id])
        .flatten()
        .collect();
    Ok(BasketLine {
        variant: variant.id,
        product: variant.product_id,
        categories,
        unit_price: variant.price,
        quantity,
        is_reduced: variant.compare_at.is_some(),
        is_gift_card: false,
    })
}
