//! What promotions and conditions name.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt},
};

use crate::{
    accounts::Group,
    base::{CategoryId, ConditionId, Conn, Error, GroupId, OnConstraint, ProductId, PromotionId, Result},
    promotions::model::{Aim, Purpose, Target},
    schema::{customer_groups, products, promotion_targets, variants},
};

/// Targets of these promotions with their names.
pub fn of(conn: &mut Conn, promotions: &[PromotionId]) -> Result<Vec<Target>> {
    let rows = sql_query(
        "SELECT t.promotion_id, t.condition_id, t.purpose, t.product_id, t.category_id, t.group_id, t.country,
            COALESCE(p.title, c.name, g.name, t.country, '') AS name, COALESCE(p.slug, '') AS slug
         FROM promotion_targets t LEFT JOIN products p ON p.id = t.product_id LEFT JOIN categories c ON c.id = t.category_id
            LEFT JOIN customer_groups g ON g.id = t.group_id
         WHERE t.promotion_id = ANY($1) ORDER BY t.id LIMIT 50000",
    )
    .bind::<Array<BigInt>, _>(promotions);
    Ok(rows.load(conn)?)
}

/// Makes these the targets of the promotion for this purpose, or those of the condition.
///
/// # Errors
/// `Invalid` on `goods` when one is gone meanwhile.
pub fn replace(conn: &mut Conn, promotion: PromotionId, purpose: Purpose, condition: Option<ConditionId>, aims: &[Aim]) -> Result<()> {
    let before = promotion_targets::table
        .filter(promotion_targets::promotion_id.eq(promotion))
        .filter(promotion_targets::purpose.eq(purpose))
        .filter(promotion_targets::condition_id.is_not_distinct_from(condition));
    diesel::delete(before).execute(conn)?;
    let gone = || Error::invalid("goods", "One of these has been deleted meanwhile. Choose again");
    let rows: Vec<_> = aims.iter().map(|aim| row(promotion, purpose, condition, aim)).collect();
    diesel::insert_into(promotion_targets::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(conn)
        .on_constraint("promotion_targets_product_id_fkey", gone)
        .on_constraint("promotion_targets_category_id_fkey", gone)
        .on_constraint("promotion_targets_group_id_fkey", gone)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = promotion_targets)]
struct NewTarget<'a> {
    promotion_id: PromotionId,
    condition_id: Option<ConditionId>,
    purpose: Purpose,
    product_id: Option<ProductId>,
    category_id: Option<CategoryId>,
    group_id: Option<GroupId>,
    country: Option<&'a str>,
}

fn row(promotion_id: PromotionId, purpose: Purpose, condition_id: Option<ConditionId>, aim: &Aim) -> NewTarget<'_> {
    let mut row = NewTarget { promotion_id, condition_id, purpose, product_id: None, category_id: None, group_id: None, country: None };
    match aim {
        Aim::Product(id) => row.product_id = Some(*id),
        Aim::Category(id) => row.category_id = Some(*id),
        Aim::Group(id) => row.group_id = Some(*id),
        Aim::Country(code) => row.country = Some(code),
    }
    row
}

/// The products that staff names by address or by the SKU of a variant; each name with what it found.
pub fn products_named(conn: &mut Conn, names: &[String]) -> Result<Vec<(String, ProductId)>> {
    let by_slug = products::table.filter(products::slug.eq_any(names)).select((products::slug, products::id));
    let mut found: Vec<(String, ProductId)> = by_slug.load(conn)?;
    let by_sku = variants::table.filter(variants::sku.eq_any(names)).select((variants::sku, variants::product_id));
    found.extend(by_sku.load::<(String, ProductId)>(conn)?);
    Ok(found)
}

/// Groups of customers that a condition can name.
pub fn groups(conn: &mut Conn) -> Result<Vec<Group>> {
    Ok(customer_groups::table.order(customer_groups::name).limit(500).select(Group::as_select()).load(conn)?)
}
