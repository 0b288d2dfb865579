//! Uses and the counters beside them. Rows are locked in this order everywhere: an order's uses, promotions by id, coupons by id.

use diesel::{
    dsl::{now, sql},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Text},
};
use serde::Serialize;

use crate::{
    base::{AccountId, Conn, CouponId, Error, OrderId, Page, PageRequest, PromotionId, Result, prepared},
    promotions::model::{Held, Use},
    schema::{coupons, orders, promotion_uses, promotions},
};

const IN_FORCE: &str = "active AND (starts_at IS NULL OR starts_at <= now()) AND (ends_at IS NULL OR ends_at > now())";

/// A use that an order has or had.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = promotion_uses)]
pub struct UseRow {
    pub promotion_id: PromotionId,
    pub coupon_id: Option<CouponId>,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub released_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Holds all uses of an order until the transaction ends.
pub fn lock_of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<UseRow>> {
    let of = promotion_uses::table.filter(promotion_uses::order_id.eq(order)).order(promotion_uses::id);
    Ok(of.select(UseRow::as_select()).for_update().load(conn)?)
}

/// Holds promotions in the order of their ids, so that whoever counts waits and nobody waits in a circle.
pub fn hold_promotions(conn: &mut Conn, ids: &[PromotionId]) -> Result<Vec<Held<PromotionId>>> {
    let columns =
        (promotions::id, promotions::label, sql::<Bool>(IN_FORCE), promotions::uses, promotions::max_uses, promotions::max_uses_each);
    let rows = promotions::table.filter(promotions::id.eq_any(ids)).order(promotions::id);
    Ok(rows.select(columns).for_no_key_update().load(conn)?)
}

/// The same for coupons.
pub fn hold_coupons(conn: &mut Conn, ids: &[CouponId]) -> Result<Vec<Held<CouponId>>> {
    let columns = (coupons::id, coupons::code, sql::<Bool>(IN_FORCE), coupons::uses, coupons::max_uses, coupons::max_uses_each);
    let rows = coupons::table.filter(coupons::id.eq_any(ids)).order(coupons::id);
    Ok(rows.select(columns).for_no_key_update().load(conn)?)
}

/// Counts one more use of each. They are held, and the database guards the limits all the same.
pub fn count_more(conn: &mut Conn, promotion_ids: &[PromotionId], coupon_ids: &[CouponId]) -> Result<()> {
    let within = promotions::max_uses.is_null().or(promotions::uses.nullable().lt(promotions::max_uses));
    let rows = promotions::table.filter(promotions::id.eq_any(promotion_ids)).filter(within);
    let counted = diesel::update(rows).set(promotions::uses.eq(promotions::uses + 1)).execute(conn)?;
    let within = coupons::max_uses.is_null().or(coupons::uses.nullable().lt(coupons::max_uses));
    let rows = coupons::table.filter(coupons::id.eq_any(coupon_ids)).filter(within);
    let counted = counted + diesel::update(rows).set(coupons::uses.eq(coupons::uses + 1)).execute(conn)?;
    if counted == promotion_ids.len() + coupon_ids.len() { Ok(()) } else { Err(Error::internal("a held promotion ran out of uses")) }
}

pub fn count_fewer(conn: &mut Conn, promotion_ids: &[PromotionId], coupon_ids: &[CouponId]) -> Result<()> {
    let rows = promotions::table.filter(promotions::id.eq_any(promotion_ids));
    diesel::update(rows).set(promotions::uses.eq(promotions::uses - 1)).execute(conn)?;
    let rows = coupons::table.filter(coupons::id.eq_any(coupon_ids));
    diesel::update(rows).set(coupons::uses.eq(coupons::uses - 1)).execute(conn)?;
    Ok(())
}

#[derive(Insertable, AsChangeset, Serialize, Clone, Debug)]
#[diesel(table_name = promotion_uses, treat_none_as_null = true)]
pub struct NewUse {
    pub promotion_id: PromotionId,
    pub coupon_id: Option<CouponId>,
    pub order_id: OrderId,
    pub account_id: Option<AccountId>,
    pub email: String,
}

/// Notes a use, or takes up one that was released.
pub fn insert(conn: &mut Conn, new: &NewUse) -> Result<()> {
    diesel::insert_into(promotion_uses::table)
        .values(new)
        .on_conflict((promotion_uses::promotion_id, promotion_uses::order_id))
        .do_update()
        .set((new, promotion_uses::taken_at.eq(now), promotion_uses::released_at.eq(None::<chrono::DateTime<chrono::Utc>>)))
        .execute(conn)?;
    Ok(())
}

/// Notes the uses of new orders, and counts them. The promotions are held.
pub fn insert_all(conn: &mut Conn, new: &[NewUse]) -> Result<()> {
    let noted = sql_query(
        "WITH noted AS (
            INSERT INTO promotion_uses (promotion_id, coupon_id, order_id, account_id, email)
            SELECT promotion_id, coupon_id, order_id, account_id, email FROM json_to_recordset($1::json)
                AS u (promotion_id bigint, coupon_id bigint, order_id bigint, account_id bigint, email text)
            RETURNING promotion_id)
         UPDATE promotions p SET uses = p.uses + n.more
         FROM (SELECT promotion_id, count(*)::integer AS more FROM noted GROUP BY promotion_id) n WHERE p.id = n.promotion_id",
    );
    prepared(noted.bind::<Text, _>(serde_json::to_string(new)?)).execute(conn)?;
    Ok(())
}

