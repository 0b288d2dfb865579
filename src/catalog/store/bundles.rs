use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt},
};

use crate::{
    base::{Conn, Result, VariantId, prepared},
    catalog::model::BundlePart,
};

/// What these bundles are made of, each in its order.
pub fn parts_of(conn: &mut Conn, bundles: &[VariantId]) -> Result<Vec<BundlePart>> {
    let wanted = sql_query(
        "SELECT b.bundle_id, b.part_id AS variant_id, b.quantity, v.sku, p.title, array_to_string(v.option_values, ' · ') AS options, p.slug,
                v.weight_grams, (v.archived_at IS NOT NULL OR p.status = 'archived') AS is_archived,
                (v.archived_at IS NULL AND product_is_shown(p)) AS is_shown
         FROM bundle_parts b JOIN variants v ON v.id = b.part_id JOIN products p ON p.id = v.product_id
         WHERE b.bundle_id = ANY($1) ORDER BY b.bundle_id, b.position, b.part_id",
    );
    Ok(prepared(wanted.bind::<Array<BigInt>, _>(bundles.iter().map(|id| id.0).collect::<Vec<_>>())).load(conn)?)
}
