use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use rust_decimal::Decimal;

use crate::{
    accounts::Buyer,
    base::{AccountId, CategoryId, ConditionId, CouponId, Currency, Email, GroupId, ProductId, PromotionId, VariantId, text_enum},
    schema::{coupons, promotion_conditions, promotions},
    settings::Place,
};

text_enum! {
    /// What a promotion does.
    pub enum ActionKind {
        OrderPercent = "order_percent",
        OrderAmount = "order_amount",
        GoodsPercent = "goods_percent",
        GoodsAmount = "goods_amount",
        CheapestFree = "cheapest_free",
        BuyGet = "buy_get",
        Delivery = "delivery",
        Gift = "gift",
    }
}

text_enum! {
    /// What must hold for it.
    pub enum ConditionKind {
        TotalFrom = "total_from",
        TotalUpTo = "total_up_to",
        QuantityFrom = "quantity_from",
        Group = "group",
        FirstOrder = "first_order",
        OrderExactly = "order_exactly",
        OrderFrom = "order_from",
        OrdersMoreThan = "orders_more_than",
        Destination = "destination",
    }
}

impl ActionKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::OrderPercent => "Percent off the order",
            Self::OrderAmount => "An amount off the order",
            Self::GoodsPercent => "Percent off some goods",
            Self::GoodsAmount => "An amount off each of some goods",
            Self::CheapestFree => "The cheapest of several is free",
            Self::BuyGet => "Buy some, get others for less",
            Self::Delivery => "Free or cheaper delivery",
            Self::Gift => "A gift",
        }
    }

    pub fn hint(self) -> &'static str {
        match self {
            Self::OrderPercent => "10% off everything in the cart.",
            Self::OrderAmount => "£5 off, spread over everything in the cart.",
            Self::GoodsPercent => "15% off hand tools.",
            Self::GoodsAmount => "£2 off each hammer.",
            Self::CheapestFree => "Three for two: of each three, the cheapest costs nothing.",
            Self::BuyGet => "Buy two padlocks, get a third at half price.",
            Self::Delivery => "Free delivery, or half of it, or up to an amount.",
            Self::Gift => "A pencil with every order.",
        }
    }

    pub fn has_percent(self) -> bool {
        matches!(self, Self::OrderPercent | Self::GoodsPercent | Self::BuyGet | Self::Delivery)
    }

    pub fn has_amount(self) -> bool {
        matches!(self, Self::OrderAmount | Self::GoodsAmount)
    }

    pub fn has_most(self) -> bool {
        !matches!(self, Self::OrderAmount | Self::Gift)
    }

    /// It is about some goods rather than the order.
    pub fn has_goods(self) -> bool {
        matches!(self, Self::GoodsPercent | Self::GoodsAmount | Self::CheapestFree | Self::BuyGet)
    }

    pub fn has_groups(self) -> bool {
        matches!(self, Self::CheapestFree | Self::BuyGet)
    }
}

impl ConditionKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::TotalFrom => "There are goods for an amount or more",
            Self::TotalUpTo => "There are goods for an amount at most",
            Self::QuantityFrom => "There are so many units of some goods",
            Self::Group => "The customer belongs to a group",
            Self::FirstOrder => "It is the customer’s first order",
            Self::OrderExactly => "It is exactly the customer’s n-th order",
            Self::OrderFrom => "It is the customer’s n-th order or a later one",
            Self::OrdersMoreThan => "The customer has more than so many orders already",
            Self::Destination => "It is delivered to some countries",
        }
    }

    pub fn has_amount(self) -> bool {
        matches!(self, Self::TotalFrom | Self::TotalUpTo)
    }

    pub fn has_number(self) -> bool {
        matches!(self, Self::QuantityFrom | Self::OrderExactly | Self::OrderFrom | Self::OrdersMoreThan)
    }

    pub fn has_goods(self) -> bool {
        matches!(self, Self::TotalFrom | Self::TotalUpTo | Self::QuantityFrom)
    }
}

text_enum! {
    /// How a promotion stands, for staff.
    pub enum Standing {
        Running = "running",
        Off = "off",
        /// Active, and begins later.
        Planned = "planned",
        Ended = "ended",
        UsedUp = "used_up",
    }
}

