mod find;
mod parcels;
mod returns;

pub use find::FindForm;
pub use parcels::{Chosen, NoteForm, ShipmentForm, ShipmentInput};
use serde::Deserialize;

use super::{
    model::{Order, Tab},
    rules::read_order_number,
    store::OrderFilter,
};
use crate::base::{Currency, Money, Problems, typed};

pub use returns::{DecisionForm, ReceiptForm, ReturnForm, ReturnQuery, SettlementForm};

/// The unguessable part of a mailed link.
#[derive(Default, Deserialize)]
pub struct Ticket {
    #[serde(default)]
    pub token: String,
}

/// How staff narrow the list down.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// A tab; what is none counts as all.
    pub state: String,
    pub q: String,
    pub page: Option<i64>,
}

impl ListQuery {
    pub fn tab(&self) -> Tab {
        self.state.parse().unwrap_or(Tab::All)
    }

    pub fn filter(&self) -> OrderFilter {
        let text: String = self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
        OrderFilter { tab: self.tab(), number: read_order_number(&text), text }
    }

    /// The address of another tab, with the words that are searched for.
    pub fn with_tab(&self, tab: &Tab) -> String {
        let pairs = [("state", tab.as_str()), ("q", &self.q)];
        let kept: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/admin/orders?{}", serde_urlencoded::to_string(kept).unwrap_or_default())
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RefundForm {
    pub amount: String,
    /// For staff.
    pub reason: String,
    /// For the customer, on the credit note.
    pub told: String,
    /// What could be given back when the confirmation was shown, in minor units: a second click finds another figure.
    pub refundable: i64,
    /// `store_credit`, or else the way it came.
    pub way: String,
}

pub struct RefundInput {
    pub amount: Money,
    pub reason: String,
    pub told: String,
    pub seen_refundable: i64,
    /// Rather than the way it came.
    pub as_credit: bool,
}

impl RefundInput {
    /// # Errors
    /// A problem on `amount` when it is more than can be given back.
    pub fn within(self, most: Money) -> Result<Self, Problems> {
        if self.amount.minor > most.minor { Err(Problems::of("amount", format!("At most {most} can be given back"))) } else { Ok(self) }
    }
}

impl RefundForm {
    pub fn is_credit(&self) -> bool {
        self.way == "store_credit"
    }

    pub fn parse(&self, currency: Currency) -> Result<RefundInput, Problems> {
        let mut problems = Problems::default();
        let amount = Money::parse(&self.amount, currency)
            .and_then(|amount| if amount.is_zero() { Err("Enter an amount above zero".to_owned()) } else { Ok(amount) });
        let amount = problems.take("amount", amount);
        let reason =
            if self.reason.chars().count() > 500 { Err("Shorten the reason to 500 characters") } else { Ok(self.reason.trim().to_owned()) };
        let reason = problems.take("reason", reason);
        let told = problems.take("told", typed::optional(&self.told, 200));
        let parts = amount.zip(reason).zip(told);
        let as_credit = self.is_credit();
        parts
            .map(|((amount, reason), told)| RefundInput { amount, reason, told, seen_refundable: self.refundable, as_credit })
            .ok_or(problems)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CancellationForm {
    pub reason: String,
}

impl CancellationForm {
    pub fn reason(&self) -> String {
        self.reason.trim().chars().filter(|c| !c.is_control()).take(500).collect()
    }
}

/// Whether the token opens this order. Compared in constant time.
pub fn opens(token: &str, order: &Order) -> bool {
    use subtle::ConstantTimeEq;
    bool::from(token.as_bytes().ct_eq(order.token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_is_an_amount_above_zero_in_the_order_s_currency() {
        let gbp = Currency::parse("GBP").unwrap();
        let form = |amount: &str| RefundForm { amount: amount.into(), ..Default::default() };
        assert_eq!(form("12.50").parse(gbp).unwrap_or_else(|_| panic!()).amount.minor, 1250);
        for wrong in ["0", "-5", "", "1.999"] {
            assert!(form(wrong).parse(gbp).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tabs_keep_the_words_that_are_searched_for() {
        let query = ListQuery { state: "to-ship".into(), q: "ann preece".into(), page: Some(3) };
        assert_eq!(query.with_tab(&Tab::Unpaid), "/admin/orders?state=unpaid&q=ann+preece");
    }
}
