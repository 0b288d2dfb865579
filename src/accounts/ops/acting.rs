//! Acting for a customer: somebody of the staff sees and does in the shop what the customer could, but for what is delicate. It is
//! asked anew at each request, so that it ends at once with the right to it.

use super::customers::customer;
use crate::{
    accounts::store::acting,
    base::{AccountId, Conn, Permission, Result, SignInId},
    web::Account,
};

/// Whoever this sign-in stands for in the shop: its own account, or the customer for whom its owner acts.
///
/// # Errors
/// The database can't be read.
pub(super) fn in_whose_place(conn: &mut Conn, sign_in: SignInId, own: Account) -> Result<Account> {
    if !own.may(Permission::CustomersActFor) || own.needs_second_factor {
        return Ok(own);
    }
    let Some(customer) = acting::customer(conn, sign_in)? else { return Ok(own) };
    Ok(Account { acted_by: Some(Box::new(own.clone())), ..customer.standing(own.standing, None) })
}

/// Somebody of the staff acts for the customer from now on, at this sign-in, for an hour at most.
///
/// # Errors
/// `NotFound` when this is no customer's account.
pub fn act_for(conn: &mut Conn, sign_in: SignInId, staff: AccountId, id: AccountId, reason: &str) -> Result<String> {
    let customer = customer(conn, id)?;
    acting::begin(conn, sign_in, staff, customer.id, reason)?;
    tracing::info!(event = "acting_began", account.id = customer.id.0, by = staff.0, "somebody of the staff acts for a customer");
    Ok(customer.name)
}

/// Nobody is acted for at this sign-in any more.
///
/// # Errors
/// The database can't be written.
pub fn end_acting(conn: &mut Conn, sign_in: SignInId) -> Result<()> {
    acting::end(conn, sign_in)
}
