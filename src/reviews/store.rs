use diesel::{
    dsl::exists,
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Text, Timestamptz},
};

use super::model::{BroughtReview, Queued, Review, ReviewFilter, ReviewState, Reviewed, Wording};
use crate::{
    base::{AccountId, Conn, OnConstraint, OrderLineId, Page, PageRequest, ProductId, Result, ReviewId, typed},
    schema::{accounts, order_lines, orders, products, reviews},
};

diesel::define_sql_function! { fn lower(text: Text) -> Text; }

/// A page of a product's published reviews, the newest first. `total`: as the product's rating counts them.
pub fn published(conn: &mut Conn, product: ProductId, total: i64, page: PageRequest) -> Result<Page<Review>> {
    let shown = reviews::table.filter(reviews::product_id.eq(product)).filter(reviews::state.eq(ReviewState::Published));
    let newest = shown.order(reviews::id.desc()).limit(page.limit()).offset(page.offset());
    Ok(page.of(newest.select(Review::as_select()).load(conn)?, total))
}

/// The newest of them.
pub fn newest(conn: &mut Conn, product: ProductId, limit: i64) -> Result<Vec<Review>> {
    Ok(published(conn, product, limit, PageRequest::new(None, limit))?.items)
}

/// Whether the shop has any review.
pub fn any(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(exists(reviews::table.select(reviews::id))).get_result(conn)?)
}

/// What this account wrote about the product.
pub fn own(conn: &mut Conn, product: ProductId, account: AccountId) -> Result<Option<Review>> {
    let of = reviews::table.filter(reviews::product_id.eq(product)).filter(reviews::account_id.eq(account));
    Ok(of.select(Review::as_select()).first(conn).optional()?)
}

/// One of this account's.
///
/// # Errors
/// `NotFound`, also for one of another's.
pub fn find_own(conn: &mut Conn, id: ReviewId, account: AccountId) -> Result<(Review, Reviewed)> {
    let of = reviews::table.inner_join(products::table).filter(reviews::id.eq(id)).filter(reviews::account_id.eq(account));
    let (review, product) = of.select((Review::as_select(), PRODUCT)).first(conn)?;
    Ok((review, reviewed(product)))
}

const PRODUCT: (products::id, products::slug, products::title) = (products::id, products::slug, products::title);

fn reviewed((id, slug, title): (ProductId, String, String)) -> Reviewed {
    Reviewed { id, slug, title }
}

/// What an account wrote, the newest first.
pub fn of_account(conn: &mut Conn, account: AccountId, page: PageRequest) -> Result<Page<(Review, Reviewed)>> {
    let of = || reviews::table.inner_join(products::table).filter(reviews::account_id.eq(account));
    let listed = of().order(reviews::id.desc()).limit(page.limit()).offset(page.offset());
    let rows: Vec<(Review, (ProductId, String, String))> = listed.select((Review::as_select(), PRODUCT)).load(conn)?;
    let total = of().count().get_result(conn)?;
    Ok(page.of(rows.into_iter().map(|(review, product)| (review, reviewed(product))).collect(), total))
}

/// Lines by which goods were paid and sent. Of what is sent on trust nothing is known until it is paid.
const BOUGHT: &str = "
    FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN variants v ON v.id = l.variant_id
    WHERE o.account_id = $1 AND o.lifecycle <> 'cancelled' AND o.payment_state IN ('paid', 'overcharged', 'partly_refunded')
        AND (l.shipped > 0 OR o.lifecycle = 'completed')";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = BigInt)]
    id: OrderLineId,
}

/// The first line by which this account bought the product and was sent it.
pub fn bought(conn: &mut Conn, account: AccountId, product: ProductId) -> Result<Option<OrderLineId>> {
    let asked = sql_query(format!("SELECT l.id {BOUGHT} AND v.product_id = $2 ORDER BY l.id LIMIT 1"));
    let found: Option<Line> = asked.bind::<BigInt, _>(account).bind::<BigInt, _>(product).get_result(conn).optional()?;
    Ok(found.map(|line| line.id))
}

