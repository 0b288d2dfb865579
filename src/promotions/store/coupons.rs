use diesel::prelude::*;

use crate::{
    base::{Conn, CouponId, Error, OnConstraint, Page, PageRequest, PromotionId, Result},
    promotions::{
        model::{CouponRow, NewCoupon},
        store::promotions::clock,
    },
    schema::{coupons, promotions},
};

/// Codes that one file holds at most.
const MOST: i64 = 20_000;

/// Active coupons of active promotions, or of the one on trial.
pub fn of_codes(conn: &mut Conn, codes: &[String], on_trial: Option<PromotionId>) -> Result<Vec<CouponRow>> {
    let current = coupons::table.inner_join(promotions::table).filter(coupons::code.eq_any(codes)).filter(coupons::active.eq(true));
    let rows = current.filter(promotions::active.nullable().eq(true).or(promotions::id.nullable().eq(on_trial)));
    Ok(rows.select(CouponRow::as_select()).load(conn)?)
}

/// A coupon that can be used now, by the database's clock, or has been used up; `None`: nobody needs to know why not.
pub fn in_force(conn: &mut Conn, code: &str) -> Result<Option<CouponRow>> {
    let current = coupons::table
        .inner_join(promotions::table)
        .filter(coupons::code.eq(code))
        .filter(coupons::active.eq(true).and(promotions::active.eq(true)))
        .filter(coupons::starts_at.is_null().or(coupons::starts_at.le(clock())))
        .filter(coupons::ends_at.is_null().or(coupons::ends_at.gt(clock())))
        .filter(promotions::starts_at.is_null().or(promotions::starts_at.le(clock())))
        .filter(promotions::ends_at.is_null().or(promotions::ends_at.gt(clock())));
    Ok(current.select(CouponRow::as_select()).first(conn).optional()?)
}

/// The newest first.
pub fn list(conn: &mut Conn, promotion: PromotionId, page: PageRequest) -> Result<Page<CouponRow>> {
    let of = || coupons::table.filter(coupons::promotion_id.eq(promotion));
    let rows = of().order(coupons::id.desc()).limit(page.limit()).offset(page.offset()).select(CouponRow::as_select()).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}

/// The oldest first, for a file.
pub fn all(conn: &mut Conn, promotion: PromotionId) -> Result<Vec<CouponRow>> {
    let of = coupons::table.filter(coupons::promotion_id.eq(promotion)).order(coupons::id).limit(MOST);
    Ok(of.select(CouponRow::as_select()).load(conn)?)
}

pub fn count(conn: &mut Conn, promotion: PromotionId) -> Result<i64> {
    Ok(coupons::table.filter(coupons::promotion_id.eq(promotion)).count().get_result(conn)?)
}

/// # Errors
/// `Invalid` on `code` when there is such a code, on `ends_at` when it ends before it begins.
pub fn insert(conn: &mut Conn, promotion: PromotionId, new: &NewCoupon) -> Result<CouponId> {
    diesel::insert_into(coupons::table)
        .values((coupons::promotion_id.eq(promotion), new))
        .returning(coupons::id)
        .get_result(conn)
        .on_constraint("coupons_code_key", || Error::invalid("code", "There is a coupon of this code already. Choose another"))
        .on_constraint("coupons_ends_after_start", || Error::invalid("ends_at", "It must end after it begins"))
        .on_constraint("coupons_promotion_id_fkey", || Error::NotFound)
}

/// Inserts those whose codes are new; how many.
pub fn insert_new(conn: &mut Conn, promotion: PromotionId, new: &[NewCoupon]) -> Result<usize> {
    let rows: Vec<_> = new.iter().map(|coupon| (coupons::promotion_id.eq(promotion), coupon)).collect();
    diesel::insert_into(coupons::table)
        .values(rows)
        .on_conflict(coupons::code)
        .do_nothing()
        .execute(conn)
        .on_constraint("coupons_ends_after_start", || Error::invalid("ends_at", "It must end after it begins"))
        .on_constraint("coupons_promotion_id_fkey", || Error::NotFound)
}

pub fn set_active(conn: &mut Conn, promotion: PromotionId, id: CouponId, active: bool) -> Result<String> {
    let row = coupons::table.filter(coupons::id.eq(id)).filter(coupons::promotion_id.eq(promotion));
    Ok(diesel::update(row).set(coupons::active.eq(active)).returning(coupons::code).get_result(conn)?)
}
