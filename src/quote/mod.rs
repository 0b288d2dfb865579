//! The price of a cart: one pure function over what pricing, promotions, shipping and tax know.
