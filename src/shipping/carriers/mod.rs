//! The carriers that can be asked, each question within its time and none where the last ones failed.

mod json;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backon::{ConstantBuilder, Retryable};
pub use json::{JsonCarrier, reach};

use super::carrier::{Carrier, CarrierError, CarrierRate, RateRequest};
use crate::base::{Breaker, Error, Keys};

/// What their tokens are sealed for.
pub const PURPOSE: &str = "carrier token";

/// How long a shopper waits for one answer at most.
const PATIENCE: Duration = Duration::from_secs(4);

/// The pause before the one repetition.
const PAUSE: Duration = Duration::from_millis(200);

/// The carriers by their codes. Cheap to clone; clones share what they know of failures.
#[derive(Clone)]
pub struct Carriers {
    known: Vec<Arc<dyn Carrier>>,
    keys: Keys,
    /// By the address that is asked.
    breakers: Arc<Mutex<HashMap<String, Arc<Breaker>>>>,
}

impl Carriers {
    pub fn new(keys: Keys, known: Vec<Arc<dyn Carrier>>) -> Self {
        Self { known, keys, breakers: Arc::default() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Carrier>> {
        self.known.iter()
    }

    /// A token as it may be stored.
    ///
    /// # Errors
    /// It is longer than the cipher takes.
    pub fn seal(&self, token: &str) -> crate::base::Result<String> {
        self.keys.seal(PURPOSE, "", token).map_err(Error::internal)
    }

    /// Asks within four seconds, once more when the first try did not get through, and not at all for a while after several
    /// failures in a row. `request.token` is as it is stored.
    ///
    /// # Errors
    /// As the carrier says; `Refused` for one that is unknown or left alone for now.
    pub async fn ask(&self, code: &str, mut request: RateRequest) -> Result<Vec<CarrierRate>, CarrierError> {
        let refused = |why: &str| CarrierError::Refused(why.to_owned());
        let carrier = self.known.iter().find(|carrier| carrier.code() == code).ok_or_else(|| refused("nobody knows this carrier"))?;
        if !request.token.is_empty() {
            let opened = self.keys.open(PURPOSE, "", &request.token);
            request.token = opened.map_err(|_| refused("its token can't be read; enter it again"))?;
        }
        let breaker = self.breaker(&request.url);
        if !breaker.enter() {
            return Err(refused("it failed several times and is left alone for a while"));
        }
        let answer = ask_twice(carrier.as_ref(), &request).await;
        if answer.is_ok() {
            breaker.succeeded()
        } else {
            breaker.failed()
        }
        answer
    }

    /// Forgets an address's failures, since its owner says that something is mended.
    pub fn forgive(&self, url: &str) {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner).remove(url);
    }

    fn breaker(&self, url: &str) -> Arc<Breaker> {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.entry(url.to_owned()).or_default().clone()
    }
}

/// A carrier that was too late once would keep the shopper waiting as long again, so only other failures are tried again.
async fn ask_twice(carrier: &dyn Carrier, request: &RateRequest) -> Result<Vec<CarrierRate>, CarrierError> {
    let ask = || async { tokio::time::timeout(PATIENCE, carrier.rates(request)).await.unwrap_or(Err(CarrierError::TooLate)) };
    let again = ConstantBuilder::default().with_delay(PAUSE).with_max_times(1);
    ask.retry(again).when(|error| matches!(error, CarrierError::Unreachable(_))).await
}
