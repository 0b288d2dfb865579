pub mod books;
pub mod currencies;
pub mod lists;
pub mod prices;
pub mod variants;

pub use currencies::open as open_currencies;
