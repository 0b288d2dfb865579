use crate::{
    base::{Conn, CouponId, PromotionId, Result, sha256_hex},
    promotions::{
        model::{CouponCode, NewCoupon},
        rules::{not_valid, used_up},
        store::{coupons, tries},
    },
};

/// Codes that one visitor may try in vain within ten minutes.
const MOST_TRIES: i32 = 10;

/// Looks up a code that a visitor typed. `who`: an account, or else the address they come from; a session alone won't do, since
/// whoever guesses throws theirs away. Only its hash is stored.
///
/// # Errors
/// `Ok(Err(words))` with the same words whether the code is unknown, past or of a promotion that is not running; other words
/// after too many tries in vain. The transaction must be committed all the same, or the tries are not counted.
pub fn check_code(conn: &mut Conn, code: &str, who: &str) -> Result<Result<CouponCode, String>> {
    let who = sha256_hex(who.as_bytes());
    if tries::count_one(conn, &who)? > MOST_TRIES {
        tracing::warn!(event = "coupon_guessing", "somebody tries many codes");
        return Ok(Err("Too many codes were tried. Wait ten minutes and try again.".to_owned()));
    }
    let Ok(code) = CouponCode::parse(code) else { return Ok(Err(not_valid("This code"))) };
    let Some(found) = coupons::in_force(conn, &code.0)? else { return Ok(Err(not_valid(&code.0))) };
    tries::take_back_one(conn, &who)?;
    let is_used_up = found.change.max_uses.is_some_and(|most| found.uses >= most);
    Ok(if is_used_up { Err(used_up(&code.0)) } else { Ok(code) })
}

/// Forgets tries that don't count any more.
pub fn forget_old_tries(conn: &mut Conn) -> Result<usize> {
    tries::forget_old(conn)
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
