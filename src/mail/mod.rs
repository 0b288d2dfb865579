//! Mail: an outbox in the database, filled in the transaction of the fact that a mail tells, emptied by the worker.
//!
//! What a mail says is decided by the rooms above; this one knows only sender, recipient, subject and bodies.

mod admin;
mod jobs;
mod model;
mod ops;
mod store;
mod transport;

pub use admin::routes;
pub use jobs::DeliverMail;
pub(crate) use model::letter;
pub use model::{Envelope, Letter, Mail, Message};
pub use ops::{Mailer, enqueue, enqueue_again, post, post_private, post_with_end};
pub use store::{about, find_about};
pub use transport::Transport;
