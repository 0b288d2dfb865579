mod chosen;
mod deciding;
mod kinds;
mod rows;

pub use chosen::*;
pub use deciding::*;
pub use kinds::*;
pub use rows::*;
