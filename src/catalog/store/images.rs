use diesel::prelude::*;

use crate::{
    base::{Conn, Error, MediaId, ProductId, Result},
    catalog::model::ProductImage,
    media::Media,
    schema::{media, product_images},
};

pub fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<ProductImage>> {
    let rows: Vec<(Media, String, i32)> = product_images::table
        .inner_join(media::table)
        .filter(product_images::product_id.eq(product))
        .order((product_images::position, product_images::media_id))
        .limit(100)
        .select((Media::as_select(), product_images::alt, product_images::position))
        .load(conn)?;
    Ok(rows.into_iter().map(|(media, alt, position)| ProductImage { media, alt, position }).collect())
}

/// Puts the picture at `position`, or last. A picture that the product has already gets the new text and place.
pub fn put(conn: &mut Conn, product: ProductId, image: MediaId, alt: &str, position: Option<i32>) -> Result<()> {
    let last: Option<i32> = product_images::table
        .filter(product_images::product_id.eq(product))
        .select(diesel::dsl::max(product_images::position))
        .first(conn)?;
    let position = position.unwrap_or(last.unwrap_or(0) + 1);
    diesel::insert_into(product_images::table)
        .values((
            product_images::product_id.eq(product),
            product_images::media_id.eq(image),
            product_images::alt.eq(alt),
            product_images::position.eq(position),
        ))
        .on_conflict((product_images::product_id, product_images::media_id))
        .do_update()
        .set((product_images::alt.eq(alt), product_images::position.eq(position)))
        .execute(conn)?;
    Ok(())
}

pub fn change(conn: &mut Conn, product: ProductId, image: MediaId, alt: &str, position: i32) -> Result<()> {
    let row = product_images::table.find((product, image));
    let changed = diesel::update(row).set((product_images::alt.eq(alt), product_images::position.eq(position))).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn remove(conn: &mut Conn, product: ProductId, image: MediaId) -> Result<()> {
    let removed = diesel::delete(product_images::table.find((product, image))).execute(conn)?;
    if removed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Whether the picture is still there, shown or not.
pub fn is_kept(conn: &mut Conn, image: MediaId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(media::table.find(image))).get_result(conn)?)
}
