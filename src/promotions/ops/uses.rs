use super::book::customer;
use crate::{
    accounts::Buyer,
    base::{AccountId, Conn, CouponId, Error, OrderId, PromotionId, Result},
    promotions::{
        model::{Customer, Held, Left},
        rules::lacking,
        store::{
            customers,
            uses::{self, NewUse, UseRow},
        },
    },
};

/// A promotion with the coupon by which it is had.
type Wanted = (PromotionId, Option<CouponId>);

/// Counts the uses of a new order, in its own transaction. Exactly as many orders get a limited promotion as its limit says,
/// whatever races, and so with the limits for each customer. Taking the same again changes nothing.
///
/// # Errors
/// `Ok(Err(words))` with a sentence for each that can't be had any more; nothing is counted then.
pub fn take_uses(
    conn: &mut Conn,
    order: OrderId,
    buyer: &Buyer,
    email: &str,
    applied: &[(PromotionId, Option<CouponId>)],
) -> Result<Result<(), Vec<String>>> {
    let known = uses::lock_of_order(conn, order)?;
    let is_taken = |promotion: PromotionId| known.iter().any(|row| row.promotion_id == promotion && row.released_at.is_none());
    let mut wanted: Vec<Wanted> = applied.iter().copied().filter(|(promotion, _)| !is_taken(*promotion)).collect();
    wanted.sort_unstable();
    wanted.dedup_by_key(|(promotion, _)| *promotion);
    let customer = customer(conn, buyer, Some(email))?;
    let note = |(promotion_id, coupon_id): Wanted| NewUse {
        promotion_id,
        coupon_id,
        order_id: order,
        account_id: buyer.account,
        email: email.trim().to_lowercase(),
    };
    take(conn, &customer, wanted.into_iter().map(note).collect(), true)
}

/// A new order whose uses are counted with others'.
#[derive(Clone, Copy, Debug)]
pub struct Taker<'a> {
    pub order: OrderId,
    pub account: Option<AccountId>,
    pub email: &'a str,
    pub applied: &'a [(PromotionId, Option<CouponId>)],
}

impl Taker<'_> {
    fn uses(&self) -> Vec<NewUse> {
        let note = |(promotion_id, coupon_id): &Wanted| NewUse {
            promotion_id: *promotion_id,
            coupon_id: *coupon_id,
            order_id: self.order,
            account_id: self.account,
            email: self.email.trim().to_lowercase(),
        };
        self.applied.iter().map(note).collect()
    }
}

