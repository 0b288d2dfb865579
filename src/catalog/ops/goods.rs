//! Many new products in a few statements: what an import of a whole catalogue does. One product that is refused refuses them all,
//! and the caller's transaction with it; who wants to know which one writes them one by one.

use std::collections::BTreeMap;

use crate::{
    base::{Conn, Result},
    catalog::{
        model::{MadeGoods, NewGoods, References},
        store::goods as store,
    },
};

/// What these names of brands and product types mean; those that are new are made. They are held until the transaction ends.
pub fn references<'a>(conn: &mut Conn, brands: impl Iterator<Item = &'a str>, types: impl Iterator<Item = &'a str>) -> Result<References> {
    Ok(References { brands: store::brands(conn, &distinct(brands))?, types: store::types(conn, &distinct(types))? })
}

/// In one order for everybody who asks, so that two who make the same don't wait for each other.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.filter(|name| !name.trim().is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Makes the products. `besides` writes what other rooms know of them, such as stock, as long as they count as new.
///
/// # Errors
/// What the database refuses of any of them, and what `besides` says.
pub fn insert_goods(
    conn: &mut Conn,
    references: &References,
    goods: &[NewGoods],
    besides: impl FnOnce(&mut Conn, &[MadeGoods]) -> Result<()>,
) -> Result<()> {
    store::begin(conn)?;
    let ids = store::products(conn, references, goods)?;
    let variants = store::variants(conn, goods, &ids)?;
    let made = || ids.iter().zip(goods);
    let places: Vec<_> = made().flat_map(|(id, goods)| goods.categories.iter().map(|category| (*id, *category))).collect();
    store::stand_in(conn, &places)?;
    let said: Vec<_> = made().flat_map(|(id, goods)| goods.attributes.iter().map(|(attribute, value)| (*id, *attribute, value))).collect();
    store::say(conn, &said)?;
    store::shelve(conn, &ids)?;
    let made: Vec<_> = ids.into_iter().zip(variants).map(|(id, variants)| MadeGoods { id, variants }).collect();
    besides(conn, &made)?;
    store::end(conn)
}

/// Leads these former addresses to where each product is now; one that is given twice leads to the last. Gives how many did not lead
/// there yet.
///
/// # Errors
/// `Invalid` where one can't be led there.
pub fn put_redirects(conn: &mut Conn, redirects: &[(&str, String)]) -> Result<usize> {
    if redirects.is_empty() {
        return Ok(0);
    }
    let last: BTreeMap<&str, &String> = redirects.iter().map(|(from, to)| (*from, to)).collect();
    let redirects: Vec<_> = last.into_iter().map(|(from, to)| (from, to.clone())).collect();
    let there = store::leading(conn, &redirects)?;
    let wanted: Vec<_> = redirects.into_iter().filter(|(from, _)| !there.iter().any(|there| there == from)).collect();
    store::lead(conn, &wanted)?;
    Ok(wanted.len())
}
