pub mod cards;
pub mod categories;
pub mod images;
pub mod products;
pub mod variants;