/// Counts the uses of new orders that were placed together, all with one statement of a kind. For promotions without limits only:
/// their rows are held from here until the transaction ends, and nobody is asked how much is left.
///
/// # Errors
/// `Conflict` when a promotion has ended or got a limit meanwhile; then nothing may be kept.
pub fn take_uncounted(conn: &mut Conn, takers: &[Taker<'_>]) -> Result<()> {
    let new: Vec<NewUse> = takers.iter().flat_map(Taker::uses).collect();
    let mut ids: Vec<PromotionId> = new.iter().map(|row| row.promotion_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let held = uses::hold_promotions(conn, &ids)?;
    let has_no_end = |held: &Held<PromotionId>| held.in_force && held.max_uses.is_none() && held.max_uses_each.is_none();
    if held.len() < ids.len() || !held.iter().all(has_no_end) {
        return Err(Error::Conflict("A promotion has changed meanwhile.".to_owned()));
    }
    uses::insert_all(conn, &new)
}

/// Gives an order's uses back: its payment failed, or it was cancelled. Doing it again changes nothing.
pub fn release_uses(conn: &mut Conn, order: OrderId) -> Result<()> {
    let live: Vec<UseRow> = uses::lock_of_order(conn, order)?.into_iter().filter(|row| row.released_at.is_none()).collect();
    if live.is_empty() {
        return Ok(());
    }
    let promotions: Vec<_> = live.iter().map(|row| row.promotion_id).collect();
    let coupons: Vec<_> = live.iter().filter_map(|row| row.coupon_id).collect();
    uses::release(conn, order)?;
    uses::hold_promotions(conn, &promotions)?;
    uses::hold_coupons(conn, &coupons)?;
    uses::count_fewer(conn, &promotions, &coupons)
}

/// Makes an order's uses those of what it has now, as after an edit: what nothing of it is left of is given back for good, and what
/// is new is counted. What it had before is not asked for again, whatever became of it.
///
/// # Errors
/// As for [`take_uses`].
pub fn change_uses(
    conn: &mut Conn,
    order: OrderId,
    buyer: &Buyer,
    email: &str,
    applied: &[(PromotionId, Option<CouponId>)],
) -> Result<Result<(), Vec<String>>> {
    let known = uses::lock_of_order(conn, order)?;
    let stays = |row: &UseRow| applied.iter().any(|(promotion, _)| *promotion == row.promotion_id);
    let gone: Vec<&UseRow> = known.iter().filter(|row| !stays(row)).collect();
    let new: Vec<Wanted> =
        applied.iter().copied().filter(|(promotion, _)| !known.iter().any(|row| row.promotion_id == *promotion)).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(Ok(()));
    }
    // Both kinds are held together, in the order of their keys.
    let promotions: Vec<_> = gone.iter().map(|row| row.promotion_id).chain(new.iter().map(|(promotion, _)| *promotion)).collect();
    let coupons: Vec<_> = gone.iter().filter_map(|row| row.coupon_id).chain(new.iter().filter_map(|(_, coupon)| *coupon)).collect();
    uses::hold_promotions(conn, &promotions)?;
    uses::hold_coupons(conn, &coupons)?;
    let counted: Vec<_> = gone.iter().filter(|row| row.released_at.is_none()).collect();
    let (promotions, coupons): (Vec<_>, Vec<_>) = counted.iter().map(|row| (row.promotion_id, row.coupon_id)).unzip();
    uses::forget(conn, order, &gone.iter().map(|row| row.promotion_id).collect::<Vec<_>>())?;
    uses::count_fewer(conn, &promotions, &coupons.into_iter().flatten().collect::<Vec<_>>())?;
    take_uses(conn, order, buyer, email, &new)
}

/// Takes up what was given back, for the payment is tried again. A promotion that has ended since still holds, as the order has
/// its price; one that others have used up meanwhile does not.
///
/// # Errors
/// As for [`take_uses`].
pub fn retake_uses(conn: &mut Conn, order: OrderId) -> Result<Result<(), Vec<String>>> {
    let released: Vec<UseRow> = uses::lock_of_order(conn, order)?.into_iter().filter(|row| row.released_at.is_some()).collect();
    let Some(first) = released.first() else { return Ok(Ok(())) };
    let buyer = Buyer { account: first.account_id, ..Buyer::default() };
    let customer = customer(conn, &buyer, Some(&first.email))?;
    let note = |row: UseRow| NewUse {
        promotion_id: row.promotion_id,
        coupon_id: row.coupon_id,
        order_id: order,
        account_id: row.account_id,
        email: row.email,
    };
    take(conn, &customer, released.into_iter().map(note).collect(), false)
}

/// Holds the rows first, looks at all limits, and counts only when every one has room.
fn take(conn: &mut Conn, customer: &Customer, new: Vec<NewUse>, only_in_force: bool) -> Result<Result<(), Vec<String>>> {
    let promotion_ids: Vec<_> = new.iter().map(|row| row.promotion_id).collect();
    let coupon_ids: Vec<_> = new.iter().filter_map(|row| row.coupon_id).collect();
    if new.is_empty() {
        return Ok(Ok(()));
    }
    let promotions = uses::hold_promotions(conn, &promotion_ids)?;
    let coupons = uses::hold_coupons(conn, &coupon_ids)?;
    // Asked after the rows are held, so that the uses of whoever held them before are seen.
    let counts = customers::uses(conn, customer, &promotion_ids)?;
    let of_promotion = |id: PromotionId| counts.iter().filter(|count| count.0 == id).map(|count| count.2).sum();
    let of_coupon = |id: CouponId| counts.iter().filter(|count| count.1 == Some(id)).map(|count| count.2).sum();
    let of_promotions = promotions.iter().filter_map(|held| refusal(held, of_promotion(held.id), only_in_force));
    let of_coupons = coupons.iter().filter_map(|held| refusal(held, of_coupon(held.id), only_in_force));
    let mut words: Vec<String> = of_promotions.chain(of_coupons).collect();
    if promotions.len() < promotion_ids.len() || coupons.len() < coupon_ids.len() {
        words.push("A promotion has been withdrawn meanwhile.".to_owned());
    }
    if !words.is_empty() {
        return Ok(Err(words));
    }
    uses::count_more(conn, &promotion_ids, &coupon_ids)?;
    new.iter().try_for_each(|row| uses::insert(conn, row)).map(Ok)
}

/// Why a held one can't be had once more.
fn refusal<Id>(held: &Held<Id>, used_by_customer: i64, only_in_force: bool) -> Option<String> {
    let left = Left::of(held.uses, held.max_uses, used_by_customer, held.max_uses_each);
    lacking(&held.name, held.in_force || !only_in_force, left)
}