impl Standing {
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Off => "Off",
            Self::Planned => "Begins later",
            Self::Ended => "Ended",
            Self::UsedUp => "Used up",
        }
    }

    /// How a badge shows it: `good`, `warn` or nothing.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Running => "good",
            Self::Planned => "warn",
            Self::Off | Self::Ended | Self::UsedUp => "",
        }
    }
}

/// All that is needed to decide what a cart gets: plain data, loaded once.
#[derive(Clone, Debug, Default)]
pub struct PromotionBook {
    /// The automatic ones, and those of the codes asked for.
    pub offers: Vec<Offer>,
    /// Each code that was asked for, once, in the order in which it was.
    pub asked: Vec<Asked>,
    /// Orders that this customer has placed and not cancelled; `None`: nobody knows yet who buys.
    pub orders_before: Option<i64>,
}

impl PromotionBook {
    /// What might be given away.
    pub fn gift_variants(&self) -> Vec<VariantId> {
        let gifts = self.offers.iter().filter_map(|offer| match &offer.action {
            Action::Gift { variant, .. } => Some(*variant),
            _ => None,
        });
        gifts.collect()
    }
}

/// A promotion as far as deciding goes.
#[derive(Clone, Debug)]
pub struct Offer {
    pub id: PromotionId,
    pub label: String,
    pub by_coupon: bool,
    /// Never together with another.
    pub exclusive: bool,
    /// The lowest is asked first.
    pub priority: i32,
    pub currency: Currency,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub conditions: Vec<Condition>,
    pub action: Action,
    /// Minor units off one order at most.
    pub most: Option<i64>,
    /// Goods at a sale price are neither discounted nor counted.
    pub skip_reduced: bool,
    pub left: Left,
}

/// How many uses are left; `None`: as many as one likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    pub overall: Option<i64>,
    /// For this customer, as far as known.
    pub each: Option<i64>,
}

/// A code that a visitor typed, and what it is if it is anything.
#[derive(Clone, Debug)]
pub struct Asked {
    pub code: String,
    pub coupon: Option<Coupon>,
}

/// A coupon in force or not yet or no longer, of an active promotion.
#[derive(Clone, Debug)]
pub struct Coupon {
    pub id: CouponId,
    pub promotion: PromotionId,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub left: Left,
}

/// Which goods. The named ones are alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goods {
    All,
    These {
        products: Vec<ProductId>,
        categories: Vec<CategoryId>,
        /// `Claw hammer or Hand tools`, for the reasons.
        words: String,
    },
}

/// Amounts in minor units, at shown prices before any discount and without gift cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    TotalFrom {
        amount: i64,
        goods: Goods,
    },
    TotalUpTo {
        amount: i64,
        goods: Goods,
    },
    QuantityFrom {
        number: i64,
        goods: Goods,
    },
    Group {
        groups: Vec<GroupId>,
        words: String,
    },
    FirstOrder,
    /// This is the customer's n-th order.
    OrderExactly(i64),
    /// The n-th and every later one.
    OrderFrom(i64),
    /// The customer has more than so many orders already.
    OrdersMoreThan(i64),
    /// ISO 3166-1 alpha-2 of the countries.
    Destination(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Percent of what is left of all goods after earlier discounts.
    OrderPercent(Decimal),
    /// Minor units, spread over the goods.
    OrderAmount(i64),
    GoodsPercent {
        percent: Decimal,
        goods: Goods,
    },
    /// Minor units off each unit.
    GoodsAmount {
        amount: i64,
        goods: Goods,
    },
    /// Of each `of` units, put together from the dearest down, the cheapest is free.
    CheapestFree {
        of: i64,
        times: Option<i64>,
        goods: Goods,
    },
    /// For each `buy` units of `bought`, `gets` units of `goods` cost `percent` less: the cheapest that fit.
    BuyGet {
        buy: i64,
        bought: Goods,
        gets: i64,
        goods: Goods,
        percent: Decimal,
        times: Option<i64>,
    },
    /// Percent off the delivery; 100: free.
    Delivery(Decimal),
    Gift {
        variant: VariantId,
        quantity: i32,
        name: String,
    },
}

/// What there is to decide about.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub lines: &'a [BasketLine],
    pub currency: Currency,
    /// `None`: nobody knows yet where it goes.
    pub place: Option<&'a Place>,
    pub buyer: &'a Buyer,
    pub now: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct BasketLine {
    pub variant: VariantId,
    pub product: ProductId,
    /// With the categories above them.
    pub categories: Vec<CategoryId>,
    /// Minor units, as shown.
    pub unit_price: i64,
    pub quantity: i32,
    /// At a sale price.
    pub is_reduced: bool,
    /// Never discounted, and counts for no condition.
    pub is_gift_card: bool,
}

