use crate::{
    base::{Conn, CouponId, PromotionId, Result},
    limits::Knock,
    promotions::{
        model::{CouponCode, NewCoupon},
        rules::{not_valid, used_up},
        store::coupons,
    },
};

/// Looks up a code that a visitor typed. `knock`: the try as it was counted before; a right one counts no more.
///
/// # Errors
/// `Ok(Err(words))` with the same words whether the code is unknown, past or of a promotion that is not running.
pub fn check_code(conn: &mut Conn, code: &str, knock: &Knock) -> Result<Result<CouponCode, String>> {
    let Ok(code) = CouponCode::parse(code) else { return Ok(Err(not_valid("This code"))) };
    let Some(found) = coupons::in_force(conn, &code.0)? else { return Ok(Err(not_valid(&code.0))) };
    knock.give_back(conn)?;
    let is_used_up = found.change.max_uses.is_some_and(|most| found.uses >= most);
    Ok(if is_used_up { Err(used_up(&code.0)) } else { Ok(code) })
}

/// # Errors
/// `Invalid` on `code` when there is such a code already.
pub fn make_coupon(conn: &mut Conn, promotion: PromotionId, new: &NewCoupon) -> Result<CouponId> {
    coupons::insert(conn, promotion, new)
}

/// Makes so many codes that nobody can guess, alike but for the code. `like.code`: how each begins, or empty.
pub fn make_batch(conn: &mut Conn, promotion: PromotionId, number: usize, like: &NewCoupon) -> Result<()> {
    let mut missing = number;
    while missing > 0 {
        let one = |_| NewCoupon { code: CouponCode::made(&like.code, rand::random()).0, ..like.clone() };
        let new: Vec<NewCoupon> = (0..missing.min(500)).map(one).collect();
        missing -= coupons::insert_new(conn, promotion, &new)?;
    }
    Ok(())
}

/// Lets a code be used, or not; gives the code.
pub fn set_coupon_active(conn: &mut Conn, promotion: PromotionId, id: CouponId, active: bool) -> Result<String> {
    coupons::set_active(conn, promotion, id, active)
}
