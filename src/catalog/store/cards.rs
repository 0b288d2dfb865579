//! Products as tiles in lists: one query for a whole page.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz},
};
use serde::Deserialize;

use super::variants::PRICED;
use crate::{
    base::{BrandId, CategoryId, CollectionId, Conn, Page, PageRequest, ProductId, Result, prepared},
    catalog::model::{Card, Priced, Rating, Sort},
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
}

/// What stands on the shelf `$1`, `$2` and is shown now.
const ON_SHELF: &str = "shelves s WHERE s.kind = $1 AND s.of_id = $2
    AND (s.shown_from IS NULL OR s.shown_from <= now()) AND (s.shown_until IS NULL OR s.shown_until > now())";

/// A product as a tile, as JSON.
static SELECT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "
    SELECT json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, 'priced', v.priced,
        'rating', (SELECT r FROM (SELECT reviews, stars FROM product_ratings WHERE product_id = p.id AND reviews > 0) r), 'media', CASE WHEN m.id IS NOT NULL THEN
        json_build_object('id', m.id, 'content_hash', m.content_hash, 'width', m.width, 'height', m.height,
            'alt', COALESCE(NULLIF(i.alt, ''), m.alt), 'avif', m.avif) END)::text AS card
    FROM products p
    JOIN LATERAL (SELECT {PRICED} AS priced) v ON v.priced IS NOT NULL
    LEFT JOIN LATERAL (SELECT media_id, alt FROM product_images WHERE product_id = p.id ORDER BY position, media_id LIMIT 1) i ON true
    LEFT JOIN media m ON m.id = i.media_id
    WHERE product_is_shown(p)"
    )
});

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    card: String,
}

#[derive(Deserialize)]
struct CardRow {
    id: ProductId,
    slug: String,
    title: String,
    priced: Vec<Priced>,
    media: Option<Media>,
    rating: Option<Rating>,
}

impl Row {
    fn card(&self) -> Result<Card> {
        let CardRow { id, slug, title, priced, media, rating } = serde_json::from_str(&self.card)?;
        Ok(Card { id, slug, title, priced, picture: media.map(|media| Picture::of(media, "")), rating })
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
    let Some((kind, of)) = scope.shelf() else { return featured(conn, page) };
    let ids = if page.offset() < LISTED { on_shelf(conn, scope, sort, page)? } else { vec![] };
    let counted = prepared(
        sql_query(format!("SELECT count(*) AS count FROM (SELECT FROM {ON_SHELF} LIMIT $3) bounded"))
            .bind::<Text, _>(kind)
            .bind::<BigInt, _>(of)
            .bind::<BigInt, _>(LISTED + 1),
    );
    let Count { count } = counted.get_result(conn)?;
    Ok(page.of_counted(cards_in_order(conn, &ids)?, count, LISTED))
}

/// What stands first there.
pub fn first_card(conn: &mut Conn, scope: Scope, sort: Sort) -> Result<Option<Card>> {
    let ids = on_shelf(conn, scope, sort, PageRequest::new(None, 1))?;
    Ok(cards_in_order(conn, &ids)?.into_iter().next())
}

fn on_shelf(conn: &mut Conn, scope: Scope, sort: Sort, page: PageRequest) -> Result<Vec<ProductId>> {
    let Some((kind, of)) = scope.shelf() else { return Ok(vec![]) };
    // Only collections have an order of their own, and an index of it.
    let (sort, only) = match (sort, scope) {
        (Sort::Chosen, Scope::Collection(_)) => (sort, "AND s.kind = 'k'"),
        (Sort::Chosen, _) => (Sort::Newest, ""),
        _ => (sort, ""),
    };
    let listed = format!("SELECT s.product_id AS id FROM {ON_SHELF} {only} ORDER BY {} LIMIT {} OFFSET $3", sort.on_shelf(), page.limit());
    let query = prepared(sql_query(listed).bind::<Text, _>(kind).bind::<BigInt, _>(of).bind::<BigInt, _>(page.offset()));
    Ok(query.load::<Id>(conn)?.into_iter().map(|row| row.id).collect())
}

/// The newest first.
fn featured(conn: &mut Conn, page: PageRequest) -> Result<Page<Card>> {
    let listed = sql_query(format!("{} AND p.featured AND p.status = 'active' ORDER BY p.id DESC LIMIT $1 OFFSET $2", *SELECT));
    let rows: Vec<Row> = prepared(listed.bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset())).load(conn)?;
    let counted = "SELECT count(*) AS count FROM products p WHERE p.featured AND p.status = 'active' AND product_is_shown(p)
                   AND EXISTS (SELECT FROM variants v WHERE v.product_id = p.id AND v.archived_at IS NULL)";
    let Count { count } = prepared(sql_query(counted)).get_result(conn)?;
    Ok(page.of(rows.iter().map(Row::card).collect::<Result<_>>()?, count))
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
         {select} AND p.id IN (SELECT other_id FROM beside)
         ORDER BY EXISTS (SELECT FROM variants v JOIN stock s ON s.variant_id = v.id WHERE v.product_id = p.id AND v.archived_at IS NULL
                          AND CASE WHEN s.is_bundle THEN COALESCE(bundle_available(v.id), 1) > 0
                                   ELSE NOT s.tracked OR s.on_hand + s.backorder_limit - s.allocated - s.reserved > 0 END) DESC,
                  (SELECT position FROM beside WHERE other_id = p.id), p.id
         LIMIT $2",
        select = *SELECT,
    ));
    let wanted = wanted.bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).bind::<BigInt, _>(limit);
    let rows: Vec<Row> = prepared(wanted).load(conn)?;
    rows.iter().map(Row::card).collect()
}

/// The tiles of these products in this order; those not for sale are left out.
pub fn cards_in_order(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Card>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    // A list that PostgreSQL can't look into: it would plan anew for each length.
    let wanted = sql_query(format!("{} AND p.id = ANY (ARRAY(SELECT unnest($1))) ORDER BY array_position($1, p.id)", *SELECT));
    let rows: Vec<Row> = prepared(wanted.bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>())).load(conn)?;
    rows.iter().map(Row::card).collect()
}
