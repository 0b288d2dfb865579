//! What the owner typed of methods, zones and prices.

mod fields;
mod methods;
mod tariffs;
mod trial;
mod zones;

pub use methods::MethodForm;
pub use tariffs::TariffForm;
pub use trial::TrialForm;
pub use zones::ZoneForm;
