mod manual;
mod sandbox;

use std::sync::Arc;

pub use manual::ManualGateway;
pub use sandbox::{SandboxGateway, http_client};

use super::gateway::Gateway;
use crate::base::{Error, Result};

/// The gateways that the merchant offers, in the order in which shoppers see them.
#[derive(Clone)]
pub struct Gateways(Vec<Arc<dyn Gateway>>);

impl Gateways {
    pub fn new(gateways: Vec<Arc<dyn Gateway>>) -> Self {
        Self(gateways)
    }

    pub fn iter(&self) -> impl Iterator<Item = Arc<dyn Gateway>> {
        self.0.clone().into_iter()
    }

    /// Whether orders by this gateway wait for staff.
    pub fn is_manual(&self, code: &str) -> bool {
        self.get(code).is_ok_and(|gateway| gateway.is_manual())
    }

    /// For people; a gateway that is gone keeps its code as its name.
    pub fn name_of(&self, code: &str) -> String {
        match code {
            "gift_card" => "Gift card".to_owned(),
            "store_credit" => "Store credit".to_owned(),
            "credit" => "Gift card or store credit".to_owned(),
            _ => self.get(code).map_or(code.to_owned(), |gateway| gateway.name().to_owned()),
        }
    }

    /// Whether parcels by this way of paying leave before the money is here.
    pub fn ships_unpaid(&self, code: &str) -> bool {
        self.get(code).is_ok_and(|gateway| gateway.ships_unpaid())
    }

    /// # Errors
    /// `NotFound` for a gateway that is not offered.
    pub fn get(&self, code: &str) -> Result<Arc<dyn Gateway>> {
        self.0.iter().find(|gateway| gateway.code() == code).cloned().ok_or(Error::NotFound)
    }
}
