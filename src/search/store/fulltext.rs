//! PostgreSQL's full text, which answers while the index is being built.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use crate::base::{Conn, Page, PageRequest, ProductId, Result};

#[derive(QueryableByName)]
struct Found {
    /// `None` on a page past the end.
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<ProductId>,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// The last word counts as a beginning, so that `ham` finds hammers; a SKU finds its product.
const FIND: &str = "
    WITH typed AS (
        SELECT websearch_to_tsquery('english', $1) AS words,
               to_tsquery('simple', CASE WHEN last ~ '^[[:alnum:]]+$' THEN last || ':*' ELSE '' END) AS beginning
        FROM (SELECT lower(regexp_replace($1, '^.* ', '')) AS last) l
    ), found AS (
        SELECT p.id, ts_rank(p.document, t.words) + ts_rank(p.document, t.beginning) / 2 AS rank
        FROM products p, typed t
        WHERE product_is_shown(p) AND (p.document @@ t.words OR ($1 !~ ' ' AND p.document @@ t.beginning))
        UNION
        SELECT v.product_id, 10 FROM variants v JOIN products p ON p.id = v.product_id
        WHERE upper(v.sku) = upper($1) AND product_is_shown(p) AND v.archived_at IS NULL
    )
    , ranked AS (SELECT id, max(rank) AS rank FROM found GROUP BY id)
    SELECT listed.id, counted.total FROM (SELECT count(*) AS total FROM ranked) counted
    LEFT JOIN LATERAL (SELECT id, rank FROM ranked ORDER BY rank DESC, id DESC LIMIT $2 OFFSET $3) listed ON true
    ORDER BY listed.rank DESC, listed.id DESC";

/// Products that fit, the best first.
pub fn find(conn: &mut Conn, text: &str, page: PageRequest) -> Result<Page<ProductId>> {
    let rows: Vec<Found> =
        sql_query(FIND).bind::<Text, _>(text).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    let total = rows.first().map_or(0, |found| found.total);
    Ok(page.of(rows.into_iter().filter_map(|found| found.id).collect(), total))
}
