use serde::Deserialize;

use super::values;
use crate::{
    base::{
        Currency, Money, Problems,
        meanwhile::{self, Parts, ticked},
        typed,
    },
    promotions::model::{ActionKind, Chosen, Plan, Promotion, Purpose, Shape, Target},
};

/// A promotion as staff typed it. Which fields it has follows from its action.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PromotionForm {
    pub action: String,
    pub name: String,
    pub label: String,
    pub by_coupon: Option<String>,
    pub exclusive: Option<String>,
    pub priority: String,
    pub starts_at: String,
    pub ends_at: String,
    pub max_uses: String,
    pub max_uses_each: String,
    pub percent: String,
    pub amount: String,
    pub most: String,
    pub buy: String,
    pub gets: String,
    pub most_times: String,
    pub gift: String,
    pub goods: String,
    pub goods_categories: Vec<i64>,
    pub goods_products: String,
    pub bought: String,
    pub bought_categories: Vec<i64>,
    pub bought_products: String,
    pub skip_reduced: Option<String>,
    /// What it showed when it was opened.
    pub was: String,
}

impl PromotionForm {
    /// An empty one for an action.
    pub fn new(action: ActionKind) -> Self {
        let percent = if matches!(action, ActionKind::Delivery | ActionKind::BuyGet) { "100" } else { "" };
        Self {
            action: action.as_str().to_owned(),
            priority: "100".into(),
            percent: percent.into(),
            gets: "1".into(),
            goods: if action.has_goods() { "these" } else { "all" }.into(),
            bought: "these".into(),
            ..Self::default()
        }
    }

