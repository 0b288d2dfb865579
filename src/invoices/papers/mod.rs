//! What stands on the papers of the trade, and how it is set on the page.

mod invoice;
mod packing_slip;
mod paper;
mod parcel;
mod pick_list;

pub use invoice::{PaperRow, invoice};
pub(super) use invoice::{facts, parties, rows, sums};
pub(super) use packing_slip::facts as parcel_facts;
pub use packing_slip::packing_slip;
pub use paper::{Buyer, Charge, LineTax, Paper, PaperLine, Payment, Reduction, Seller, TaxSum};
pub use parcel::{Parcel, ParcelLine, Pick};
pub(super) use pick_list::summary;
pub use pick_list::{pick_list, sorted};
