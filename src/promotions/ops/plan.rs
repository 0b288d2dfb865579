use crate::{
    base::{ConditionId, Conn, Error, PromotionId, Result, VariantId},
    catalog,
    promotions::{
        model::{Aim, ConditionChange, Left, Offer, Plan, Promotion, Purpose},
        rules::offer_of,
        store::{promotions, targets},
    },
};

/// All that a promotion's form says: what it does, and to which goods.
#[derive(Clone, Debug)]
pub struct Shape {
    pub plan: Plan,
    pub goods: Vec<Aim>,
    pub bought: Vec<Aim>,
}

/// Creates the promotion, or changes it when `id` is given. A new one is not active yet.
///
/// # Errors
/// `Invalid` on the field that is wrong.
pub fn save(conn: &mut Conn, id: Option<PromotionId>, shape: &Shape) -> Result<PromotionId> {
    let id = match id {
        Some(id) => {
            promotions::update(conn, id, &shape.plan)?;
            id
        }
        None => promotions::insert(conn, &shape.plan)?,
    };
    targets::replace(conn, id, Purpose::Goods, None, &shape.goods)?;
    targets::replace(conn, id, Purpose::Bought, None, &shape.bought)?;
    Ok(id)
}

/// # Errors
/// `Invalid` when the promotion has as many conditions as one can.
pub fn add_condition(conn: &mut Conn, promotion: PromotionId, new: &ConditionChange, aims: &[Aim]) -> Result<ConditionId> {
    if promotions::conditions(conn, &[promotion])?.len() as i64 >= promotions::MOST_CONDITIONS {
        return Err(Error::Conflict(format!("A promotion can have {} conditions. Remove one first.", promotions::MOST_CONDITIONS)));
    }
    let id = promotions::insert_condition(conn, promotion, new)?;
    targets::replace(conn, promotion, Purpose::Condition, Some(id), aims)?;
    Ok(id)
}

pub fn remove_condition(conn: &mut Conn, promotion: PromotionId, id: ConditionId) -> Result<()> {
    promotions::delete_condition(conn, promotion, id)
}

pub fn set_active(conn: &mut Conn, id: PromotionId, active: bool) -> Result<()> {
    promotions::set_active(conn, id, active)
}

/// # Errors
/// `Conflict` when an order has it.
pub fn delete(conn: &mut Conn, id: PromotionId) -> Result<()> {
    promotions::delete(conn, id)
}

/// A promotion as it would be decided on.
pub fn offer(conn: &mut Conn, promotion: &Promotion) -> Result<Offer> {
    offers(conn, std::slice::from_ref(promotion))?.pop().ok_or(Error::NotFound)
}

pub fn offers(conn: &mut Conn, rows: &[Promotion]) -> Result<Vec<Offer>> {
    assemble(conn, rows, |_| Left::default())
}

pub(super) fn assemble(conn: &mut Conn, rows: &[Promotion], left: impl Fn(&Promotion) -> Left) -> Result<Vec<Offer>> {
    let ids: Vec<PromotionId> = rows.iter().map(|row| row.id).collect();
    let (conditions, targets) = (promotions::conditions(conn, &ids)?, targets::of(conn, &ids)?);
    let gifts: Vec<VariantId> = rows.iter().filter_map(|row| row.plan.gift_variant_id).collect();
    let gifts = if gifts.is_empty() { vec![] } else { catalog::for_sale(conn, &gifts)? };
    let name_of = |id: Option<VariantId>| gifts.iter().find(|gift| Some(gift.variant.id) == id).map(|gift| gift.title.clone());
    let one = |row: &Promotion| {
        let gift = name_of(row.plan.gift_variant_id).unwrap_or_default();
        offer_of(row, &conditions, &targets, &gift, left(row))
            .ok_or_else(|| Error::internal(format!("promotion {} lacks something", row.id)))
    };
    rows.iter().map(one).collect()
}
