//! Signing in by OpenID Connect: what a provider of identities is, what of its answer is believed, and how it is asked.
//!
//! The flow is that of OpenID Connect Core 1.0, 3.1, with a code, PKCE (RFC 7636), a nonce and a state, as the current practice for
//! OAuth has it (RFC 9700). Providers are found by discovery. What becomes of somebody for whom one vouches is decided in `ops`.

mod model;
mod rules;
mod wire;

pub use model::{Linked, NewIdentity, NewProvider, Partner, Provider, ProviderRow, Told};
pub use rules::{is_answer_in_time, is_proof, shortened};
pub use wire::{Partners, Trouble};
