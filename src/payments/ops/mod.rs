mod attempts;
mod exchanges;
mod settings;

pub use attempts::*;
pub use exchanges::*;
pub use settings::{reseal, save_settings, sealed_secrets};
