//! What a customer gets in place of what came back, as staff types it.

use super::{EditForm, NewArticle};
use crate::{
    base::{OrderLineId, Problems, ShippingMethodId, typed},
    orders::ReturnDetail,
};

#[derive(Clone, Debug)]
pub struct ExchangeInput {
    /// So many of the same as on these lines, at the price that was paid.
    pub again: Vec<(OrderLineId, i32)>,
    pub added: Vec<NewArticle>,
    /// `None`: the way of the first order.
    pub method: Option<ShippingMethodId>,
    /// Who exchanges gets it delivered free unless staff says otherwise.
    pub charges_delivery: bool,
    pub surplus_as_credit: bool,
    /// How the rest is paid.
    pub gateway: String,
}

impl ExchangeInput {
    /// The same goods, delivered as before.
    pub fn again(again: Vec<(OrderLineId, i32)>) -> Self {
        Self { again, added: vec![], method: None, charges_delivery: false, surplus_as_credit: false, gateway: String::new() }
    }
}

impl EditForm {
    /// The same as what came back.
    pub fn of_return(detail: &ReturnDetail) -> Self {
        let again = detail.lines.iter().map(|(line, of)| (format!("again-{}", of.id), line.came_back().to_string()));
        Self(again.collect())
    }

    pub fn is_on(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// The price that stood on the preview and what of it was left to pay, in minor units.
    pub fn seen(&self) -> (i64, i64) {
        (self.seen_total().unwrap_or(-1), self.get("due").parse().unwrap_or(-1))
    }

    /// What was typed on the form, for the preview's hidden fields: not what stands on the preview itself.
    pub fn carried_exchange(&self) -> impl Iterator<Item = &(String, String)> {
        self.carried().filter(|(name, _)| !matches!(name.as_str(), "due" | "gateway" | "surplus"))
    }

    pub fn parse_exchange(&self, detail: &ReturnDetail) -> Result<ExchangeInput, Problems> {
        let mut problems = Problems::default();
        let mut again = vec![];
        for (_, of) in &detail.lines {
            let field = format!("again-{}", of.id);
            let quantity = problems.take(&field, typed::whole_or_none(self.get(&field), 0..=9999));
            again.extend(quantity.filter(|quantity| *quantity > 0).map(|quantity| (of.id, quantity)));
        }
        let added = self.added(&mut problems);
        if again.is_empty() && added.is_empty() && problems.is_empty() {
            problems.add("", "Say what the customer gets instead. If it is money, settle the return in another way");
        }
        let input = ExchangeInput {
            again,
            added,
            method: self.get("method").parse().ok(),
            charges_delivery: self.is_on("charges_delivery"),
            surplus_as_credit: self.get("surplus") == "store_credit",
            gateway: self.get("gateway").to_owned(),
        };
        if problems.is_empty() { Ok(input) } else { Err(problems) }
    }
}
