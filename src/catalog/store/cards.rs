//! Products as tiles in lists: one query for a whole page.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::BoxedSqlQuery,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid},
};

use crate::{
    base::{CategoryId, Conn, MediaId, Page, PageRequest, ProductId, Result},
    catalog::model::{Card, Sort},
    media::{Media, Picture},
};

/// Which products.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// In this category or one below it.
    Category(CategoryId),
    /// Picked for the home page.
    Featured,
}

impl Scope {
    /// Takes `$1`.
    fn condition(self) -> &'static str {
        match self {
            Self::Category(_) => {
                "EXISTS (SELECT FROM product_categories c JOIN categories k ON k.id = c.category_id
                         WHERE c.product_id = p.id AND $1 IN (k.id, k.parent_id))"
            }
            Self::Featured => "p.featured AND $1 = 0",
        }
    }

    fn parameter(self) -> i64 {
        match self {
            Self::Category(id) => id.0,
            Self::Featured => 0,
        }
    }
}

impl Sort {
    /// Sorting by price goes by the variants' own prices, which an index-free sort over all products can afford; what lists make
    /// of them (a sale, a group's price) is worked out for the page that is shown only.
    fn order(self) -> &'static str {
        match self {
            Self::Newest => "p.id DESC",
            Self::Cheapest => "v.lowest, p.id",
            Self::Dearest => "v.lowest DESC, p.id",
            Self::Title => "lower(p.title), p.id",
        }
    }
}

const SELECT: &str = "
    SELECT p.id, p.slug, p.title, p.vendor, v.lowest, v.highest, c.compare_at, m.id AS media_id, m.content_hash, m.width, m.height, i.alt
    FROM products p
    JOIN LATERAL (SELECT min(price) AS lowest, max(price) AS highest FROM variants WHERE product_id = p.id AND archived_at IS NULL) v ON v.lowest IS NOT NULL
    JOIN LATERAL (SELECT compare_at FROM variants WHERE product_id = p.id AND archived_at IS NULL ORDER BY price, position, id LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT media_id, alt FROM product_images WHERE product_id = p.id ORDER BY position, media_id LIMIT 1) i ON true
    LEFT JOIN media m ON m.id = i.media_id
    WHERE p.status = 'active'";

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
}

impl From<Row> for Card {
    fn from(row: Row) -> Self {
        let media = || Some(Media { id: row.media_id?, content_hash: row.content_hash?, width: row.width?, height: row.height? });
        let picture = media().map(|media| Picture { media, alt: row.alt.unwrap_or_default() });
        let Row { id, slug, title, vendor, lowest, highest, compare_at, .. } = row;
        Self { id, slug, title, vendor, lowest, highest, compare_at, picture }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A page of the products in `scope` that are for sale.
pub fn cards(conn: &mut Conn, scope: Scope, sort: Sort, page: PageRequest) -> Result<Page<Card>> {
    let condition = scope.condition();
    let listed: BoxedSqlQuery<'_, Pg, _> =
        sql_query(format!("{SELECT} AND {condition} ORDER BY {} LIMIT $2 OFFSET $3", sort.order())).into_boxed();
    let rows: Vec<Row> =
        listed.bind::<BigInt, _>(scope.parameter()).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    let sold = "p.status = 'active' AND EXISTS (SELECT FROM variants v WHERE v.product_id = p.id AND v.archived_at IS NULL)";
    let counted = sql_query(format!("SELECT count(*) AS count FROM products p WHERE {sold} AND {condition}"));
    let Count { count } = counted.bind::<BigInt, _>(scope.parameter()).get_result(conn)?;
    Ok(page.of(rows.into_iter().map(Card::from).collect(), count))
}

/// The tiles of these products in this order; those not for sale are left out.
pub fn cards_in_order(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Card>> {
    let wanted = sql_query(format!("{SELECT} AND p.id = ANY($1) ORDER BY array_position($1, p.id)"));
    let rows: Vec<Row> = wanted.bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).load(conn)?;
    Ok(rows.into_iter().map(Card::from).collect())
}
