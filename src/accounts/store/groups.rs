use diesel::{dsl::count_star, prelude::*, result::DatabaseErrorKind, result::Error as DieselError};

use crate::{
    accounts::model::{Group, GroupRow},
    base::{Conn, Error, GroupId, OnConstraint, Page, PageRequest, Result},
    schema::{accounts, customer_groups},
};

/// Groups at most in a field that offers them all.
const MOST: i64 = 500;

/// By name, for a field that offers them all.
pub fn all(conn: &mut Conn) -> Result<Vec<Group>> {
    Ok(customer_groups::table.order((customer_groups::name, customer_groups::id)).limit(MOST).select(Group::as_select()).load(conn)?)
}

pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<GroupRow>> {
    let customers = accounts::table.filter(accounts::group_id.eq(customer_groups::id.nullable())).select(count_star()).single_value();
    let rows: Vec<(Group, Option<i64>)> = customer_groups::table
        .order((customer_groups::name, customer_groups::id))
        .limit(page.limit())
        .offset(page.offset())
        .select((Group::as_select(), customers))
        .load(conn)?;
    let rows = rows.into_iter().map(|(group, customers)| GroupRow { group, customers: customers.unwrap_or(0) });
    Ok(page.of(rows.collect(), customer_groups::table.count().get_result(conn)?))
}

pub fn find(conn: &mut Conn, id: GroupId) -> Result<Group> {
    Ok(customer_groups::table.find(id).select(Group::as_select()).first(conn)?)
}

/// # Errors
/// `Invalid` on `name` when another group has it.
pub fn insert(conn: &mut Conn, name: &str) -> Result<GroupId> {
    let inserted = diesel::insert_into(customer_groups::table).values(customer_groups::name.eq(name));
    inserted.returning(customer_groups::id).get_result(conn).on_constraint("customer_groups_name_key", taken)
}

/// # Errors
/// As for `insert`.
pub fn rename(conn: &mut Conn, id: GroupId, name: &str) -> Result<()> {
    let renamed = diesel::update(customer_groups::table.find(id)).set(customer_groups::name.eq(name)).execute(conn);
    if renamed.on_constraint("customer_groups_name_key", taken)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn taken() -> Error {
    Error::invalid("name", "There is a group of this name already")
}

/// # Errors
/// `Conflict` while something on the floors above is for this group.
pub fn delete(conn: &mut Conn, id: GroupId) -> Result<()> {
    match diesel::delete(customer_groups::table.find(id)).execute(conn) {
        Ok(0) => Err(Error::NotFound),
        Ok(_) => Ok(()),
        // Whatever refers to groups and is not dissolved with them: this room need not know the tables above it.
        Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            Err(Error::Conflict("Price lists or promotions are for this group. Change or delete them first.".to_owned()))
        }
        Err(other) => Err(other.into()),
    }
}
