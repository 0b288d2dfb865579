use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{VariantId, text_enum},
    schema::stock,
};

text_enum! {
    /// Why stock changed.
    pub enum Cause {
        Imported = "imported",
        Adjusted = "adjusted",
        Allocated = "allocated",
        Released = "released",
        Shipped = "shipped",
        Returned = "returned",
    }
}

/// The stock of one variant. None stored counts as none on hand.
#[derive(Queryable, Selectable, Insertable, Clone, Copy, Debug, PartialEq, Eq)]
#[diesel(table_name = stock)]
pub struct Stock {
    pub variant_id: VariantId,
    /// `false`: sold without counting.
    pub tracked: bool,
    pub on_hand: i32,
    pub allocated: i32,
}

impl Stock {
    pub fn none(variant_id: VariantId) -> Self {
        Self { variant_id, tracked: true, on_hand: 0, allocated: 0 }
    }

    /// Units that can still be sold; `None`: as many as anybody likes.
    pub fn available(&self) -> Option<i32> {
        self.tracked.then_some(self.on_hand - self.allocated)
    }

    /// Whether so many can be sold.
    pub fn covers(&self, quantity: i32) -> bool {
        self.available().is_none_or(|available| available >= quantity)
    }
}

/// So many of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub variant: VariantId,
    pub quantity: i32,
}

/// A row of the ledger.
#[derive(Queryable, Clone, Debug)]
pub struct Movement {
    pub cause: Cause,
    pub on_hand: i32,
    pub allocated: i32,
    /// Number of the order that it was for.
    pub order_number: Option<String>,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}
