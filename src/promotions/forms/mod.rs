mod condition;
mod coupon;
mod promotion;
mod trial;
mod values;

pub use condition::ConditionForm;
pub use coupon::{BatchForm, CouponForm};
pub use promotion::PromotionForm;
pub use trial::TrialForm;
