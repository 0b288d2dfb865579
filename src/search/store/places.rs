//! Categories, collections and pages, which are found beside the goods.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    base::{CategoryId, CollectionId, Conn, PageId, Result},
    schema::{categories, collections, pages},
    search::model::{Place, PlaceKind, key_of, of_key},
};

/// Of each kind at most.
const MOST: i64 = 20_000;

pub fn all(conn: &mut Conn) -> Result<Vec<Place>> {
    let mut places = of_categories(conn, None)?;
    places.extend(of_pages(conn, None)?);
    places.extend(of_collections(conn, None)?);
    Ok(places)
}

/// Those that still exist.
pub fn of(conn: &mut Conn, keys: &[(PlaceKind, i64)]) -> Result<Vec<Place>> {
    let ids = |kind| keys.iter().filter(|(of, _)| *of == kind).map(|(_, id)| *id).collect::<Vec<i64>>();
    let mut places = of_categories(conn, Some(ids(PlaceKind::Category)))?;
    places.extend(of_pages(conn, Some(ids(PlaceKind::Page)))?);
    places.extend(of_collections(conn, Some(ids(PlaceKind::Collection)))?);
    Ok(places)
}

/// The same by their keys, in this order.
pub fn in_order(conn: &mut Conn, keys: &[i64]) -> Result<Vec<Place>> {
    let wanted: Vec<_> = keys.iter().map(|key| of_key(*key)).collect();
    let mut places: HashMap<i64, Place> = of(conn, &wanted)?.into_iter().map(|place| (key_of(place.kind, place.id), place)).collect();
    Ok(keys.iter().filter_map(|key| places.remove(key)).collect())
}

fn of_categories(conn: &mut Conn, ids: Option<Vec<i64>>) -> Result<Vec<Place>> {
    let mut query = categories::table.limit(MOST).into_boxed();
    if let Some(ids) = ids {
        query = query.filter(categories::id.eq_any(ids));
    }
    let rows: Vec<(CategoryId, String, String, String)> =
        query.select((categories::id, categories::slug, categories::name, categories::description)).load(conn)?;
    let place = |(id, slug, title, text): (CategoryId, _, _, _)| Place { kind: PlaceKind::Category, id: id.0, slug, title, text };
    Ok(rows.into_iter().map(place).collect())
}

/// Those that shoppers see.
fn of_collections(conn: &mut Conn, ids: Option<Vec<i64>>) -> Result<Vec<Place>> {
    let mut query = collections::table.filter(collections::shown).limit(MOST).into_boxed();
    if let Some(ids) = ids {
        query = query.filter(collections::id.eq_any(ids));
    }
    let rows: Vec<(CollectionId, String, String, String)> =
        query.select((collections::id, collections::slug, collections::title, collections::description)).load(conn)?;
    let place = |(id, slug, title, text): (CollectionId, _, _, _)| Place { kind: PlaceKind::Collection, id: id.0, slug, title, text };
    Ok(rows.into_iter().map(place).collect())
}

fn of_pages(conn: &mut Conn, ids: Option<Vec<i64>>) -> Result<Vec<Place>> {
    let mut query = pages::table.limit(MOST).into_boxed();
    if let Some(ids) = ids {
        query = query.filter(pages::id.eq_any(ids));
    }
    let rows: Vec<(PageId, String, String, String)> = query.select((pages::id, pages::slug, pages::title, pages::body)).load(conn)?;
    let place = |(id, slug, title, text): (PageId, _, _, _)| Place { kind: PlaceKind::Page, id: id.0, slug, title, text };
    Ok(rows.into_iter().map(place).collect())
}

/// Slugs and names of categories, by their ids or slugs.
pub fn category_names(conn: &mut Conn, ids: &[i64], slugs: &[String]) -> Result<Vec<(i64, String, String)>> {
    let wanted = categories::table.filter(categories::id.eq_any(ids).or(categories::slug.eq_any(slugs)));
    let rows: Vec<(CategoryId, String, String)> = wanted.select((categories::id, categories::slug, categories::name)).load(conn)?;
    Ok(rows.into_iter().map(|(id, slug, name)| (id.0, slug, name)).collect())
}
