use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    base::{Conn, ProductId, Result},
    catalog::model::Rating,
    schema::product_ratings,
};

/// What buyers think of these products; those without reviews are left out.
pub fn of_products(conn: &mut Conn, ids: &[ProductId]) -> Result<HashMap<ProductId, Rating>> {
    let rated = product_ratings::table.filter(product_ratings::product_id.eq_any(ids)).filter(product_ratings::reviews.gt(0));
    let rows: Vec<(ProductId, i32, i32)> =
        rated.select((product_ratings::product_id, product_ratings::reviews, product_ratings::stars)).load(conn)?;
    Ok(rows.into_iter().map(|(product, reviews, stars)| (product, Rating { reviews, stars })).collect())
}
