//! What the demo shop, and a plain one, open with besides goods and pages.

pub mod bargains;
pub mod delivery;
pub mod goods;
pub mod prices;
pub mod reviews;
pub mod taxes;
