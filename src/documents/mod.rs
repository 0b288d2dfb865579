//! Printed pages: a plain description of a page becomes a PDF. Knows no noun of the trade.
//!
//! A [`Document`] is data: titles, facts, tables, sums. Text in it is text and nothing else: there is no markup that a name
//! could smuggle in, no link, no script and no embedded file. [`pdf`] sets it in the fonts beside this file, which cover the
//! Latin, Greek, Cyrillic, Hebrew and Arabic scripts; the letters of other scripts are shown as empty boxes.

mod draw;
mod layout;
mod model;
mod rules;
mod text;

pub use draw::pdf;
pub use model::{Align, Block, Cell, Column, Document, Panel, PaperSize, Row, Sum, Table, Tone, Width};