impl BasketLine {
    pub fn total(&self) -> i64 {
        self.unit_price * i64::from(self.quantity)
    }
}

/// What a cart gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In the order in which they were worked out.
    pub discounts: Vec<Discount>,
    pub delivery: Option<DeliveryDiscount>,
    pub gifts: Vec<Gift>,
    /// One for each code asked for, in that order.
    pub coupons: Vec<Verdict>,
    /// What is nearly reached: `Add £4.10 to get free delivery`.
    pub nearly: Vec<String>,
}

impl Outcome {
    /// What must be counted when the order is placed: each promotion that applies, once, by id.
    pub fn applied(&self) -> Vec<(PromotionId, Option<CouponId>)> {
        let discounts = self.discounts.iter().map(|discount| (discount.promotion, discount.coupon));
        let delivery = self.delivery.iter().map(|delivery| (delivery.promotion, delivery.coupon));
        let gifts = self.gifts.iter().map(|gift| (gift.promotion, gift.coupon));
        let mut applied: Vec<_> = discounts.chain(delivery).chain(gifts).collect();
        applied.sort_unstable();
        applied.dedup();
        applied
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub promotion: PromotionId,
    pub coupon: Option<CouponId>,
    /// `10% off hand tools (SPRING10)`
    pub label: String,
    /// Index into the situation's lines.
    pub line: usize,
    /// Minor units, below 0. All of a line's discounts together are never more than its total.
    pub amount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryDiscount {
    pub promotion: PromotionId,
    pub coupon: Option<CouponId>,
    pub label: String,
    /// 100: free.
    pub percent: Decimal,
    /// Minor units at most.
    pub most: Option<i64>,
}

/// To be added as a line at 0, while there is any in stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    pub promotion: PromotionId,
    pub coupon: Option<CouponId>,
    pub label: String,
    pub variant: VariantId,
    pub quantity: i32,
}

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub code: String,
    pub applied: bool,
    /// A sentence for the customer.
    pub reason: String,
}

/// A code as it is stored, whatever was typed: in capitals, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CouponCode(pub String);

text_enum! {
    /// What a promotion's target is named for.
    pub enum Purpose {
        /// It is discounted.
        Goods = "goods",
        /// It must be bought, so that something else is discounted.
        Bought = "bought",
        /// A condition names it.
        Condition = "condition",
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = promotions)]
pub struct Promotion {
    pub id: PromotionId,
    pub active: bool,
    pub uses: i32,
    #[diesel(embed)]
    pub plan: Plan,
}

/// All that staff says of a promotion, but its conditions and targets.
#[derive(Queryable, Selectable, Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = promotions, treat_none_as_null = true)]
pub struct Plan {
    /// For staff.
    pub name: String,
    /// For customers.
    pub label: String,
    pub by_coupon: bool,
    pub exclusive: bool,
    pub priority: i32,
    pub currency: Currency,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub max_uses: Option<i32>,
    pub max_uses_each: Option<i32>,
    pub action: ActionKind,
    pub percent: Option<Decimal>,
    pub amount: Option<i64>,
    pub most: Option<i64>,
    pub buy: Option<i32>,
    pub gets: Option<i32>,
    pub most_times: Option<i32>,
    pub gift_variant_id: Option<VariantId>,
    pub all_goods: bool,
    pub all_bought: bool,
    pub skip_reduced: bool,
}

impl Plan {
    /// One that says nothing yet.
    pub fn empty(action: ActionKind, currency: Currency) -> Self {
        Self {
            name: String::new(),
            label: String::new(),
            by_coupon: false,
            exclusive: false,
            priority: 100,
            currency,
            starts_at: None,
            ends_at: None,
            max_uses: None,
            max_uses_each: None,
            action,
            percent: None,
            amount: None,
            most: None,
            buy: None,
            gets: None,
            most_times: None,
            gift_variant_id: None,
            all_goods: true,
            all_bought: true,
            skip_reduced: false,
        }
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = promotion_conditions)]
pub struct ConditionRow {
    pub id: ConditionId,
    pub promotion_id: PromotionId,
    #[diesel(embed)]
    pub asked: ConditionChange,
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = promotion_conditions)]
pub struct ConditionChange {
    pub kind: ConditionKind,
    pub amount: Option<i64>,
    pub number: Option<i32>,
    pub all_goods: bool,
}

