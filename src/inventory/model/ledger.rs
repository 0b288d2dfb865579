//! The ledger: why stock changed, by whom, and for what.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{LocationId, OrderId, ReceiptId, StocktakeId, TransferId, VariantId, text_enum},
    schema::stock_movements,
};

text_enum! {
    /// Why stock changed. Holds are no cause: they move nothing, are made and gone by the minute, and their own table explains
    /// `stock.reserved` at any moment.
    pub enum Cause {
        Imported = "imported",
        Adjusted = "adjusted",
        Allocated = "allocated",
        Released = "released",
        Shipped = "shipped",
        Returned = "returned",
        /// Came in from a supplier.
        Received = "received",
        /// Counted in a stocktake.
        Counted = "counted",
        /// Broken, lost, out of date.
        Scrapped = "scrapped",
        /// Carried to another location: two rows, which add up to none.
        Transferred = "transferred",
    }
}

impl Cause {
    /// As the ledger tells it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Imported => "Imported",
            Self::Adjusted => "Counted",
            Self::Allocated => "Ordered",
            Self::Released => "Order cancelled",
            Self::Shipped => "Shipped",
            Self::Returned => "Returned",
            Self::Received => "Received",
            Self::Counted => "Stocktake",
            Self::Scrapped => "Scrapped",
            Self::Transferred => "Transferred",
        }
    }
}

/// A row to be written into the ledger.
#[derive(Insertable, Clone, Copy, Debug)]
#[diesel(table_name = stock_movements)]
pub struct Entry<'a> {
    pub variant_id: VariantId,
    pub cause: Cause,
    pub on_hand: i32,
    pub allocated: i32,
    pub order_id: Option<OrderId>,
    pub location_id: Option<LocationId>,
    pub receipt_id: Option<ReceiptId>,
    pub transfer_id: Option<TransferId>,
    pub stocktake_id: Option<StocktakeId>,
    pub note: &'a str,
    pub actor: &'a str,
}

impl<'a> Entry<'a> {
    pub fn new(cause: Cause, actor: &'a str) -> Self {
        Self {
            variant_id: VariantId(0),
            cause,
            on_hand: 0,
            allocated: 0,
            order_id: None,
            location_id: None,
            receipt_id: None,
            transfer_id: None,
            stocktake_id: None,
            note: "",
            actor,
        }
    }
}

/// A row of the ledger, read.
#[derive(Queryable, Clone, Debug)]
pub struct Movement {
    pub cause: Cause,
    pub on_hand: i32,
    pub allocated: i32,
    /// Number of the order that it was for.
    pub order_number: Option<String>,
    pub location: Option<String>,
    pub receipt: Option<ReceiptId>,
    pub transfer: Option<TransferId>,
    pub stocktake: Option<StocktakeId>,
    pub note: String,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}
