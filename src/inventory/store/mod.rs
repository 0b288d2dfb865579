pub mod bundles;
pub mod goods;
pub mod holds;
pub mod ledger;
pub mod levels;
pub mod places;
pub mod stock;
pub mod stocktakes;
