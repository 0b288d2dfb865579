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

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Gateway>> {
        self.0.iter()
    }

    /// Whether orders by this gateway wait for staff.
    pub fn is_manual(&self, code: &str) -> bool {
        self.get(code).is_ok_and(|gateway| gateway.is_manual())
    }

    /// # Errors
    /// `NotFound` for a gateway that is not offered.
    pub fn get(&self, code: &str) -> Result<&Arc<dyn Gateway>> {
        self.0.iter().find(|gateway| gateway.code() == code).ok_or(Error::NotFound)
    }
}