/// Products that this account bought and wrote nothing about, what was bought last first. Only those that the shop still shows.
pub fn unreviewed(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Reviewed>> {
    let asked = sql_query(format!(
        "SELECT p.id, p.slug, p.title FROM (SELECT v.product_id, max(l.id) AS last {BOUGHT} GROUP BY v.product_id) b
         JOIN products p ON p.id = b.product_id AND product_is_shown(p)
         WHERE NOT EXISTS (SELECT FROM reviews r WHERE r.product_id = p.id AND r.account_id = $1)
         ORDER BY b.last DESC LIMIT $2"
    ));
    Ok(asked.bind::<BigInt, _>(account).bind::<BigInt, _>(limit).load(conn)?)
}

/// Holds the products of these reviews until the transaction ends. Whoever writes reviews does this first: a product that is being
/// deleted is held before its reviews, too.
pub fn hold_products_of(conn: &mut Conn, ids: &[ReviewId]) -> Result<()> {
    let of = "SELECT FROM products WHERE id IN (SELECT product_id FROM reviews WHERE id = ANY ($1)) ORDER BY id FOR NO KEY UPDATE";
    sql_query(of).bind::<Array<BigInt>, _>(ids).execute(conn)?;
    Ok(())
}

pub fn hold_product(conn: &mut Conn, id: ProductId) -> Result<()> {
    let held: ProductId = products::table.find(id).select(products::id).for_no_key_update().first(conn)?;
    debug_assert_eq!(held, id);
    Ok(())
}

/// Adds what this account says of the product, or puts it in the place of what they said before, where that was something else.
pub fn put(conn: &mut Conn, product: ProductId, account: AccountId, line: OrderLineId, said: &Wording, state: ReviewState) -> Result<()> {
    let Wording { stars, title, body, name } = said;
    sql_query(
        "INSERT INTO reviews AS r (product_id, account_id, order_line_id, stars, title, body, name, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT ON CONSTRAINT reviews_one_each DO UPDATE SET order_line_id = excluded.order_line_id, stars = excluded.stars,
            title = excluded.title, body = excluded.body, name = excluded.name, state = excluded.state, revision = r.revision + 1,
            changed_at = now(), decided_at = NULL, decided_by = NULL, reason = ''
         WHERE (r.stars, r.title, r.body, r.name) <> (excluded.stars, excluded.title, excluded.body, excluded.name)",
    )
    .bind::<BigInt, _>(product)
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(line)
    .bind::<diesel::sql_types::SmallInt, _>(stars)
    .bind::<Text, _>(title)
    .bind::<Text, _>(body)
    .bind::<Text, _>(name)
    .bind::<Text, _>(state)
    .execute(conn)?;
    Ok(())
}

/// `false`: it is not this account's, or gone already.
pub fn remove(conn: &mut Conn, id: ReviewId, account: AccountId) -> Result<bool> {
    let of = reviews::table.find(id).filter(reviews::account_id.eq(account));
    Ok(diesel::delete(of).execute(conn)? > 0)
}

/// Gives these wordings this state, in the order of their ids; those that were changed meanwhile, or have it already, are left out.
/// `reason`: for their authors. Gives those that were decided.
pub fn decide(conn: &mut Conn, wordings: &[(ReviewId, i32)], state: ReviewState, reason: &str, by: AccountId) -> Result<Vec<Queued>> {
    let (ids, revisions): (Vec<ReviewId>, Vec<i32>) = wordings.iter().copied().unzip();
    let decided = sql_query(
        "UPDATE reviews SET state = $3, decided_at = now(), decided_by = $4, reason = $5 WHERE id IN (
            SELECT r.id FROM reviews r JOIN unnest($1, $2) AS w (id, revision) ON w.id = r.id AND w.revision = r.revision
            WHERE r.state <> $3 ORDER BY r.id FOR UPDATE OF r) RETURNING id",
    );
    let decided = decided.bind::<Array<BigInt>, _>(ids).bind::<Array<Integer>, _>(revisions);
    let decided: Vec<Decided> = decided.bind::<Text, _>(state).bind::<BigInt, _>(by).bind::<Text, _>(reason).load(conn)?;
    let ids: Vec<ReviewId> = decided.into_iter().map(|decided| decided.id).collect();
    queued(conn, &ids)
}

#[derive(QueryableByName)]
struct Decided {
    #[diesel(sql_type = BigInt)]
    id: ReviewId,
}

/// # Errors
/// `NotFound`.
pub fn set_reply(conn: &mut Conn, id: ReviewId, reply: &str) -> Result<()> {
    let changed = diesel::update(reviews::table.find(id)).set(reviews::reply.eq(reply)).execute(conn)?;
    if changed == 0 { Err(crate::base::Error::NotFound) } else { Ok(()) }
}

