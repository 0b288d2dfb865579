use std::collections::HashMap;

use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Uuid},
};
use serde::Deserialize;

use crate::{
    base::{AccountId, CartId, Conn, Currency, Error, OnConstraint, Result, TextList, VariantId, prepared},
    schema::{cart_lines, carts},
};

/// An open cart and whose it is.
#[derive(Queryable, Clone, Copy, Debug)]
pub struct OpenCart {
    pub id: CartId,
    pub account_id: Option<AccountId>,
}

#[derive(Deserialize, Clone, Copy, Debug)]
pub struct LineRow {
    pub variant_id: VariantId,
    pub quantity: i32,
    /// Minor units.
    pub seen_price: i64,
}

pub fn find_open(conn: &mut Conn, id: CartId) -> Result<Option<OpenCart>> {
    let open = carts::table.find(id).filter(carts::ordered_at.is_null()).filter(carts::made_by.is_null());
    Ok(open.select((carts::id, carts::account_id)).first(conn).optional()?)
}

/// Holds the cart until the transaction ends, so that it is ordered once and not changed meanwhile. `false`: not open any more.
pub fn lock_open(conn: &mut Conn, id: CartId) -> Result<bool> {
    let open = carts::table.find(id).filter(carts::ordered_at.is_null()).select(carts::id).for_update();
    Ok(open.first::<CartId>(conn).optional()?.is_some())
}

/// Those of these carts that are open, without coupons, and nobody is at in this moment; they are held until the transaction ends,
/// and so is what is set aside for them. Waits for nothing: who holds any of them may be about to wait for what the caller has.
pub fn lock_plain(conn: &mut Conn, carts: &[CartId]) -> Result<Vec<CartId>> {
    let free = sql_query(
        "SELECT id FROM carts
         WHERE id = ANY($1) AND ordered_at IS NULL AND made_by IS NULL AND cardinality(coupons) = 0 AND stock_try_holder(id)
         ORDER BY id FOR UPDATE SKIP LOCKED",
    );
    let rows: Vec<Named> = prepared(free.bind::<Array<Uuid>, _>(carts)).load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Uuid)]
    id: CartId,
}

/// Holds a guest's cart until the transaction ends; `None` when it is nobody's open cart any more.
pub fn lock_guest(conn: &mut Conn, id: CartId) -> Result<Option<CartId>> {
    let open = carts::table.find(id).filter(carts::ordered_at.is_null()).filter(carts::account_id.is_null());
    Ok(open.select(carts::id).for_update().first(conn).optional()?)
}

pub fn find_of_account(conn: &mut Conn, account: AccountId) -> Result<Option<OpenCart>> {
    let open = carts::table.filter(carts::account_id.eq(account)).filter(carts::ordered_at.is_null()).filter(carts::made_by.is_null());
    Ok(open.select((carts::id, carts::account_id)).first(conn).optional()?)
}

