//! What this browser may see because a mailed link was opened in it.
//!
//! A mailed link bears a token: whoever has it gets in, from any device. In the address of a page it would stand in the browser's
//! history, on the screen and in what people copy to others (ASVS 14.2.1). So it is exchanged at its first visit for an entry here,
//! and no address after that bears it.

use serde::{Deserialize, Serialize};

use crate::base::{Keys, OrderId};

/// Orders at most: the eleventh pushes the oldest out, whose link opens it again. Some 40 bytes each.
const MOST_ORDERS: usize = 10;

/// Links of other kinds at most whose tokens are carried.
const MOST_CARRIED: usize = 8;

/// Characters of an entry's mark.
const MARK: usize = 16;

/// The orders whose links were opened in this browser, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Opened(Vec<(OrderId, String)>);

impl Opened {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this order's link was opened here, and its token is still the same: another ends what was opened with the former.
    pub fn holds(&self, order: OrderId, token: &str) -> bool {
        self.0.contains(&(order, mark(order, token)))
    }

    pub(super) fn is_newest(&self, order: OrderId, token: &str) -> bool {
        self.0.first() == Some(&(order, mark(order, token)))
    }

    pub(super) fn add(&mut self, order: OrderId, token: &str) {
        self.0.retain(|(other, _)| *other != order);
        self.0.insert(0, (order, mark(order, token)));
        self.0.truncate(MOST_ORDERS);
    }
}

/// Tokens of mailed links whose pages are open here, each by what the link is for, the newest first: the same kind once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Carried(Vec<(String, String)>);

impl Carried {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, kind: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == kind).map(|(_, token)| token.as_str())
    }

    pub(super) fn put(&mut self, kind: &str, token: &str) {
        self.0.retain(|(known, _)| known != kind);
        self.0.insert(0, (kind.to_owned(), token.to_owned()));
        self.0.truncate(MOST_CARRIED);
    }
}

/// Nobody writes into the session but us, so that this need only tell one token from the next, and not be the token.
fn mark(order: OrderId, token: &str) -> String {
    let mut mark = Keys::sign_with(token.as_bytes(), format!("order {order} was opened").as_bytes());
    mark.truncate(MARK);
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(orders: impl IntoIterator<Item = i64>) -> Opened {
        let mut opened = Opened::default();
        orders.into_iter().for_each(|id| opened.add(OrderId(id), "token"));
        opened
    }

    #[test]
    fn the_eleventh_order_pushes_the_oldest_out() {
        let eleven = opened(1..=11);
        assert!(!eleven.holds(OrderId(1), "token"));
        assert!((2..=11).all(|id| eleven.holds(OrderId(id), "token")));
    }

    #[test]
    fn an_order_that_is_opened_again_is_the_newest_and_stands_there_once() {
        let again = opened((1..=10).chain([1, 11]));
        assert!(again.holds(OrderId(1), "token") && !again.holds(OrderId(2), "token"));
        assert_eq!(again.0.len(), 10);
    }

    #[test]
    fn of_each_kind_of_link_the_newest_is_carried_and_eight_kinds_in_all() {
        let mut carried = Carried::default();
        carried.put("/sign-up", "former");
        carried.put("/sign-up", "newer");
        (1..8).for_each(|kind| carried.put(&kind.to_string(), "other"));
        assert_eq!((carried.get("/sign-up"), carried.get("7")), (Some("newer"), Some("other")));
        carried.put("8", "other");
        assert_eq!((carried.get("/sign-up"), carried.get("1"), carried.0.len()), (None, Some("other"), 8));
    }

    #[test]
    fn another_token_of_the_order_ends_what_the_former_opened() {
        let one = opened([1]);
        assert!(!one.holds(OrderId(1), "another") && !one.holds(OrderId(2), "token"));
        assert!(!serde_json::to_string(&one).unwrap().contains("token"), "the session does not hold what opens the order");
    }
}
