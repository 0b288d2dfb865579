//! What was ordered before is wished for again.

use super::{Whose, current, open, put};
use crate::{
    base::{CartId, Conn, Error, Result, VariantId},
    cart::{
        model::Again,
        rules::{self, MOST},
        store,
    },
    catalog, inventory,
};

/// Puts into the visitor's cart what is still to be had of these, at today's prices, and tells in words what is not. Of what is
/// in the cart already the larger quantity stays, so that doing it twice changes nothing. `None`: nothing was put into any cart.
pub fn put_again(conn: &mut Conn, visitor: Whose<'_>, wanted: &[Again]) -> Result<(Option<CartId>, Vec<String>)> {
    let variants: Vec<VariantId> = wanted.iter().filter_map(|again| again.variant).collect();
    let sold: Vec<VariantId> =
        catalog::for_sale(conn, &variants)?.into_iter().filter(|item| item.is_sold).map(|item| item.variant.id).collect();
    let (mut cart, mut words) = (current(conn, visitor.session, visitor.account)?, vec![]);
    for Again { variant, quantity, title } in wanted {
        let Some(variant) = variant.filter(|variant| sold.contains(variant)) else {
            words.push(format!("{title} is not sold any more."));
            continue;
        };
        let into = open(conn, Whose { session: cart.or(visitor.session), ..visitor })?;
        words.extend(fit(conn, into, variant, (*quantity).min(MOST))?);
        cart = Some(into);
    }
    Ok((cart, words))
}

/// As many of it as there are, and in words that there are not enough.
fn fit(conn: &mut Conn, cart: CartId, variant: VariantId, quantity: i32) -> Result<Option<String>> {
    if store::quantity(conn, cart, variant)? >= quantity {
        return Ok(None);
    }
    let refused = match put(conn, cart, variant, quantity) {
        Err(Error::Invalid(problems)) => problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join(" "),
        other => return other.map(|()| None),
    };
    let stock = inventory::stock_for(conn, Some(cart), &[variant])?.get(&variant).copied();
    let most = stock.map_or(0, |stock| rules::most(&stock, quantity));
    if most > store::quantity(conn, cart, variant)? {
        match put(conn, cart, variant, most) {
            Ok(()) | Err(Error::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(refused))
}
