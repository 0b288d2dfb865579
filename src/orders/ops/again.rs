//! What of an order can be wished for again.

use crate::{
    base::{Conn, Result},
    cart::Again,
    orders::{
        model::{DiscountLine, Order, OrderLine},
        store,
    },
};

/// Each thing that was bought, without what an edit took out and what was given with it.
pub fn again(conn: &mut Conn, order: &Order) -> Result<Vec<Again>> {
    let (lines, discounts) = (store::lines(conn, order.id)?, store::discounts(conn, order.id)?);
    let bought = lines.into_iter().filter(|line| line.quantity > 0 && !is_given(line, &discounts));
    Ok(bought.map(|line| Again { variant: line.variant_id, quantity: line.quantity, title: line.title }).collect())
}

/// Nothing was paid for it: a present of a promotion, which is given again by itself.
fn is_given(line: &OrderLine, discounts: &[DiscountLine]) -> bool {
    let off: i64 = discounts.iter().filter(|discount| discount.order_line_id == Some(line.id)).map(|discount| discount.amount).sum();
    line.total > 0 && line.total + off == 0
}
