mod attempts;
mod settings;

pub use attempts::*;
pub use settings::save_settings;
