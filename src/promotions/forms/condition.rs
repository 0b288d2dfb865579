use serde::Deserialize;

use super::values;
use crate::{
    base::{Currency, GroupId, Problems, typed},
    promotions::model::{Aim, Chosen, ConditionChange, ConditionInput, ConditionKind},
    settings,
};

/// A condition as staff typed it. Which fields it has follows from its kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConditionForm {
    pub kind: String,
    pub amount: String,
    pub number: String,
    pub goods: String,
    pub goods_categories: Vec<i64>,
    pub goods_products: String,
    pub groups: Vec<i64>,
    pub countries: Vec<String>,
}

impl ConditionForm {
    pub fn kind(&self) -> Option<ConditionKind> {
        self.kind.parse().ok()
    }

    pub fn parse(&self, currency: Currency) -> Result<ConditionInput, Problems> {
        let Some(kind) = self.kind() else { return Err(Problems::of("kind", "Choose a condition")) };
        let mut problems = Problems::default();
        let amount = kind.has_amount().then(|| problems.take("amount", values::amount(&self.amount, currency))).flatten();
        let number = kind.has_number().then(|| problems.take("number", typed::whole(&self.number, 1..=100_000))).flatten();
        let goods = if kind.has_goods() {
            problems.take("goods", values::chosen(&self.goods, &self.goods_categories, &self.goods_products)).unwrap_or_default()
        } else {
            Chosen { all: true, ..Chosen::default() }
        };
        let aims = match kind {
            ConditionKind::Group => problems.take("groups", self.group_aims()).unwrap_or_default(),
            ConditionKind::Destination => problems.take("countries", self.country_aims()).unwrap_or_default(),
            _ => vec![],
        };
        let change = ConditionChange { kind, amount, number, all_goods: goods.all };
        if problems.is_empty() { Ok(ConditionInput { change, goods, aims }) } else { Err(problems) }
    }

    fn group_aims(&self) -> Result<Vec<Aim>, &'static str> {
        let aims: Vec<_> = self.groups.iter().take(100).map(|id| Aim::Group(GroupId(*id))).collect();
        if aims.is_empty() { Err("Choose a group") } else { Ok(aims) }
    }

    fn country_aims(&self) -> Result<Vec<Aim>, &'static str> {
        let known = settings::countries();
        let aims: Vec<_> = self
            .countries
            .iter()
            .filter(|code| known.iter().any(|country| country.code == code.as_str()))
            .cloned()
            .map(Aim::Country)
            .collect();
        if aims.is_empty() { Err("Choose a country") } else { Ok(aims) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_asks_for_what_it_needs() {
        let pounds = Currency::parse("GBP").unwrap();
        let of = |kind: ConditionKind| ConditionForm { kind: kind.as_str().into(), ..ConditionForm::default() };
        for kind in ConditionKind::ALL {
            let refused = of(*kind).parse(pounds).is_err();
            assert_eq!(refused, *kind != ConditionKind::FirstOrder, "{kind}");
        }
        let filled = ConditionForm { amount: "50".into(), goods: "all".into(), ..of(ConditionKind::TotalFrom) };
        assert_eq!(filled.parse(pounds).unwrap().change.amount, Some(5000));
        let nowhere = ConditionForm { countries: vec!["XX".into()], ..of(ConditionKind::Destination) };
        assert!(nowhere.parse(pounds).unwrap_err().on("countries").is_some());
    }
}
