//! The one row of what is asked of everybody of a kind who signs in.

use diesel::prelude::*;

use crate::{
    base::{Conn, Result},
    schema::sign_in_rules,
};

/// Whether an owner without a second factor must set one up before anything else.
pub fn owners_need_second_factor(conn: &mut Conn) -> Result<bool> {
    Ok(sign_in_rules::table.select(sign_in_rules::owners_need_second_factor).first(conn)?)
}

pub fn set_owners_need_second_factor(conn: &mut Conn, needed: bool) -> Result<()> {
    diesel::update(sign_in_rules::table).set(sign_in_rules::owners_need_second_factor.eq(needed)).execute(conn)?;
    Ok(())
}
