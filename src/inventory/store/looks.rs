//! What a product's page tells of stock, in one statement: of its own variants, and of the products beside it.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text},
};

use super::{
    levels::bought_of,
    stock::{ABOUT, Held, OVER, of_parts},
};
use crate::{
    base::{Conn, ProductId, Result, VariantId, prepared},
    inventory::model::Stock,
};

/// The stock of some variants as everybody finds it, and which of some products can be bought.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub stock: HashMap<VariantId, Stock>,
    pub available: HashSet<ProductId>,
}

impl Look {
    /// None stored counts as none on hand.
    pub fn of(&self, variant: VariantId) -> Stock {
        self.stock.get(&variant).copied().unwrap_or(Stock::none(variant))
    }
}

/// `$1`: variants, `$2`: products; lists that PostgreSQL can't look into, since it would plan anew for each length.
static SELECT: LazyLock<String> = LazyLock::new(|| select(&format!("ARRAY({})", bought_of("ARRAY(SELECT unnest($2))"))));

/// The same without products: most have none beside them, and what is not asked need not be prepared for.
static ALONE: LazyLock<String> = LazyLock::new(|| select("$2"));

fn select(available: &str) -> String {
    format!(
        "SELECT (SELECT json_agg(s) FROM (
            SELECT {ABOUT}, s.reserved - o.over AS reserved FROM stock s {OVER}
            WHERE s.variant_id = ANY (ARRAY(SELECT unnest($1)))) s)::text AS stock, {available} AS available"
    )
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    stock: Option<String>,
    #[diesel(sql_type = Array<BigInt>)]
    available: Vec<ProductId>,
}

/// See [`Look`].
pub fn look(conn: &mut Conn, variants: &[VariantId], products: &[ProductId]) -> Result<Look> {
    let text = if products.is_empty() { &ALONE } else { &SELECT };
    let query = sql_query(text.as_str()).bind::<Array<BigInt>, _>(variants).bind::<Array<BigInt>, _>(products);
    let Row { stock, available } = prepared(query).get_result(conn)?;
    let stock: Vec<Stock> = stock.map_or(Ok(vec![]), |stock| serde_json::from_str(&stock))?;
    let held = of_parts(conn, stock.into_iter().map(|stock| Held { holder: None, stock }).collect())?;
    let stock = held.into_iter().map(|held| (held.stock.variant_id, held.stock)).collect();
    Ok(Look { stock, available: available.into_iter().collect() })
}
