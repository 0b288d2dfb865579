//! Whom staff look for when they take an order.

use crate::{
    base::{Conn, PageRequest, Result},
    orders::{
        model::{Order, Tab},
        rules,
        store::{self, OrderFilter},
    },
};

/// Customers to choose from at most.
const MOST: usize = 10;

/// The latest order of each customer whose name, e-mail address or order number fits, with the name on the parcel.
pub fn search(conn: &mut Conn, text: &str) -> Result<Vec<(Order, String)>> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    if text.is_empty() {
        return Ok(vec![]);
    }
    let filter = OrderFilter { tab: Tab::All, number: rules::read_order_number(&text), text };
    let mut found: Vec<(Order, String)> = vec![];
    for (order, name) in store::list(conn, &filter, PageRequest::new(None, 50))?.items {
        let is_known = found.iter().any(|(other, _)| other.email.eq_ignore_ascii_case(&order.email));
        if !is_known && found.len() < MOST {
            found.push((order, name));
        }
    }
    Ok(found)
}
