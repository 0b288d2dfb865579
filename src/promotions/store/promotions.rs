use diesel::{
    dsl::{exists, now},
    prelude::*,
    sql_types::Timestamptz,
};

use crate::{
    base::{ConditionId, Conn, Edition, Error, Kept, OnConstraint, Page, PageRequest, PromotionId, Result},
    promotions::model::{Automatic, ConditionChange, ConditionKind, ConditionRow, Plan, Promotion},
    schema::{promotion_conditions, promotion_uses, promotions},
};

/// Promotions that are asked for one cart at most.
const MOST: i64 = 500;

/// Conditions of one promotion at most.
pub const MOST_CONDITIONS: i64 = 20;

/// The database's clock, beside dates that may be missing.
#[diesel::dsl::auto_type]
pub fn clock() -> _ {
    now.into_sql::<Timestamptz>().nullable()
}

pub fn find(conn: &mut Conn, id: PromotionId) -> Result<Promotion> {
    Ok(promotions::table.find(id).select(Promotion::as_select()).first(conn)?)
}

/// The promotion as it is, locked.
pub fn lock(conn: &mut Conn, id: PromotionId) -> Result<Promotion> {
    Ok(promotions::table.find(id).for_no_key_update().select(Promotion::as_select()).first(conn)?)
}

/// The active automatic ones, active ones among `by_coupon`, and `on_trial` whatever its state.
pub fn in_force(conn: &mut Conn, by_coupon: &[PromotionId], on_trial: Option<PromotionId>) -> Result<Vec<Promotion>> {
    let wanted = promotions::by_coupon.eq(false).or(promotions::id.eq_any(by_coupon));
    let current = promotions::active.eq(true).and(wanted).and(promotions::ends_at.is_null().or(promotions::ends_at.gt(clock())));
    let rows = promotions::table.filter(current.assume_not_null().or(promotions::id.nullable().eq(on_trial).assume_not_null()));
    Ok(rows.order((promotions::priority, promotions::id)).limit(MOST).select(Promotion::as_select()).load(conn)?)
}

static AUTOMATIC: Kept<Automatic> = Kept::new();

/// What the active promotions, of whatever dates, that apply by themselves ask of a customer; under an edition of the shop's rules,
/// from memory where it is known.
pub fn automatic(conn: &mut Conn, edition: Edition) -> Result<Automatic> {
    let known = AUTOMATIC.under(edition, || {
        let automatic = || promotions::table.filter(promotions::active.eq(true)).filter(promotions::by_coupon.eq(false));
        let limited = promotions::max_uses.is_not_null().or(promotions::max_uses_each.is_not_null());
        let by_orders = [ConditionKind::FirstOrder, ConditionKind::OrderExactly, ConditionKind::OrderFrom, ConditionKind::OrdersMoreThan];
        let counting = promotion_conditions::table.filter(promotion_conditions::kind.eq_any(by_orders));
        let counting = promotions::id.eq_any(counting.select(promotion_conditions::promotion_id));
        let counted = automatic().filter(limited.or(counting));
        Ok(match () {
            () if diesel::select(exists(counted)).get_result(conn)? => Automatic::Counted,
            () if diesel::select(exists(automatic())).get_result(conn)? => Automatic::Uncounted,
            () => Automatic::None,
        })
    });
    Ok(*known?)
}

/// Active ones first.
pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<Promotion>> {
    let order = (promotions::active.desc(), promotions::priority, promotions::id);
    let rows = promotions::table.order(order).limit(page.limit()).offset(page.offset()).select(Promotion::as_select()).load(conn)?;
    Ok(page.of(rows, promotions::table.count().get_result(conn)?))
}

/// # Errors
/// `Invalid` on the field that the database refuses.
pub fn insert(conn: &mut Conn, plan: &Plan) -> Result<PromotionId> {
    refused(diesel::insert_into(promotions::table).values(plan).returning(promotions::id).get_result(conn))
}

/// # Errors
/// As for `insert`; `NotFound`.
pub fn update(conn: &mut Conn, id: PromotionId, plan: &Plan) -> Result<()> {
    let changed = refused(diesel::update(promotions::table.find(id)).set((plan, promotions::updated_at.eq(now))).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("promotions_ends_after_start", || Error::invalid("ends_at", "It must end after it begins"))
        .on_constraint("promotions_within_limit", || Error::invalid("max_uses", "It has been used more often already"))
        .on_constraint("promotions_gift_variant_id_fkey", || Error::invalid("gift", "This variant is gone. Choose another"))
}

pub fn set_active(conn: &mut Conn, id: PromotionId, active: bool) -> Result<()> {
    let row = promotions::table.find(id);
    let changed = diesel::update(row).set((promotions::active.eq(active), promotions::updated_at.eq(now))).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// # Errors
/// `Conflict` when an order has it.
pub fn delete(conn: &mut Conn, id: PromotionId) -> Result<()> {
    let used = || Error::Conflict("Orders have this promotion, so it stays for their history. You can end it instead.".to_owned());
    let deleted = diesel::delete(promotions::table.find(id))
        .execute(conn)
        .on_constraint("promotion_uses_promotion_id_fkey", used)
        .on_constraint("promotion_uses_coupon_id_fkey", used)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Whether the shop has any promotion, running or not.
pub fn are_any(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(promotions::table.select(promotions::id))).get_result(conn)?)
}

pub fn is_used(conn: &mut Conn, id: PromotionId) -> Result<bool> {
    let uses = promotion_uses::table.filter(promotion_uses::promotion_id.eq(id));
    Ok(diesel::select(diesel::dsl::exists(uses)).get_result(conn)?)
}

/// Conditions of these promotions, in the order in which they were made.
pub fn conditions(conn: &mut Conn, of: &[PromotionId]) -> Result<Vec<ConditionRow>> {
    let rows = promotion_conditions::table.filter(promotion_conditions::promotion_id.eq_any(of)).order(promotion_conditions::id);
    Ok(rows.limit(MOST * MOST_CONDITIONS).select(ConditionRow::as_select()).load(conn)?)
}

pub fn insert_condition(conn: &mut Conn, promotion: PromotionId, new: &ConditionChange) -> Result<ConditionId> {
    let row = (promotion_conditions::promotion_id.eq(promotion), new);
    diesel::insert_into(promotion_conditions::table)
        .values(row)
        .returning(promotion_conditions::id)
        .get_result(conn)
        .on_constraint("promotion_conditions_promotion_id_fkey", || Error::NotFound)
}

pub fn delete_condition(conn: &mut Conn, promotion: PromotionId, id: ConditionId) -> Result<()> {
    let row = promotion_conditions::table.find(id).filter(promotion_conditions::promotion_id.eq(promotion));
    if diesel::delete(row).execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}
