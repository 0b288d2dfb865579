pub mod books;
mod currencies;

pub use currencies::open as open_currencies;
