//! The demo's promotions: one of each kind of action. Those that apply by themselves are off, so that the demo's goods cost what
//! stands beside them until the owner switches one on; the codes work.

use rust_decimal::Decimal;

use crate::{
    base::{CategoryId, Conn, Currency, PromotionId, Result},
    catalog,
    promotions::{self, ActionKind, Chosen, ConditionChange, ConditionInput, ConditionKind, NewCoupon, Plan, Shape},
    settings,
};

/// Adds them where the shop has no promotion yet.
pub fn demo(conn: &mut Conn) -> Result<()> {
    if promotions::are_any(conn)? {
        return Ok(());
    }
    let currency = settings::store(conn)?.currency;
    with_codes(conn, currency)?;
    by_themselves(conn, currency)
}

fn with_codes(conn: &mut Conn, currency: Currency) -> Result<()> {
    let spring = goods(conn, "hand-tools")?;
    let plan = plan(ActionKind::GoodsPercent, currency, "Spring: hand tools", "10% off hand tools");
    let spring = promotions::save(conn, None, &shape(Plan { percent: Some(Decimal::TEN), by_coupon: true, ..plan }, spring))?;
    code(conn, spring, "SPRING10")?;

    let plan = self::plan(ActionKind::OrderAmount, currency, "Welcome", "£5 off the first order");
    let plan = Plan { amount: Some(500), by_coupon: true, max_uses_each: Some(1), ..plan };
    let welcome = promotions::save(conn, None, &shape(plan, everything()))?;
    condition(conn, welcome, ConditionKind::FirstOrder, None)?;
    condition(conn, welcome, ConditionKind::TotalFrom, Some(2500))?;
    code(conn, welcome, "WELCOME5")
}

fn by_themselves(conn: &mut Conn, currency: Currency) -> Result<()> {
    let plan = |action, name, label| plan(action, currency, name, label);
    let free = Plan {
        percent: Some(Decimal::ONE_HUNDRED),
        priority: 300,
        ..plan(ActionKind::Delivery, "Free delivery", "Free delivery over £75")
    };
    let free = promotions::save(conn, None, &shape(free, everything()))?;
    condition(conn, free, ConditionKind::TotalFrom, Some(7500))?;

    let hinges = goods(conn, "hinges")?;
    let three = Plan { buy: Some(3), ..plan(ActionKind::CheapestFree, "Hinges: three for two", "Three hinges for two") };
    promotions::save(conn, None, &shape(three, hinges))?;

    let padlocks = goods(conn, "padlocks-hasps")?;
    let half = Plan {
        buy: Some(2),
        gets: Some(1),
        percent: Some(Decimal::from(50)),
        ..plan(ActionKind::BuyGet, "Padlocks", "The third padlock at half price")
    };
    promotions::save(conn, None, &Shape { bought: padlocks.clone(), ..shape(half, padlocks) })?;

    let locks = goods(conn, "locks")?;
    let pound = Plan { amount: Some(100), ..plan(ActionKind::GoodsAmount, "Locks: a pound off", "£1 off each lock") };
    promotions::save(conn, None, &shape(pound, locks))?;

    let loyal = Plan { percent: Some(Decimal::from(5)), most: Some(2000), ..plan(ActionKind::OrderPercent, "Regulars", "5% for regulars") };
    let loyal = promotions::save(conn, None, &shape(loyal, everything()))?;
    let more_than_50 = ConditionChange { number: Some(50), ..change(ConditionKind::OrdersMoreThan) };
    promotions::add_condition(conn, loyal, &ConditionInput { change: more_than_50, goods: everything(), aims: vec![] })?;
    gift(conn, plan(ActionKind::Gift, "A pencil for large orders", "A carpenter’s pencil"))
}

/// The demo's own pencil, where its file still has one.
fn gift(conn: &mut Conn, plan: Plan) -> Result<()> {
    let Some(product) = catalog::product_by_slug(conn, "carpenters-pencils")? else { return Ok(()) };
    let Some(pencil) = catalog::variants_of(conn, product.id)?.into_iter().next() else { return Ok(()) };
    let gift = Shape { gift: Some(pencil.sku), ..shape(Plan { gets: Some(1), ..plan }, everything()) };
    let id = promotions::save(conn, None, &gift)?;
    condition(conn, id, ConditionKind::TotalFrom, Some(5000))
}

fn plan(action: ActionKind, currency: Currency, name: &str, label: &str) -> Plan {
    Plan { name: name.into(), label: label.into(), ..Plan::empty(action, currency) }
}

fn everything() -> Chosen {
    Chosen { all: true, ..Chosen::default() }
}

/// A department or category; nothing where the demo's file has no such.
fn goods(conn: &mut Conn, slug: &str) -> Result<Chosen> {
    let categories: Vec<CategoryId> = catalog::category_by_slug(conn, slug)?.into_iter().map(|category| category.id).collect();
    Ok(Chosen { all: false, categories, products: vec![] })
}

fn shape(plan: Plan, goods: Chosen) -> Shape {
    let all_bought = plan.action != ActionKind::BuyGet;
    Shape { plan: Plan { all_goods: goods.all, all_bought, ..plan }, gift: None, goods, bought: everything() }
}

fn change(kind: ConditionKind) -> ConditionChange {
    ConditionChange { kind, amount: None, number: None, all_goods: true }
}

fn condition(conn: &mut Conn, promotion: PromotionId, kind: ConditionKind, amount: Option<i64>) -> Result<()> {
    let change = ConditionChange { amount, ..change(kind) };
    promotions::add_condition(conn, promotion, &ConditionInput { change, goods: everything(), aims: vec![] }).map(|_| ())
}

fn code(conn: &mut Conn, promotion: PromotionId, code: &str) -> Result<()> {
    let new = NewCoupon { code: code.into(), batch: String::new(), starts_at: None, ends_at: None, max_uses: None, max_uses_each: None };
    promotions::make_coupon(conn, promotion, &new)?;
    promotions::set_active(conn, promotion, true)
}
