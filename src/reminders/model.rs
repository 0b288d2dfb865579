use diesel::QueryableByName;

use crate::base::CartId;

/// A checkout that was left, and where its reminder goes.
#[derive(QueryableByName, Clone, Debug)]
pub struct Left {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub cart_id: CartId,
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub email: String,
}

/// What a reminder's link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Cart(CartId),
    /// The link was never made, is too old, or its cart is gone.
    Ended,
    /// The things are ordered.
    Ordered,
}

impl Link {
    pub fn is_ordered(&self) -> bool {
        *self == Self::Ordered
    }
}
