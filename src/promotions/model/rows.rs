//! Rows as the database has them.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use rust_decimal::Decimal;

use super::{ActionKind, ConditionKind, Purpose, Standing};
use crate::{
    base::{AccountId, CategoryId, ConditionId, CouponId, Currency, GroupId, ProductId, PromotionId, VariantId},
    schema::{coupons, promotion_conditions, promotions},
};

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
