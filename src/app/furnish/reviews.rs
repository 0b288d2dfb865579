//! What the demo's buyers say of its goods.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    base::{Conn, Result, db_now},
    catalog,
    reviews::{self, BroughtReview, Wording},
};

#[derive(Deserialize)]
struct Said {
    /// So long ago.
    days: i64,
    name: String,
    stars: i16,
    #[serde(default)]
    title: String,
    body: String,
    #[serde(default)]
    reply: String,
}

/// Adds them where the shop has no review yet. `text`: the demo's file, reviews by the product's address.
pub fn demo(conn: &mut Conn, text: &str) -> Result<()> {
    if reviews::any(conn)? {
        return Ok(());
    }
    let said: BTreeMap<String, Vec<Said>> = serde_json::from_str(text)?;
    let (now, mut brought) = (db_now(conn)?, vec![]);
    for (slug, said) in said {
        let Some(product) = catalog::product_by_slug(conn, &slug)? else { continue };
        brought.extend(said.into_iter().map(|Said { days, name, stars, title, body, reply }| BroughtReview {
            product: product.id,
            wording: Wording { stars, title, body, name },
            reply,
            written_at: now - TimeDelta::days(days),
        }));
    }
    // Lists show what was written last first, by its number.
    brought.sort_by_key(|review| review.written_at);
    reviews::bring(conn, &brought)
}
