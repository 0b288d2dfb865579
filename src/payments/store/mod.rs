mod attempts;
mod settings;

pub use attempts::*;
pub use settings::*;
