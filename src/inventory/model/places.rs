//! Where units are, and how they come there, go elsewhere and are counted.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{LocationId, ReceiptId, StocktakeId, TransferId, text_enum},
    schema::{locations, receipts, stocktakes, transfers},
};

text_enum! {
    pub enum LocationKind {
        Warehouse = "warehouse",
        ShopFloor = "shop_floor",
    }
}

impl LocationKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Warehouse => "Warehouse",
            Self::ShopFloor => "Shop floor",
        }
    }
}

/// Where units are.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = locations)]
pub struct Location {
    pub id: LocationId,
    pub name: String,
    pub kind: LocationKind,
    pub address: String,
    /// Something can be brought there.
    pub active: bool,
    /// Units come and go here when nobody says where.
    pub is_default: bool,
}

/// All that the owner says of a location.
#[derive(Insertable, AsChangeset, Clone, Debug, PartialEq, Eq)]
#[diesel(table_name = locations)]
pub struct LocationChange {
    pub name: String,
    pub kind: LocationKind,
    pub address: String,
}

/// Goods that came in.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = receipts)]
pub struct Receipt {
    pub id: ReceiptId,
    pub location_id: LocationId,
    pub supplier: String,
    pub reference: String,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}

/// Goods carried from one location to another.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = transfers)]
pub struct Transfer {
    pub id: TransferId,
    pub from_id: LocationId,
    pub to_id: LocationId,
    pub reference: String,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}

text_enum! {
    pub enum StocktakeState {
        Open = "open",
        /// The differences are in the ledger.
        Booked = "booked",
        Abandoned = "abandoned",
    }
}

/// A count of what is at a location.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = stocktakes)]
pub struct Stocktake {
    pub id: StocktakeId,
    pub location_id: LocationId,
    /// What is counted, in words.
    pub scope: String,
    pub state: StocktakeState,
    pub actor: String,
    pub started_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<String>,
}

impl Stocktake {
    pub fn is_open(&self) -> bool {
        self.state == StocktakeState::Open
    }
}
