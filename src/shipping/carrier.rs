//! The contract between the shop and whoever brings its parcels.
//!
//! A carrier is asked with no database connection and no lock held, and its answer counts only once it is in the table of answers.
//! Silence is no refusal: then the method's own prices hold.

use async_trait::async_trait;

use crate::{
    base::{Currency, Money},
    settings::Place,
};

/// What a carrier is asked: nothing that names a person.
#[derive(Clone, Debug)]
pub struct RateRequest {
    /// Where the carrier is asked, and by whom; both from the method's settings.
    pub url: String,
    /// Empty: none.
    pub token: String,
    pub from: Place,
    pub to: Place,
    pub weight_grams: i64,
    /// In which the price is wanted.
    pub currency: Currency,
}

/// One of a carrier's services and what it costs, in the basis in which the shop's prices are entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierRate {
    pub service: String,
    pub price: Money,
}

/// Why there is no answer. None of these says that a parcel is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// Asking again at once may help.
    #[error("could not be reached: {0}")]
    Unreachable(String),
    #[error("did not answer in time")]
    TooLate,
    /// It does not want to be asked like this, or we don't want to ask there.
    #[error("refused: {0}")]
    Refused(String),
    #[error("gave an answer that can't be read: {0}")]
    Garbled(String),
}

#[async_trait]
pub trait Carrier: Send + Sync {
    /// As methods name it in their settings.
    fn code(&self) -> &'static str;

    /// For the back office.
    fn label(&self) -> &'static str;

    /// All services that take the parcel there. None: the carrier does not take it.
    ///
    /// # Errors
    /// Nobody knows what it would cost.
    async fn rates(&self, request: &RateRequest) -> Result<Vec<CarrierRate>, CarrierError>;
}
