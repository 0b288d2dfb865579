//! Products as tiles in lists: one query for a whole page.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid},
};

use crate::{
    base::{BrandId, CategoryId, CollectionId, Conn, MediaId, Page, PageRequest, ProductId, Result, prepared},
    catalog::model::{Card, Sort},
    media::{Media, Picture},
};

/// Products in one list that can be counted and paged through. Whoever wants one beyond narrows the list.
const LISTED: i64 = 2400;

/// Which products.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// In this category or one below it.
    Category(CategoryId),
    Brand(BrandId),
    Collection(CollectionId),
    /// Picked for the home page.
    Featured,
}

impl Scope {
    /// The shelf: its kind and whose it is.
    pub fn shelf(self) -> Option<(&'static str, i64)> {
        match self {
            Self::Category(id) => Some(("c", id.0)),
            Self::Brand(id) => Some(("b", id.0)),
            Self::Collection(id) => Some(("k", id.0)),
            Self::Featured => None,
        }
    }
}

impl Sort {
    /// Sorting by price goes by the variants' own prices, which shelves have ready in an index; what lists make of them (a sale, a
    /// group's price) is worked out for the page that is shown only.
    fn on_shelf(self) -> &'static str {
        match self {
            Self::Newest => "s.product_id DESC",
            Self::Cheapest => "s.lowest, s.product_id",
            Self::Dearest => "s.lowest DESC, s.product_id DESC",
            Self::Title => "s.title, s.product_id",
            Self::Chosen => "s.position, s.product_id",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::Newest | Self::Chosen => "p.id DESC",
            Self::Cheapest => "v.lowest, p.id",
            Self::Dearest => "v.lowest DESC, p.id DESC",
            Self::Title => "lower(p.title), p.id",
        }
    }
}

/// What stands on the shelf `$1`, `$2` and is shown now.
const ON_SHELF: &str = "shelves s WHERE s.kind = $1 AND s.of_id = $2
    AND (s.shown_from IS NULL OR s.shown_from <= now()) AND (s.shown_until IS NULL OR s.shown_until > now())";

const SELECT: &str = "
    SELECT p.id, p.slug, p.title, p.vendor, v.lowest, v.highest, c.compare_at, m.id AS media_id, m.content_hash, m.width, m.height,
        COALESCE(NULLIF(i.alt, ''), m.alt) AS alt, m.avif
    FROM products p
    JOIN LATERAL (SELECT min(price) AS lowest, max(price) AS highest FROM variants WHERE product_id = p.id AND archived_at IS NULL) v ON v.lowest IS NOT NULL
    JOIN LATERAL (SELECT compare_at FROM variants WHERE product_id = p.id AND archived_at IS NULL ORDER BY price, position, id LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT media_id, alt FROM product_images WHERE product_id = p.id ORDER BY position, media_id LIMIT 1) i ON true
    LEFT JOIN media m ON m.id = i.media_id
    WHERE product_is_shown(p)";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ProductId,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    vendor: String,
    #[diesel(sql_type = BigInt)]
    lowest: i64,
    #[diesel(sql_type = BigInt)]
    highest: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    compare_at: Option<i64>,
    #[diesel(sql_type = Nullable<Uuid>)]
    media_id: Option<MediaId>,
    #[diesel(sql_type = Nullable<Text>)]
    content_hash: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    width: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    height: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    alt: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    avif: Option<bool>,
}

impl From<Row> for Card {
    fn from(row: Row) -> Self {
        let media = || {
            let (id, content_hash, alt) = (row.media_id?, row.content_hash?, row.alt?);
            Some(Media { id, content_hash, width: row.width?, height: row.height?, alt, avif: row.avif? })
        };
        let picture = media().map(|media| Picture::of(media, ""));
        let Row { id, slug, title, vendor, lowest, highest, compare_at, .. } = row;
        Self { id, slug, title, vendor, lowest, highest, compare_at, picture }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: ProductId,
}

/// When the list of `scope` is another one by the clock, since a product's time to be sold begins or ends. `None`: no such time
/// is known.
pub fn next_turn(conn: &mut Conn, scope: Scope) -> Result<Option<DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Turn {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        turn: Option<DateTime<Utc>>,
    }
    let Some((kind, of)) = scope.shelf() else { return Ok(None) };
    let next = sql_query(
        "SELECT LEAST((SELECT min(shown_from) FROM shelves WHERE kind = $1 AND of_id = $2 AND shown_from > now()),
                      (SELECT min(shown_until) FROM shelves WHERE kind = $1 AND of_id = $2 AND shown_until > now())) AS turn",
    );
    let Turn { turn } = prepared(next.bind::<Text, _>(kind).bind::<BigInt, _>(of)).get_result(conn)?;
    Ok(turn)
}

