use super::plan;
use crate::{
    accounts::Buyer,
    base::{Conn, Edition, OrderId, PromotionId, Result},
    promotions::{
        model::{Asked, Automatic, Coupon, CouponCode, CouponRow, Customer, Left, Promotion, PromotionBook},
        store::{coupons, customers, promotions, uses},
    },
};

/// Codes that are looked at for one cart at most.
const MOST_CODES: usize = 10;

/// Loads the automatic promotions and those of these codes, with what is left of them for this customer. `email`: of a guest, as
/// soon as it is known; uses and orders of a customer count by account and by address.
pub fn book(conn: &mut Conn, coupons: &[String], buyer: &Buyer, email: Option<&str>) -> Result<PromotionBook> {
    load(conn, coupons, buyer, email, None)
}

/// Who asks, and with which codes.
#[derive(Clone, Copy, Debug)]
pub struct Shopper<'a> {
    pub coupons: &'a [String],
    pub buyer: &'a Buyer,
    pub email: Option<&'a str>,
}

/// A book for each of these under this edition of the shop's rules, in their order. For all who ask with no code it is read once
/// where no promotion that applies by itself counts anything, and not at all where there is none.
pub fn books_under(conn: &mut Conn, edition: Edition, shoppers: &[Shopper<'_>]) -> Result<Vec<PromotionBook>> {
    let automatic = promotions::automatic(conn, edition)?;
    let mut common = (automatic == Automatic::None).then(PromotionBook::default);
    let of_shopper = |shopper: &Shopper<'_>| {
        if !shopper.coupons.is_empty() || automatic == Automatic::Counted {
            return book(conn, shopper.coupons, shopper.buyer, shopper.email);
        }
        if common.is_none() {
            common = Some(load_uncounted(conn)?);
        }
        Ok(common.clone().unwrap_or_default())
    };
    shoppers.iter().map(of_shopper).collect()
}

/// The automatic ones, none of which asks who buys.
fn load_uncounted(conn: &mut Conn) -> Result<PromotionBook> {
    let in_force = promotions::in_force(conn, &[], None)?;
    Ok(PromotionBook { offers: plan::offers(conn, &in_force)?, ..PromotionBook::default() })
}

/// The same for an order that stands and is to be changed: with the coupons that it was placed with, and as if it had not been
/// placed yet, so that its own uses leave it what it has, and a first order stays a first order.
pub fn book_for_change(conn: &mut Conn, order: OrderId, buyer: &Buyer, email: &str) -> Result<PromotionBook> {
    let codes = uses::codes_of_order(conn, order)?;
    let mut book = load(conn, &codes, buyer, Some(email), None)?;
    for own in uses::of_order(conn, order)?.iter().filter(|row| row.released_at.is_none()) {
        book.offers.iter_mut().filter(|offer| offer.id == own.promotion_id).for_each(|offer| offer.left.give_back_one());
        let coupons = book.asked.iter_mut().filter_map(|asked| asked.coupon.as_mut());
        coupons.filter(|coupon| Some(coupon.id) == own.coupon_id).for_each(|coupon| coupon.left.give_back_one());
    }
    book.orders_before = book.orders_before.map(|orders| (orders - 1).max(0));
    Ok(book)
}

/// The same with one promotion that need not be active, so that staff can try it. Its dates count all the same.
pub(super) fn trial_book(
    conn: &mut Conn,
    on_trial: PromotionId,
    coupons: &[String],
    buyer: &Buyer,
    email: Option<&str>,
) -> Result<PromotionBook> {
    load(conn, coupons, buyer, email, Some(on_trial))
}

fn load(conn: &mut Conn, codes: &[String], buyer: &Buyer, email: Option<&str>, on_trial: Option<PromotionId>) -> Result<PromotionBook> {
    let customer = customer(conn, buyer, email)?;
    let codes = tidy(codes);
    let rows = if codes.is_empty() { vec![] } else { coupons::of_codes(conn, &codes, on_trial)? };
    let by_coupon: Vec<PromotionId> = rows.iter().map(|row| row.promotion_id).collect();
    let in_force = promotions::in_force(conn, &by_coupon, on_trial)?;
    let counts = Counts::load(conn, &customer, &in_force)?;
    let offers = plan::assemble(conn, &in_force, |promotion| counts.left_of_promotion(promotion))?;
    let asked = |code: String| {
        let row = rows.iter().find(|row| row.change.code == code);
        Asked { code, coupon: row.map(|row| coupon(row, counts.left_of_coupon(row))) }
    };
    let orders_before = if customer.is_known() { Some(customers::orders_before(conn, &customer)?) } else { None };
    Ok(PromotionBook { offers, asked: codes.into_iter().map(asked).collect(), orders_before })
}

/// Each code once, as it is stored. What can't be a code stays as it was typed, shortened, and is found to be unknown.
fn tidy(typed: &[String]) -> Vec<String> {
    let mut codes: Vec<String> = vec![];
    for text in typed {
        let code = CouponCode::parse(text).map_or_else(|_| text.trim().chars().take(40).collect(), |code| code.0);
        if !codes.contains(&code) && codes.len() < MOST_CODES {
            codes.push(code);
        }
    }
    codes
}

/// By what this customer's orders and uses are known.
pub(super) fn customer(conn: &mut Conn, buyer: &Buyer, email: Option<&str>) -> Result<Customer> {
    let own = buyer.account.map(|account| customers::email_of(conn, account)).transpose()?.flatten();
    let given = email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
    let mut emails: Vec<String> = own.into_iter().chain(given).collect();
    emails.dedup();
    Ok(Customer { account: buyer.account, emails })
}

fn coupon(row: &CouponRow, left: Left) -> Coupon {
    Coupon { id: row.id, promotion: row.promotion_id, starts_at: row.change.starts_at, ends_at: row.change.ends_at, left }
}

/// How often this customer has used what.
struct Counts(Vec<(PromotionId, Option<crate::base::CouponId>, i64)>);

impl Counts {
    fn load(conn: &mut Conn, customer: &Customer, promotions: &[Promotion]) -> Result<Self> {
        let ids: Vec<PromotionId> = promotions.iter().map(|promotion| promotion.id).collect();
        if customer.is_known() { customers::uses(conn, customer, &ids).map(Self) } else { Ok(Self(vec![])) }
    }

    fn left_of_promotion(&self, promotion: &Promotion) -> Left {
        let used: i64 = self.0.iter().filter(|(id, ..)| *id == promotion.id).map(|(.., count)| count).sum();
        Left::of(promotion.uses, promotion.plan.max_uses, used, promotion.plan.max_uses_each)
    }

    fn left_of_coupon(&self, row: &CouponRow) -> Left {
        let used: i64 = self.0.iter().filter(|(_, coupon, _)| *coupon == Some(row.id)).map(|(.., count)| count).sum();
        Left::of(row.uses, row.change.max_uses, used, row.change.max_uses_each)
    }
}
