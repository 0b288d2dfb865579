//! Pages that cost nothing: what everybody sees of a page is rendered once and kept; what is one visitor's own (name, number of
//! things in the cart, form token, message) is put into its gaps for each request, from the session cookie.
//!
//! A kept page carries the tags of what it shows. The database tells by triggers which tags changed (`NOTIFY pages`), to all
//! servers, after the change is committed; pages with these tags are forgotten. A page that was being rendered meanwhile is
//! given to whoever waits for it and not kept. While the database is not heard, nothing is kept.
//!
//! A warm page is answered before the session layer, the router and the log, with no query: `serve` looks it up under the
//! address as it came. An address that is written otherwise (with parameters of an advertisement, say) finds the same page by
//! way of the handler.

mod ask;
mod body;
mod coding;
mod joined;
mod own;
mod packed;
mod pages;
mod serve;
mod sum;

pub use ask::{Ask, Fresh};
pub(super) use own::Own;
pub use pages::{PageCache, Tag};
pub use serve::serve_kept;