/// A page of the products in `scope` that are for sale. A long list is counted, and paged through, up to a bound.
pub fn cards(conn: &mut Conn, scope: Scope, sort: Sort, page: PageRequest) -> Result<Page<Card>> {
    let Some((kind, of)) = scope.shelf() else { return featured(conn, sort, page) };
    // Only collections have an order of their own, and an index of it.
    let (sort, only) = match (sort, scope) {
        (Sort::Chosen, Scope::Collection(_)) => (sort, "AND s.kind = 'k'"),
        (Sort::Chosen, _) => (Sort::Newest, ""),
        _ => (sort, ""),
    };
    let listed = format!("SELECT s.product_id AS id FROM {ON_SHELF} {only} ORDER BY {} LIMIT {} OFFSET $3", sort.on_shelf(), page.limit());
    let query = prepared(sql_query(listed).bind::<Text, _>(kind).bind::<BigInt, _>(of).bind::<BigInt, _>(page.offset().min(LISTED)));
    let rows: Vec<Id> = if page.offset() < LISTED { query.load(conn)? } else { vec![] };
    let ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    let counted = prepared(
        sql_query(format!("SELECT count(*) AS count FROM (SELECT FROM {ON_SHELF} LIMIT $3) bounded"))
            .bind::<Text, _>(kind)
            .bind::<BigInt, _>(of)
            .bind::<BigInt, _>(LISTED + 1),
    );
    let Count { count } = counted.get_result(conn)?;
    Ok(page.of_counted(cards_in_order(conn, &ids)?, count, LISTED))
}

fn featured(conn: &mut Conn, sort: Sort, page: PageRequest) -> Result<Page<Card>> {
    let listed = sql_query(format!("{SELECT} AND p.featured AND p.status = 'active' ORDER BY {} LIMIT $1 OFFSET $2", sort.order()));
    let rows: Vec<Row> = prepared(listed.bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset())).load(conn)?;
    let counted = "SELECT count(*) AS count FROM products p WHERE p.featured AND p.status = 'active' AND product_is_shown(p)
                   AND EXISTS (SELECT FROM variants v WHERE v.product_id = p.id AND v.archived_at IS NULL)";
    let Count { count } = prepared(sql_query(counted)).get_result(conn)?;
    Ok(page.of(rows.into_iter().map(Card::from).collect(), count))
}

/// What is often bought with these products and is none of them, in one question: what can be had first, then what goes best.
pub fn bought_with_any(conn: &mut Conn, ids: &[ProductId], limit: i64) -> Result<Vec<Card>> {
    const CANDIDATES: i64 = 24;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let wanted = sql_query(format!(
        "WITH beside AS (
             SELECT other_id, min(position) AS position FROM bought_together WHERE product_id = ANY ($1) AND other_id <> ALL ($1)
             GROUP BY other_id ORDER BY 2, 1 LIMIT {CANDIDATES}
         )
         {SELECT} AND p.id IN (SELECT other_id FROM beside)
         ORDER BY EXISTS (SELECT FROM variants v JOIN stock s ON s.variant_id = v.id WHERE v.product_id = p.id AND v.archived_at IS NULL
                          AND CASE WHEN s.is_bundle THEN COALESCE(bundle_available(v.id), 1) > 0
                                   ELSE NOT s.tracked OR s.on_hand + s.backorder_limit - s.allocated - s.reserved > 0 END) DESC,
                  (SELECT position FROM beside WHERE other_id = p.id), p.id
         LIMIT $2"
    ));
    let wanted = wanted.bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).bind::<BigInt, _>(limit);
    let rows: Vec<Row> = prepared(wanted).load(conn)?;
    Ok(rows.into_iter().map(Card::from).collect())
}

/// The tiles of these products in this order; those not for sale are left out.
pub fn cards_in_order(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Card>> {
    let wanted = sql_query(format!("{SELECT} AND p.id = ANY($1) ORDER BY array_position($1, p.id)"));
    let rows: Vec<Row> = prepared(wanted.bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>())).load(conn)?;
    Ok(rows.into_iter().map(Card::from).collect())
}
