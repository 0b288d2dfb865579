//! A cart that staff fills for somebody.

use super::{accept_prices, add_coupon, store};
use crate::{
    base::{AccountId, CartId, Conn, Error, Result, VariantId},
    limits::Knock,
};

/// Puts exactly these things into the cart, which is made when there is none. It belongs to the customer's account, if any, and
/// is beside the customer's own.
///
/// # Errors
/// `NotFound` when the cart is not one that this member of staff made, or is ordered already. `Invalid` on `coupons`.
pub fn draft(
    conn: &mut Conn,
    id: CartId,
    account: Option<AccountId>,
    staff: AccountId,
    items: &[(VariantId, i32)],
    coupons: &[String],
) -> Result<()> {
    store::put_draft(conn, id, account, staff)?;
    if !store::lock_draft(conn, id, staff)? {
        return Err(Error::NotFound);
    }
    store::empty(conn, id)?;
    for (variant, quantity) in items {
        let wanted = store::quantity(conn, id, *variant)?.saturating_add(*quantity).min(999);
        store::put(conn, id, *variant, wanted, 0)?;
    }
    accept_prices(conn, id)?;
    for code in coupons {
        if let Err(Error::Invalid(problems)) = add_coupon(conn, id, code, &Knock::uncounted())? {
            let words = problems.iter().next().map_or("This code is not known", |problem| problem.message.as_str());
            return Err(Error::invalid("coupons", format!("{code}: {words}")));
        }
    }
    Ok(())
}
