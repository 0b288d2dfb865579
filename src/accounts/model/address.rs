//! What customers keep for their next order.

use crate::{
    base::{AddressId, text_enum},
    settings::Address,
};

text_enum! {
    /// For what an address is offered first.
    pub enum AddressUse {
        Delivery = "delivery",
        Billing = "billing",
    }
}

/// An address in a customer's book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedAddress {
    pub id: AddressId,
    pub kept: KeptAddress,
}

/// What is kept of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAddress {
    pub address: Address,
    /// For the carrier; empty: none.
    pub phone: String,
    pub delivery_default: bool,
    pub billing_default: bool,
}

impl SavedAddress {
    /// On one line, to tell it from others.
    pub fn line(&self) -> String {
        self.kept.address.lines().join(", ")
    }

    /// The same without whose it is.
    pub fn place(&self) -> String {
        let lines = self.kept.address.lines();
        lines.get(1..).map(|rest| rest.join(", ")).unwrap_or_default()
    }

    pub fn path(&self) -> String {
        format!("/account/addresses/{}", self.id)
    }
}
