//! The shop's own CSV: everything that it knows of its products, so that what was written out and is read again changes nothing.
//!
//! One row for each variant; what belongs to the product stands in its first row. Lists are separated by `;`, parts within one
//! of them by `|` (by `>` in categories), and a backslash before one of these makes it a plain character. Cells that a spreadsheet
//! would take for a formula have an apostrophe before them, as OWASP advises, which is taken away again.

pub mod columns;
pub mod order;
mod reader;
pub mod tables;
pub mod words;
mod writer;

pub use columns::Column;
pub use reader::{Reader, policy_of_cells};
pub use writer::{header, rows_of};