    pub fn of(promotion: &Promotion, targets: &[Target], gift: &str) -> Self {
        let plan = &promotion.plan;
        let named = |purpose: Purpose| targets.iter().filter(move |target| target.purpose == purpose);
        let (goods, goods_categories, goods_products) = values::chosen_text(plan.all_goods, named(Purpose::Goods));
        let (bought, bought_categories, bought_products) = values::chosen_text(plan.all_bought, named(Purpose::Bought));
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, plan.currency).plain()).unwrap_or_default();
        let number = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        let on = |yes: bool| yes.then(|| "on".to_owned());
        let form = Self {
            action: plan.action.as_str().to_owned(),
            name: plan.name.clone(),
            label: plan.label.clone(),
            by_coupon: on(plan.by_coupon),
            exclusive: on(plan.exclusive),
            priority: plan.priority.to_string(),
            starts_at: values::moment_text(plan.starts_at),
            ends_at: values::moment_text(plan.ends_at),
            max_uses: number(plan.max_uses),
            max_uses_each: number(plan.max_uses_each),
            percent: plan.percent.map(|percent| percent.normalize().to_string()).unwrap_or_default(),
            amount: money(plan.amount),
            most: money(plan.most),
            buy: number(plan.buy),
            gets: number(plan.gets),
            most_times: number(plan.most_times),
            gift: gift.to_owned(),
            goods,
            goods_categories,
            goods_products,
            bought,
            bought_categories,
            bought_products,
            skip_reduced: on(plan.skip_reduced),
            was: String::new(),
        };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }

    pub fn fields(&self) -> Parts {
        let text = |text: &String| text.clone();
        vec![
            ("name", text(&self.name)),
            ("label", text(&self.label)),
            ("by_coupon", ticked(&self.by_coupon).to_owned()),
            ("exclusive", ticked(&self.exclusive).to_owned()),
            ("priority", text(&self.priority)),
            ("starts_at", text(&self.starts_at)),
            ("ends_at", text(&self.ends_at)),
            ("max_uses", text(&self.max_uses)),
            ("max_uses_each", text(&self.max_uses_each)),
            ("percent", text(&self.percent)),
            ("amount", text(&self.amount)),
            ("most", text(&self.most)),
            ("buy", text(&self.buy)),
            ("gets", text(&self.gets)),
            ("most_times", text(&self.most_times)),
            ("gift", text(&self.gift)),
            ("goods", values::chosen_words(&self.goods, &self.goods_categories, &self.goods_products)),
            ("bought", values::chosen_words(&self.bought, &self.bought_categories, &self.bought_products)),
            ("skip_reduced", ticked(&self.skip_reduced).to_owned()),
        ]
    }

    pub fn kind(&self) -> Option<ActionKind> {
        self.action.parse().ok()
    }

    pub fn parse(&self, currency: Currency) -> Result<Shape, Problems> {
        let mut problems = Problems::default();
        let said = self.parse_frame(currency, &mut problems);
        let does = self.parse_action(currency, &mut problems);
        match (said, does) {
            (Some(frame), Some((plan, gift, goods, bought))) if problems.is_empty() => {
                Ok(Shape { plan: self.joined(frame, plan), gift, goods, bought })
            }
            _ => Err(problems),
        }
    }

    /// The frame with what the action says.
    fn joined(&self, frame: Plan, does: Plan) -> Plan {
        Plan {
            percent: does.percent,
            amount: does.amount,
            most: does.most,
            buy: does.buy,
            gets: does.gets,
            most_times: does.most_times,
            all_goods: does.all_goods,
            all_bought: does.all_bought,
            ..frame
        }
    }

    /// What every promotion has.
    fn parse_frame(&self, currency: Currency, problems: &mut Problems) -> Option<Plan> {
        let action = problems.take("action", self.action.parse::<ActionKind>().map_err(|_| "Choose what the promotion does"));
        let name = problems.take("name", typed::required(&self.name, 100, "Enter a name by which you know it"));
        let label = problems.take("label", typed::required(&self.label, 100, "Enter what customers read beside the discount"));
        let priority = problems.take("priority", typed::whole(&self.priority, 0..=9999));
        let starts_at = problems.take("starts_at", values::moment(&self.starts_at));
        let ends_at = problems.take("ends_at", values::moment(&self.ends_at));
        let max_uses = problems.take("max_uses", values::number(&self.max_uses, 1..=1_000_000_000));
        let max_uses_each = problems.take("max_uses_each", values::number(&self.max_uses_each, 1..=1_000_000));
        Some(Plan {
            name: name?,
            label: label?,
            by_coupon: self.by_coupon.is_some(),
            exclusive: self.exclusive.is_some(),
            priority: priority?,
            currency,
            starts_at: starts_at?,
            ends_at: ends_at?,
            max_uses: max_uses?,
            max_uses_each: max_uses_each?,
            skip_reduced: self.skip_reduced.is_some(),
            ..Plan::empty(action?, currency)
        })
    }

    /// What its action asks for, and nothing else.
    fn parse_action(&self, currency: Currency, problems: &mut Problems) -> Option<(Plan, Option<String>, Chosen, Chosen)> {
        let kind = self.kind()?;
        let mut plan = Plan::empty(kind, currency);
        if kind.has_percent() {
            plan.percent = problems.take("percent", values::percent(&self.percent));
        }
        if kind.has_amount() {
            plan.amount = problems.take("amount", values::amount(&self.amount, currency));
        }
        if kind.has_most() {
            plan.most = problems.take("most", values::amount_or_none(&self.most, currency)).flatten();
        }
        if kind.has_groups() {
            let least = if kind == ActionKind::CheapestFree { 2 } else { 1 };
            plan.buy = problems.take("buy", typed::whole(&self.buy, least..=999));
            plan.most_times = problems.take("most_times", values::number(&self.most_times, 1..=999)).flatten();
        }
        if matches!(kind, ActionKind::BuyGet | ActionKind::Gift) {
            plan.gets = problems.take("gets", typed::whole(&self.gets, 1..=999));
        }
        let gift = if kind == ActionKind::Gift {
            problems.take("gift", typed::required(&self.gift, 64, "Enter the SKU of the gift"))
        } else {
            None
        };
        let everything = Chosen { all: true, ..Chosen::default() };
        let goods = if kind.has_goods() {
            problems.take("goods", values::chosen(&self.goods, &self.goods_categories, &self.goods_products))?
        } else {
            everything.clone()
        };
        let bought = if kind == ActionKind::BuyGet {
            problems.take("bought", values::chosen(&self.bought, &self.bought_categories, &self.bought_products))?
        } else {
            everything
        };
        (plan.all_goods, plan.all_bought) = (goods.all, bought.all);
        Some((plan, gift, goods, bought))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pounds() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn named(action: ActionKind) -> PromotionForm {
        PromotionForm { name: "Spring".into(), label: "Spring".into(), ..PromotionForm::new(action) }
    }

    #[test]
    fn each_action_asks_for_its_own_fields_only() {
        let filled = |action| PromotionForm {
            percent: "10".into(),
            amount: "5".into(),
            most: "20".into(),
            buy: "2".into(),
            gift: "PENCIL".into(),
            goods_categories: vec![1],
            bought_categories: vec![1],
            ..named(action)
        };
        for action in ActionKind::ALL {
            let shape = filled(*action).parse(pounds()).unwrap_or_else(|problems| panic!("{action}: {problems}"));
            assert_eq!(shape.plan.percent.is_some(), action.has_percent(), "{action}");
            assert_eq!(shape.plan.amount.is_some(), action.has_amount(), "{action}");
            assert_eq!(shape.plan.most.is_some(), action.has_most(), "{action}");
            assert_eq!(shape.plan.all_goods, !action.has_goods(), "{action}");
            assert_eq!(shape.gift.is_some(), *action == ActionKind::Gift, "{action}");
        }
    }

    #[test]
    fn every_field_that_is_wrong_is_told_at_once() {
        let wrong = PromotionForm {
            percent: "110".into(),
            ends_at: "soon".into(),
            priority: "first".into(),
            ..PromotionForm::new(ActionKind::OrderPercent)
        };
        let problems = wrong.parse(pounds()).unwrap_err();
        for field in ["name", "label", "priority", "ends_at", "percent"] {
            assert!(problems.on(field).is_some(), "{field}");
        }
    }

    #[test]
    fn the_cheapest_of_one_is_no_promotion() {
        let one = PromotionForm { buy: "1".into(), goods: "all".into(), ..named(ActionKind::CheapestFree) };
        assert!(one.parse(pounds()).unwrap_err().on("buy").is_some());
    }
}