/// A new cart; for an account that got one meanwhile, that one.
pub fn create(conn: &mut Conn, account: Option<AccountId>) -> Result<CartId> {
    let id = CartId::new();
    let inserted = diesel::insert_into(carts::table)
        .values((carts::id.eq(id), carts::account_id.eq(account)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    match account {
        Some(account) if inserted == 0 => find_of_account(conn, account)?.map(|cart| cart.id).ok_or(Error::NotFound),
        _ => Ok(id),
    }
}

pub fn give_to(conn: &mut Conn, id: CartId, account: AccountId) -> Result<()> {
    // Another device of the same person may have been quicker by a moment; the next look finds its cart and pours this one in.
    let given = diesel::update(carts::table.find(id)).set(carts::account_id.eq(account)).execute(conn);
    given.on_constraint("carts_one_open_per_account", || Error::Unavailable)?;
    Ok(())
}

/// Puts one cart's lines into another and deletes the first. What is in both is added up, to 999 at most.
pub fn pour(conn: &mut Conn, from: CartId, into: CartId) -> Result<()> {
    sql_query(
        "INSERT INTO cart_lines (cart_id, variant_id, quantity, seen_price, added_at)
         SELECT $2, variant_id, quantity, seen_price, added_at FROM cart_lines WHERE cart_id = $1
         ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = LEAST(cart_lines.quantity + excluded.quantity, 999)",
    )
    .bind::<Uuid, _>(from)
    .bind::<Uuid, _>(into)
    .execute(conn)?;
    diesel::delete(carts::table.find(from)).execute(conn)?;
    touch(conn, into)
}

pub fn lines(conn: &mut Conn, cart: CartId) -> Result<Vec<LineRow>> {
    Ok(contents(conn, &[cart])?.remove(&cart).map(|(_, lines)| lines).unwrap_or_default())
}

pub fn quantity(conn: &mut Conn, cart: CartId, variant: VariantId) -> Result<i32> {
    let found = cart_lines::table.find((cart, variant)).select(cart_lines::quantity).first(conn).optional()?;
    Ok(found.unwrap_or(0))
}

pub fn put(conn: &mut Conn, cart: CartId, variant: VariantId, quantity: i32, seen_price: i64) -> Result<()> {
    diesel::insert_into(cart_lines::table)
        .values((
            cart_lines::cart_id.eq(cart),
            cart_lines::variant_id.eq(variant),
            cart_lines::quantity.eq(quantity),
            cart_lines::seen_price.eq(seen_price),
        ))
        .on_conflict((cart_lines::cart_id, cart_lines::variant_id))
        .do_update()
        .set((cart_lines::quantity.eq(quantity), cart_lines::seen_price.eq(seen_price)))
        .execute(conn)?;
    touch(conn, cart)
}

pub fn remove(conn: &mut Conn, cart: CartId, variant: VariantId) -> Result<()> {
    diesel::delete(cart_lines::table.find((cart, variant))).execute(conn)?;
    touch(conn, cart)
}

fn touch(conn: &mut Conn, cart: CartId) -> Result<()> {
    diesel::update(carts::table.find(cart)).set(carts::updated_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Notes the unit prices that the shopper has seen.
pub fn see_prices(conn: &mut Conn, cart: CartId, seen: &[(VariantId, i64)]) -> Result<()> {
    let (variants, prices): (Vec<i64>, Vec<i64>) = seen.iter().map(|(variant, price)| (variant.0, *price)).unzip();
    sql_query(
        "UPDATE cart_lines l SET seen_price = s.price FROM unnest($2, $3) AS s (variant_id, price)
         WHERE l.cart_id = $1 AND l.variant_id = s.variant_id AND l.seen_price <> s.price",
    )
    .bind::<Uuid, _>(cart)
    .bind::<Array<BigInt>, _>(variants)
    .bind::<Array<BigInt>, _>(prices)
    .execute(conn)?;
    Ok(())
}

/// Whose cart it is and what was said about it.
#[derive(Clone, Debug)]
pub struct Owner {
    pub account: Option<AccountId>,
    pub coupons: TextList,
    pub currency: Currency,
}

pub fn owner(conn: &mut Conn, cart: CartId) -> Result<Owner> {
    Ok(contents(conn, &[cart])?.remove(&cart).ok_or(Error::NotFound)?.0)
}

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = Uuid)]
    cart: CartId,
    #[diesel(sql_type = Nullable<BigInt>)]
    account: Option<AccountId>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    coupons: TextList,
    #[diesel(sql_type = Text)]
    currency: Currency,
    /// JSON.
    #[diesel(sql_type = Text)]
    lines: String,
}

/// Each of these carts that there is, with its lines, those that were put in first first: all in one read.
pub fn contents(conn: &mut Conn, carts: &[CartId]) -> Result<HashMap<CartId, (Owner, Vec<LineRow>)>> {
    // Where no currency was chosen, it is the shop's own.
    let wanted = sql_query(
        "SELECT c.id AS cart, c.account_id AS account, c.coupons, COALESCE(c.currency, (SELECT s.currency FROM store s)) AS currency,
            COALESCE((SELECT json_agg(json_build_object('variant_id', l.variant_id, 'quantity', l.quantity, 'seen_price', l.seen_price)
                    ORDER BY l.added_at, l.variant_id)
                FROM (SELECT * FROM cart_lines o WHERE o.cart_id = c.id ORDER BY o.added_at, o.variant_id LIMIT 500) l), '[]')::text AS lines
         FROM carts c WHERE c.id = ANY($1)",
    );
    let rows: Vec<Content> = prepared(wanted.bind::<Array<Uuid>, _>(carts)).load(conn)?;
    let read = |Content { cart, account, coupons, currency, lines }| {
        Ok((cart, (Owner { account, coupons, currency }, serde_json::from_str(&lines)?)))
    };
    rows.into_iter().map(read).collect()
}

pub fn set_coupons(conn: &mut Conn, cart: CartId, coupons: Vec<String>) -> Result<()> {
    let open = carts::table.find(cart).filter(carts::ordered_at.is_null());
    diesel::update(open).set((carts::coupons.eq(TextList(coupons)), carts::updated_at.eq(now))).execute(conn)?;
    Ok(())
}

/// `false`: it was this one already.
pub fn set_currency(conn: &mut Conn, cart: CartId, currency: Option<Currency>) -> Result<bool> {
    let other = carts::table.find(cart).filter(carts::ordered_at.is_null()).filter(carts::currency.is_distinct_from(currency));
    Ok(diesel::update(other).set(carts::currency.eq(currency)).execute(conn)? == 1)
}

pub fn mark_ordered(conn: &mut Conn, ids: &[CartId]) -> Result<()> {
    let closed = diesel::update(carts::table.filter(carts::id.eq_any(ids))).set(carts::ordered_at.eq(now));
    prepared(closed.returning(carts::id)).load::<CartId>(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Units in the carts that this visitor will find as one: the session's, where it is nobody else's, and the account's.
pub fn count_for(conn: &mut Conn, cart: Option<CartId>, account: Option<AccountId>) -> Result<i64> {
    if cart.is_none() && account.is_none() {
        return Ok(0);
    }
    let counted: Count = sql_query(
        "SELECT COALESCE(sum(l.quantity), 0)::bigint AS count FROM carts c JOIN cart_lines l ON l.cart_id = c.id
         WHERE c.ordered_at IS NULL AND c.made_by IS NULL AND ((c.id = $1 AND c.account_id IS NULL) OR c.account_id = $2)",
    )
    .bind::<Nullable<Uuid>, _>(cart)
    .bind::<Nullable<BigInt>, _>(account)
    .get_result(conn)?;
    Ok(counted.count)
}

/// A cart that staff fills for somebody, for the account that it is for by now.
pub fn put_draft(conn: &mut Conn, id: CartId, account: Option<AccountId>, staff: AccountId) -> Result<()> {
    let row = (carts::id.eq(id), carts::made_by.eq(staff));
    diesel::insert_into(carts::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let open = carts::table.find(id).filter(carts::ordered_at.is_null()).filter(carts::made_by.eq(staff));
    diesel::update(open).set((carts::account_id.eq(account), carts::coupons.eq(TextList::default()))).execute(conn)?;
    Ok(())
}

/// Holds it until the transaction ends. `false`: it is no open draft of this member of staff.
pub fn lock_draft(conn: &mut Conn, id: CartId, staff: AccountId) -> Result<bool> {
    let open = carts::table.find(id).filter(carts::ordered_at.is_null()).filter(carts::made_by.eq(staff));
    Ok(open.select(carts::id).for_update().first::<CartId>(conn).optional()?.is_some())
}

pub fn is_draft_of(conn: &mut Conn, id: CartId, staff: AccountId) -> Result<bool> {
    let open = carts::table.find(id).filter(carts::ordered_at.is_null()).filter(carts::made_by.eq(staff));
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(conn)?)
}

/// The same, whether or not it was ordered meanwhile.
pub fn was_drafted_by(conn: &mut Conn, id: CartId, staff: AccountId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(carts::table.find(id).filter(carts::made_by.eq(staff)))).get_result(conn)?)
}

pub fn empty(conn: &mut Conn, cart: CartId) -> Result<()> {
    diesel::delete(cart_lines::table.filter(cart_lines::cart_id.eq(cart))).execute(conn)?;
    Ok(())
}

/// One account's carts become another's, of the same person; the open one is poured into that of the other.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<()> {
    let hold = "SELECT FROM carts WHERE account_id IN ($1, $2) AND ordered_at IS NULL ORDER BY id FOR UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    if let (Some(open), Some(own)) = (find_of_account(conn, from)?, find_of_account(conn, into)?) {
        pour(conn, open.id, own.id)?;
    }
    // Another device may have begun a cart a moment ago: the whole is tried again.
    let moved = diesel::update(carts::table.filter(carts::account_id.eq(from))).set(carts::account_id.eq(into)).execute(conn);
    moved.on_constraint("carts_one_open_per_account", || Error::Unavailable)?;
    Ok(())
}