/// Codes of the coupons that an order has, or had until its payment failed.
pub fn codes_of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<String>> {
    let of = promotion_uses::table.inner_join(coupons::table.on(promotion_uses::coupon_id.eq(coupons::id.nullable())));
    let of = of.filter(promotion_uses::order_id.eq(order)).order(promotion_uses::id);
    Ok(of.select(coupons::code).limit(100).load(conn)?)
}

/// What an order has a use of, given back or not.
pub fn of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<UseRow>> {
    let of = promotion_uses::table.filter(promotion_uses::order_id.eq(order)).order(promotion_uses::id);
    Ok(of.select(UseRow::as_select()).load(conn)?)
}

/// Forgets that an order ever had these.
pub fn forget(conn: &mut Conn, order: OrderId, promotions: &[PromotionId]) -> Result<()> {
    let of = promotion_uses::table.filter(promotion_uses::order_id.eq(order)).filter(promotion_uses::promotion_id.eq_any(promotions));
    diesel::delete(of).execute(conn)?;
    Ok(())
}

/// Marks the order's uses as given back.
pub fn release(conn: &mut Conn, order: OrderId) -> Result<()> {
    let live = promotion_uses::table.filter(promotion_uses::order_id.eq(order)).filter(promotion_uses::released_at.is_null());
    diesel::update(live).set(promotion_uses::released_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Uses of a promotion with their orders, the newest first.
pub fn list(conn: &mut Conn, promotion: PromotionId, page: PageRequest) -> Result<Page<Use>> {
    let of = promotion_uses::table
        .inner_join(orders::table)
        .left_join(coupons::table.on(promotion_uses::coupon_id.eq(coupons::id.nullable())))
        .filter(promotion_uses::promotion_id.eq(promotion))
        .order((promotion_uses::taken_at.desc(), promotion_uses::id.desc()));
    let columns = (orders::number, promotion_uses::email, coupons::code.nullable(), promotion_uses::taken_at, promotion_uses::released_at);
    let rows = of.limit(page.limit()).offset(page.offset()).select(columns).load(conn)?;
    let total = promotion_uses::table.filter(promotion_uses::promotion_id.eq(promotion)).count().get_result(conn)?;
    Ok(page.of(rows, total))
}

/// What one account used of promotions counts for another, of the same person.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let moved = sql_query(
        "UPDATE promotion_uses SET account_id = $2
         WHERE id IN (SELECT id FROM promotion_uses WHERE account_id = $1 ORDER BY order_id, id FOR UPDATE)",
    );
    Ok(moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?)
}
