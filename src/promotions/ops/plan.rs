use crate::{
    base::{ConditionId, Conn, Error, PromotionId, Result, VariantId},
    catalog,
    promotions::{
        model::{Aim, Chosen, ConditionInput, Left, Offer, Promotion, Purpose, Shape},
        rules::offer_of,
        store::{promotions, targets},
    },
};

/// Creates the promotion, or changes it when `id` is given. A new one is not active yet.
///
/// # Errors
/// `Invalid` on the field that is wrong.
pub fn save(conn: &mut Conn, id: Option<PromotionId>, shape: &Shape) -> Result<PromotionId> {
    let mut plan = shape.plan.clone();
    plan.gift_variant_id = shape.gift.as_ref().map(|sku| gift(conn, sku)).transpose()?;
    let (goods, bought) = (aims(conn, &shape.goods, "goods_products")?, aims(conn, &shape.bought, "bought_products")?);
    let id = match id {
        Some(id) => {
            promotions::update(conn, id, &plan)?;
            id
        }
        None => promotions::insert(conn, &plan)?,
    };
    targets::replace(conn, id, Purpose::Goods, None, &goods)?;
    targets::replace(conn, id, Purpose::Bought, None, &bought)?;
    Ok(id)
}

fn gift(conn: &mut Conn, sku: &str) -> Result<VariantId> {
    let found = catalog::variant_by_sku(conn, sku)?;
    found.map(|variant| variant.id).ok_or_else(|| Error::invalid("gift", format!("There is no variant with the SKU {sku}")))
}

/// Looks up what was chosen.
fn aims(conn: &mut Conn, chosen: &Chosen, field: &str) -> Result<Vec<Aim>> {
    if chosen.all {
        return Ok(vec![]);
    }
    let found = targets::products_named(conn, &chosen.products)?;
    let unknown: Vec<&str> =
        chosen.products.iter().filter(|name| !found.iter().any(|(known, _)| known == *name)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Error::invalid(field, format!("There is no product with this address or SKU: {}", unknown.join(", "))));
    }
    let categories = chosen.categories.iter().copied().map(Aim::Category);
    Ok(categories.chain(found.into_iter().map(|(_, id)| Aim::Product(id))).collect())
}

/// # Errors
/// `Conflict` when the promotion has as many conditions as one can have; `Invalid` on the field that is wrong.
pub fn add_condition(conn: &mut Conn, promotion: PromotionId, input: &ConditionInput) -> Result<ConditionId> {
    if promotions::conditions(conn, &[promotion])?.len() as i64 >= promotions::MOST_CONDITIONS {
        return Err(Error::Conflict(format!("A promotion can have {} conditions. Remove one first.", promotions::MOST_CONDITIONS)));
    }
    let named = aims(conn, &input.goods, "goods_products")?;
    let id = promotions::insert_condition(conn, promotion, &input.change)?;
    let all: Vec<Aim> = named.into_iter().chain(input.aims.iter().cloned()).collect();
    targets::replace(conn, promotion, Purpose::Condition, Some(id), &all)?;
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
