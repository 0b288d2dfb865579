//! The vocabulary of these tests: a shop of one's own for each test, browsers that visit it, staff who work in it.

mod browser;
mod database;
mod goods;
mod page;
mod pdf;
mod server;
mod shop;
mod shopper;
mod staff;
mod statements;
mod timing;

pub use browser::{Browser, UNTICKED, at_once};
pub use goods::Goods;
pub use page::{Form, Page};
pub use pdf::{active_parts, read_pdf};
pub use server::Server;
pub use shop::{Shop, serve, wired_to};
pub use shopper::{CARD, DECLINED, PASSWORD, Shopper, VERIFIED, account_of};
pub use staff::Staff;
pub use statements::asked;
pub use timing::take_as_long;