fn narrowed<'a>(filter: &'a ReviewFilter) -> reviews::BoxedQuery<'a, Pg> {
    let all = reviews::table.into_boxed();
    let of_state = match filter.state {
        Some(state) => all.filter(reviews::state.eq(state)),
        None => all,
    };
    if filter.text.is_empty() {
        return of_state;
    }
    let like = typed::like(&filter.text.to_lowercase());
    let named = products::table.filter(lower(products::title).like(format!("%{like}%"))).select(products::id);
    let written = accounts::table.filter(lower(accounts::email).like(format!("{like}%"))).select(accounts::id.nullable());
    of_state.filter(reviews::product_id.eq_any(named).or(reviews::account_id.eq_any(written)))
}

/// Staff's list: what has waited longest first among those that wait, else the newest first.
pub fn list(conn: &mut Conn, filter: &ReviewFilter, page: PageRequest) -> Result<Page<Queued>> {
    let listed = narrowed(filter).limit(page.limit()).offset(page.offset());
    let listed =
        if filter.state == Some(ReviewState::Waiting) { listed.order(reviews::id.asc()) } else { listed.order(reviews::id.desc()) };
    let ids: Vec<ReviewId> = listed.select(reviews::id).load(conn)?;
    let mut rows = queued(conn, &ids)?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.review.id));
    Ok(page.of(rows, narrowed(filter).count().get_result(conn)?))
}

/// # Errors
/// `NotFound`.
pub fn find(conn: &mut Conn, id: ReviewId) -> Result<Queued> {
    queued(conn, &[id])?.pop().ok_or(crate::base::Error::NotFound)
}

fn queued(conn: &mut Conn, ids: &[ReviewId]) -> Result<Vec<Queued>> {
    type Row = (Review, (ProductId, String, String), Option<String>, Option<OrderLineId>);
    let of = reviews::table
        .inner_join(products::table)
        .left_join(accounts::table.on(accounts::id.nullable().eq(reviews::account_id)))
        .filter(reviews::id.eq_any(ids));
    let rows: Vec<Row> = of.select((Review::as_select(), PRODUCT, accounts::email.nullable(), reviews::order_line_id)).load(conn)?;
    let lines: Vec<OrderLineId> = rows.iter().filter_map(|(.., line)| *line).collect();
    let bought = order_lines::table.inner_join(orders::table).filter(order_lines::id.eq_any(lines));
    let numbers: Vec<(OrderLineId, String)> = bought.select((order_lines::id, orders::number)).load(conn)?;
    let order_of = |line: Option<OrderLineId>| numbers.iter().find(|(of, _)| Some(*of) == line).map(|(_, number)| number.clone());
    let queued = |(review, product, email, line)| Queued { review, product: reviewed(product), email, order: order_of(line) };
    Ok(rows.into_iter().map(queued).collect())
}

/// How many wait; nobody counts further than `most`.
pub fn waiting(conn: &mut Conn, most: i64) -> Result<i64> {
    let waiting = reviews::table.filter(reviews::state.eq(ReviewState::Waiting)).select(reviews::id).limit(most);
    Ok(waiting.load::<ReviewId>(conn)?.len() as i64)
}

/// Puts a review there that nobody with an account wrote, published.
///
/// # Errors
/// `Invalid` on `stars` when there are not from one to five.
pub fn bring(conn: &mut Conn, review: &BroughtReview) -> Result<()> {
    let BroughtReview { product, wording, reply, written_at } = review;
    let insert = sql_query(
        "INSERT INTO reviews (product_id, stars, title, body, name, reply, state, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'published', $7, $7)",
    );
    let insert = insert.bind::<BigInt, _>(product).bind::<diesel::sql_types::SmallInt, _>(wording.stars).bind::<Text, _>(&wording.title);
    let insert = insert.bind::<Text, _>(&wording.body).bind::<Text, _>(&wording.name).bind::<Text, _>(reply);
    let brought = insert.bind::<Timestamptz, _>(written_at).execute(conn);
    brought.on_constraint("reviews_stars_five", || crate::base::Error::invalid("stars", "Give from 1 to 5 stars"))?;
    Ok(())
}

/// What one account wrote becomes another's, of the same person. Where both wrote of one product, the other's own stays. Tells how
/// many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let hold = "SELECT FROM products WHERE id IN (SELECT product_id FROM reviews WHERE account_id = $1) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).execute(conn)?;
    let twice = "DELETE FROM reviews r WHERE r.account_id = $1
                 AND EXISTS (SELECT FROM reviews o WHERE o.product_id = r.product_id AND o.account_id = $2)";
    sql_query(twice).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    let moved = sql_query("UPDATE reviews SET account_id = $2 WHERE account_id = $1");
    Ok(moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?)
}
