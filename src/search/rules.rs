//! How text becomes words to find and to be found by, what a mistyped word was meant to be, and which addresses lists have.

mod marks;
mod query;
mod spelling;
mod spoken;
mod wish;
mod words;

pub use marks::Marks;
pub use query::{Clause, clauses, folded};
pub use spelling::{Guess, best_guess, reach, splits};
pub use spoken::spoken;
pub use wish::{MOST_PAGES, Order, Wish};
pub use words::{Side, code, tokens};