/// A thing that a promotion or one of its conditions names; one of the four ids.
#[derive(QueryableByName, Clone, Debug)]
pub struct Target {
    #[diesel(sql_type = BigInt)]
    pub promotion_id: PromotionId,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub condition_id: Option<ConditionId>,
    #[diesel(sql_type = Text)]
    pub purpose: Purpose,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub product_id: Option<ProductId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub category_id: Option<CategoryId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub group_id: Option<GroupId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub country: Option<String>,
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Of a product: the address by which staff named it.
    #[diesel(sql_type = Text)]
    pub slug: String,
}

/// Goods as staff chose them in a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub all: bool,
    pub categories: Vec<CategoryId>,
    /// Addresses of products, or SKUs of their variants.
    pub products: Vec<String>,
}

/// All that a promotion's form says.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Without the gift, which is looked up.
    pub plan: Plan,
    /// SKU of the gift.
    pub gift: Option<String>,
    pub goods: Chosen,
    pub bought: Chosen,
}

/// All that a condition's form says.
#[derive(Clone, Debug)]
pub struct ConditionInput {
    pub change: ConditionChange,
    pub goods: Chosen,
    /// Groups or countries.
    pub aims: Vec<Aim>,
}

/// A promotion on trial, and what it met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub promotion: PromotionId,
    pub label: String,
    pub applied: bool,
    /// What it does where it applies, else why not.
    pub reason: String,
}

/// A cart to try promotions on.
#[derive(Clone, Debug)]
pub struct Trial {
    pub promotion: PromotionId,
    /// SKU and quantity.
    pub lines: Vec<(String, i32)>,
    /// ISO 3166-1 alpha-2; `None`: not known yet.
    pub country: Option<String>,
    pub codes: Vec<String>,
    pub email: Option<Email>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Tried {
    pub lines: Vec<BasketLine>,
    /// The product's name for each line.
    pub names: Vec<String>,
    pub outcome: Outcome,
    pub explanations: Vec<Explanation>,
}

/// What a target points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    Product(ProductId),
    Category(CategoryId),
    Group(GroupId),
    Country(String),
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = coupons)]
pub struct CouponRow {
    pub id: CouponId,
    pub promotion_id: PromotionId,
    pub active: bool,
    pub uses: i32,
    #[diesel(embed)]
    pub change: NewCoupon,
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug)]
#[diesel(table_name = coupons)]
pub struct NewCoupon {
    pub code: String,
    pub batch: String,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub max_uses: Option<i32>,
    pub max_uses_each: Option<i32>,
}

/// A use as the list of uses shows it.
#[derive(Queryable, Clone, Debug)]
pub struct Use {
    pub number: String,
    pub email: String,
    pub code: Option<String>,
    pub taken_at: DateTime<Utc>,
    pub released_at: Option<DateTime<Utc>>,
}

impl Promotion {
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        if self.plan.ends_at.is_some_and(|at| at <= now) {
            Standing::Ended
        } else if !self.active {
            Standing::Off
        } else if self.plan.max_uses.is_some_and(|most| self.uses >= most) {
            Standing::UsedUp
        } else if self.plan.starts_at.is_some_and(|at| at > now) {
            Standing::Planned
        } else {
            Standing::Running
        }
    }

    pub fn path(&self) -> String {
        format!("/admin/promotions/{}", self.id)
    }
}

impl Use {
    pub fn order_path(&self) -> String {
        format!("/admin/orders/{}", self.number)
    }
}

/// By whom uses and orders are counted: an account, addresses in lower case, or nobody known yet.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    pub account: Option<AccountId>,
    pub emails: Vec<String>,
}

impl Customer {
    pub fn is_known(&self) -> bool {
        self.account.is_some() || !self.emails.is_empty()
    }
}

/// What a row with a limit says, held until the transaction ends.
#[derive(Queryable, Clone, Debug)]
pub struct Held<Id> {
    pub id: Id,
    /// The code, or the promotion's label.
    pub name: String,
    /// Active, and now is between its dates, by the database's clock.
    pub in_force: bool,
    pub uses: i32,
    pub max_uses: Option<i32>,
    pub max_uses_each: Option<i32>,
}
