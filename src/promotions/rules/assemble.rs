//! Promotions put together from their rows.

use super::{Action, Condition, Goods, Left, Offer, words::either};
use crate::promotions::model::{ActionKind, ConditionKind, ConditionRow, Plan, Promotion, Purpose, Target};

/// `gift`: the name of the gift, if it gives one. `None`: a row lacks what the database's CHECKs demand.
pub fn offer_of(promotion: &Promotion, conditions: &[ConditionRow], targets: &[Target], gift: &str, left: Left) -> Option<Offer> {
    let Promotion { id, plan, .. } = promotion;
    let targets: Vec<&Target> = targets.iter().filter(|target| target.promotion_id == *id).collect();
    let conditions = conditions.iter().filter(|row| row.promotion_id == *id);
    Some(Offer {
        id: *id,
        label: plan.label.clone(),
        by_coupon: plan.by_coupon,
        exclusive: plan.exclusive,
        priority: plan.priority,
        currency: plan.currency,
        starts_at: plan.starts_at,
        ends_at: plan.ends_at,
        conditions: conditions.map(|row| condition_of(row, &targets)).collect::<Option<_>>()?,
        action: action_of(plan, &targets, gift)?,
        most: plan.most,
        skip_reduced: plan.skip_reduced,
        left,
    })
}

fn action_of(plan: &Plan, targets: &[&Target], gift: &str) -> Option<Action> {
    let named = |purpose: Purpose| targets.iter().copied().filter(move |target| target.purpose == purpose);
    let goods = goods_of(plan.all_goods, named(Purpose::Goods));
    let times = plan.most_times.map(i64::from);
    let action = match plan.action {
        ActionKind::OrderPercent => Action::OrderPercent(plan.percent?),
        ActionKind::OrderAmount => Action::OrderAmount(plan.amount?),
        ActionKind::GoodsPercent => Action::GoodsPercent { percent: plan.percent?, goods },
        ActionKind::GoodsAmount => Action::GoodsAmount { amount: plan.amount?, goods },
        ActionKind::CheapestFree => Action::CheapestFree { of: plan.buy?.into(), times, goods },
        ActionKind::BuyGet => Action::BuyGet {
            buy: plan.buy?.into(),
            bought: goods_of(plan.all_bought, named(Purpose::Bought)),
            gets: plan.gets?.into(),
            goods,
            percent: plan.percent?,
            times,
        },
        ActionKind::Delivery => Action::Delivery(plan.percent?),
        ActionKind::Gift => Action::Gift { variant: plan.gift_variant_id?, quantity: plan.gets?, name: gift.to_owned() },
    };
    Some(action)
}

fn condition_of(row: &ConditionRow, targets: &[&Target]) -> Option<Condition> {
    let named: Vec<&Target> = targets.iter().copied().filter(|target| target.condition_id == Some(row.id)).collect();
    let goods = || goods_of(row.asked.all_goods, named.iter().copied());
    let (amount, number) = (row.asked.amount, row.asked.number.map(i64::from));
    let condition = match row.asked.kind {
        ConditionKind::TotalFrom => Condition::TotalFrom { amount: amount?, goods: goods() },
        ConditionKind::TotalUpTo => Condition::TotalUpTo { amount: amount?, goods: goods() },
        ConditionKind::QuantityFrom => Condition::QuantityFrom { number: number?, goods: goods() },
        ConditionKind::Group => {
            let names: Vec<_> = named.iter().map(|target| target.name.clone()).collect();
            Condition::Group { groups: named.iter().filter_map(|target| target.group_id).collect(), words: either(&names) }
        }
        ConditionKind::FirstOrder => Condition::FirstOrder,
        ConditionKind::OrderExactly => Condition::OrderExactly(number?),
        ConditionKind::OrderFrom => Condition::OrderFrom(number?),
        ConditionKind::OrdersMoreThan => Condition::OrdersMoreThan(number?),
        ConditionKind::Destination => Condition::Destination(named.iter().filter_map(|target| target.country.clone()).collect()),
    };
    Some(condition)
}

fn goods_of<'a>(all: bool, targets: impl Iterator<Item = &'a Target> + Clone) -> Goods {
    if all {
        return Goods::All;
    }
    let names: Vec<_> = targets.clone().map(|target| target.name.clone()).collect();
    Goods::These {
        products: targets.clone().filter_map(|target| target.product_id).collect(),
        categories: targets.filter_map(|target| target.category_id).collect(),
        words: either(&names),
    }
}
