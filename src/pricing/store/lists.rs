use diesel::{dsl::count_star, prelude::*};

use crate::{
    base::{Conn, Error, OnConstraint, Page, PageRequest, PriceListId, Result},
    pricing::model::{ListTerms, PriceList, PriceListChange},
    schema::{customer_groups, price_lists, prices},
};

/// Lists with their number of prices, the newest first.
pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<(ListTerms, i64)>> {
    let held = prices::table.filter(prices::list_id.eq(price_lists::id)).select(count_star()).single_value();
    let rows: Vec<(PriceList, Option<String>, Option<i64>)> = price_lists::table
        .left_join(customer_groups::table)
        .order(price_lists::id.desc())
        .limit(page.limit())
        .offset(page.offset())
        .select((PriceList::as_select(), customer_groups::name.nullable(), held))
        .load(conn)?;
    let rows = rows.into_iter().map(|(list, group, held)| (ListTerms { list, group: group.unwrap_or_default() }, held.unwrap_or(0)));
    Ok(page.of(rows.collect(), price_lists::table.count().get_result(conn)?))
}

pub fn any(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(price_lists::table.select(price_lists::id))).get_result(conn)?)
}

pub fn find(conn: &mut Conn, id: PriceListId) -> Result<PriceList> {
    Ok(price_lists::table.find(id).select(PriceList::as_select()).first(conn)?)
}

/// The list as it is, locked.
pub fn lock(conn: &mut Conn, id: PriceListId) -> Result<PriceList> {
    Ok(price_lists::table.find(id).for_no_key_update().select(PriceList::as_select()).first(conn)?)
}

pub fn find_with_group(conn: &mut Conn, id: PriceListId) -> Result<ListTerms> {
    let found = price_lists::table.left_join(customer_groups::table).filter(price_lists::id.eq(id));
    let (list, group): (PriceList, Option<String>) =
        found.select((PriceList::as_select(), customer_groups::name.nullable())).first(conn)?;
    Ok(ListTerms { list, group: group.unwrap_or_default() })
}

/// # Errors
/// `Invalid` on the field that the database refuses.
pub fn insert(conn: &mut Conn, new: &PriceListChange) -> Result<PriceListId> {
    refused(diesel::insert_into(price_lists::table).values(new).returning(price_lists::id).get_result(conn))
}

/// # Errors
/// As for `insert`.
pub fn update(conn: &mut Conn, id: PriceListId, change: &PriceListChange) -> Result<()> {
    let changed = refused(diesel::update(price_lists::table.find(id)).set(change).execute(conn))?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("price_lists_name_key", || Error::invalid("name", "There is a list of this name already"))
        .on_constraint("price_lists_period", || Error::invalid("ends_at", "The end must be after the start"))
        .on_constraint("price_lists_group_id_fkey", || Error::invalid("group", "This group has been deleted meanwhile. Choose another"))
        .on_constraint("price_lists_currency_in_use", || {
            Error::invalid("currency", "The currency can't be changed while there are prices in the list")
        })
}

pub fn delete(conn: &mut Conn, id: PriceListId) -> Result<()> {
    let deleted = diesel::delete(price_lists::table.find(id)).execute(conn)?;
    if deleted == 0 { Err(Error::NotFound) } else { Ok(()) }
}
