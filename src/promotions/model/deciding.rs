//! What is decided, about what, and what comes of it: plain data.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    accounts::Buyer,
    base::{CategoryId, CouponId, Currency, Email, GroupId, ProductId, PromotionId, VariantId},
    settings::Place,
};

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
    /// What might be given away, and how many of it at once.
    pub fn gifts(&self) -> Vec<(VariantId, i32)> {
        self.offers.iter().filter_map(Offer::gift).collect()
    }

    /// The same while only some gifts can be given: a promotion whose gift is gone is used up.
    pub fn giving(&self, is_there: impl Fn(VariantId) -> bool) -> Cow<'_, Self> {
        let is_gone = |offer: &Offer| offer.gift().is_some_and(|(gift, _)| !is_there(gift));
        if !self.offers.iter().any(is_gone) {
            return Cow::Borrowed(self);
        }
        let mut book = self.clone();
        book.offers.iter_mut().filter(|offer| is_gone(offer)).for_each(|offer| offer.left.overall = Some(0));
        Cow::Owned(book)
    }
}

/// What the promotions that apply by themselves ask of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// There is none.
    None,
    /// None has a limit or looks at earlier orders: what a cart gets depends on nobody's, and no use has to wait for another.
    Uncounted,
    Counted,
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

impl Offer {
    fn gift(&self) -> Option<(VariantId, i32)> {
        match self.action {
            Action::Gift { variant, quantity, .. } => Some((variant, quantity)),
            _ => None,
        }
    }
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
