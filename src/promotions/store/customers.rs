//! What is known of a customer's earlier orders and uses.

use diesel::{dsl::count_star, prelude::*, sql_types::Text};

use crate::{
    base::{AccountId, Conn, CouponId, PromotionId, Result},
    promotions::model::Customer,
    schema::{accounts, orders, promotion_uses},
};

diesel::define_sql_function! { fn lower(text: Text) -> Text; }

pub fn email_of(conn: &mut Conn, account: AccountId) -> Result<Option<String>> {
    Ok(accounts::table.find(account).select(lower(accounts::email)).first(conn).optional()?)
}

/// Orders that this customer placed and that are not cancelled.
pub fn orders_before(conn: &mut Conn, customer: &Customer) -> Result<i64> {
    let theirs = orders::account_id.is_not_distinct_from(customer.account).and(orders::account_id.is_not_null());
    let theirs = theirs.or(lower(orders::email).eq_any(&customer.emails));
    Ok(orders::table.filter(theirs).filter(orders::lifecycle.ne("cancelled")).count().get_result(conn)?)
}

/// How often this customer uses each of these promotions, by coupon.
pub fn uses(conn: &mut Conn, customer: &Customer, promotions: &[PromotionId]) -> Result<Vec<(PromotionId, Option<CouponId>, i64)>> {
    let by_account = promotion_uses::account_id.is_not_distinct_from(customer.account).and(promotion_uses::account_id.is_not_null());
    let theirs = by_account.or(promotion_uses::email.eq_any(&customer.emails));
    let live = promotion_uses::table.filter(promotion_uses::promotion_id.eq_any(promotions)).filter(promotion_uses::released_at.is_null());
    let counted = live.filter(theirs).group_by((promotion_uses::promotion_id, promotion_uses::coupon_id));
    Ok(counted.select((promotion_uses::promotion_id, promotion_uses::coupon_id, count_star())).load(conn)?)
}
