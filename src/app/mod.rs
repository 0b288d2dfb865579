//! Everything wired together: the server and its routes, the worker and its jobs, the start and the end, the demo shop.

mod components;
mod demo;
mod doors;
mod frame;
mod furnish;
mod health;
mod jobs;
mod keys;
mod listen;
mod owner_link;
mod plain_door;
mod server;
mod shop;
mod start;
mod tls;

pub use components::components;
pub use demo::{fill as fill_demo, open as open_shop};
pub use doors::table_of_doors;
pub use keys::{reseal, retire as retire_keys, rotate as rotate_keys};
pub use plain_door::lead_to_https;
pub use server::doors;
pub use shop::{Shop, ShopParts};
pub use start::{Foundation, serve, tally, work};
pub use tls::{CertificateFiles, Sockets};
