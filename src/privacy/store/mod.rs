mod erasures;
mod exports;
pub mod holdings;
mod retention;

pub use erasures::{hindrances, insert as insert_erasure, list as list_erasures, lock_due, open_of, postpone, set_done, withdraw};
pub use exports::{
    begin as begin_export, find as find_export, list as list_exports, set_made, sweep as sweep_exports, waiting as waiting_export,
};
pub use holdings::{erase, known_of};
pub use retention::{EXPORTS, apply, days_of, rules, set_days};
