//! The gateways as they are set up now. Settings are in the database; every server looks for changes every few seconds.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use chrono::{DateTime, Utc};

use super::{
    gateway::{
        CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, Notice, Outcome, RefundRequest, Standing, StartPayment, Started,
        Told, VoidRequest,
    },
    gateways::{GatewayParts, KINDS, Kind},
    model::{EXCHANGE, GatewaySettings},
    store,
};
use crate::base::{Breaker, Db, Door, Error, Keys, Result};

/// How long settings may be out of date on another server.
const FRESH: Duration = Duration::from_secs(3);

/// How long one question to a gateway may take with all its tries, so that a page comes within ten seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// Successes are noted no more often than this, in seconds.
const NOTED_EVERY: u64 = 30;

/// The gateways that the shop knows. Cheap to clone; all clones see one another's changes.
#[derive(Clone)]
pub struct Gateways(Arc<Inner>);

struct Inner {
    db: Db,
    parts: GatewayParts,
    breakers: Vec<(&'static str, Arc<Breaker>)>,
    /// Asked instead of those with the same codes.
    stand_ins: RwLock<Vec<Arc<dyn Gateway>>>,
    shelf: RwLock<Shelf>,
    looked: Mutex<Option<Instant>>,
}

/// What was built from the settings of one version.
#[derive(Clone)]
struct Shelf {
    /// `None`: nothing was read yet, and these are the settings of a new shop.
    version: Option<i64>,
    gateways: Vec<(Arc<Guarded>, bool)>,
}

impl Gateways {
    /// With the settings of a new shop, until [`Gateways::refresh`] reads them.
    pub fn new(db: Db, parts: GatewayParts) -> Self {
        let breakers = KINDS.iter().map(|kind| (kind.code, Arc::default())).collect();
        let shelf = RwLock::new(Shelf { version: None, gateways: vec![] });
        let gateways = Self(Arc::new(Inner { db, parts, breakers, stand_ins: RwLock::default(), shelf, looked: Mutex::new(None) }));
        let built = KINDS.iter().filter_map(|kind| gateways.build(kind, &kind.first_settings()));
        let first = Shelf { version: None, gateways: built.collect() };
        *gateways.0.shelf.write().unwrap_or_else(PoisonError::into_inner) = first;
        gateways
    }

    /// Reads the settings again where they changed, at most every few seconds. What can't be read stays as it was.
    pub async fn refresh(&self) {
        {
            let mut looked = self.0.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.is_some_and(|looked| looked.elapsed() < FRESH) {
                return;
            }
            *looked = Some(Instant::now());
        }
        if let Err(error) = self.reload().await {
            tracing::warn!(error = %error, "the settings of payment could not be read");
            *self.0.looked.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Reads the settings again now, as after changing them.
    ///
    /// # Errors
    /// The database can't be reached.
    pub async fn reload(&self) -> Result<()> {
        let known = self.shelf().version;
        let found = self.0.db.read(move |conn| {
            let version = store::settings_version(conn)?;
            let changed = known != Some(version);
            Ok((version, if changed { Some(store::all_settings(conn)?) } else { None }))
        });
        let (version, settings) = found.await?;
        let Some(settings) = settings else { return Ok(()) };
        let built = settings.iter().filter_map(|row| self.build(Kind::of(&row.code)?, row)).collect();
        *self.0.shelf.write().unwrap_or_else(PoisonError::into_inner) = Shelf { version: Some(version), gateways: built };
        Ok(())
    }

    /// Lets a simulation answer in the place of the gateway with its code. It is asked once each time, and never left alone.
    ///
    /// # Errors
    /// The database can't be reached.
    pub async fn stand_in(&self, simulation: Arc<dyn Gateway>) -> Result<()> {
        self.0.stand_ins.write().unwrap_or_else(PoisonError::into_inner).push(simulation);
        self.0.shelf.write().unwrap_or_else(PoisonError::into_inner).version = None;
        self.reload().await
    }

    /// `None` for one whose keys are missing or can't be opened: it is as if it were not there.
    fn build(&self, kind: &Kind, settings: &GatewaySettings) -> Option<(Arc<Guarded>, bool)> {
        let stand_in = self.0.stand_ins.read().unwrap_or_else(PoisonError::into_inner).iter().find(|one| one.code() == kind.code).cloned();
        let is_simulated = stand_in.is_some();
        let inner: Arc<dyn Gateway> =
            match stand_in.map_or_else(|| kind.build(&self.0.parts, settings).map(|built| built.map(Arc::from)), |one| Ok(Some(one))) {
                Ok(built) => built?,
                Err(error) => {
                    tracing::error!(gateway = kind.code, error = format!("{error:#}"), "a payment gateway can't be set up");
                    return None;
                }
            };
        let breaker = self.0.breakers.iter().find(|(code, _)| *code == kind.code).map(|(_, breaker)| breaker.clone())?;
        let or = |own: &str, otherwise: &str| if own.is_empty() { otherwise.to_owned() } else { own.to_owned() };
        let (name, description) = (or(&settings.name, inner.name()), or(&settings.description, inner.description()));
        let noted = Mutex::new(None);
        Some((Arc::new(Guarded { inner, is_simulated, name, description, breaker, db: self.0.db.clone(), noted }), settings.active))
    }

    fn shelf(&self) -> Shelf {
        self.0.shelf.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What shoppers can choose from, in the order in which they see it: active, and answering as far as we know.
    pub fn iter(&self) -> impl Iterator<Item = Arc<dyn Gateway>> + use<> {
        let offered = self.shelf().gateways.into_iter().filter(|(gateway, active)| *active && gateway.is_answering());
        offered.map(|(gateway, _)| gateway as Arc<dyn Gateway>)
    }

    /// Whether something that the merchant offers is left out now because it does not answer.
    pub fn is_anything_resting(&self) -> bool {
        self.shelf().gateways.iter().any(|(gateway, active)| *active && !gateway.is_answering())
    }

    /// Whether the merchant offers it, be it answering or not.
    pub fn is_active(&self, code: &str) -> bool {
        self.shelf().gateways.iter().any(|(gateway, active)| *active && gateway.code() == code)
    }

    /// One of those that shoppers can choose from.
    ///
    /// # Errors
    /// `NotFound` for a gateway that is not offered now.
    pub fn offered(&self, code: &str) -> Result<Arc<dyn Gateway>> {
        self.iter().find(|gateway| gateway.code() == code).ok_or(Error::NotFound)
    }

    /// A gateway by which there may be payments, whether or not it is still offered.
    ///
    /// # Errors
    /// `NotFound` for one that is not set up.
    pub fn get(&self, code: &str) -> Result<Arc<dyn Gateway>> {
        let found = self.shelf().gateways.into_iter().find(|(gateway, _)| gateway.code() == code);
        found.map(|(gateway, _)| gateway as Arc<dyn Gateway>).ok_or(Error::NotFound)
    }

    /// Whether orders by this gateway wait for staff.
    pub fn is_manual(&self, code: &str) -> bool {
        self.get(code).is_ok_and(|gateway| gateway.is_manual())
    }

    /// The gateways of which only staff knows anything.
    pub fn by_hand(&self) -> Vec<&'static str> {
        let by_hand = self.shelf().gateways.into_iter().filter(|(gateway, _)| gateway.is_manual());
        by_hand.map(|(gateway, _)| gateway.code()).collect()
    }

    /// Whether parcels by this way of paying leave before the money is here.
    pub fn ships_unpaid(&self, code: &str) -> bool {
        self.get(code).is_ok_and(|gateway| gateway.ships_unpaid())
    }

    /// For people; a gateway that is gone keeps its code as its name.
    pub fn name_of(&self, code: &str) -> String {
        match code {
            "gift_card" => "Gift card".to_owned(),
            "store_credit" => "Store credit".to_owned(),
            "credit" => "Gift card or store credit".to_owned(),
            EXCHANGE => "Exchange for a return".to_owned(),
            _ => self.get(code).map_or(code.to_owned(), |gateway| gateway.name().to_owned()),
        }
    }

    /// What the breaker of a gateway lets through on this server.
    pub fn door(&self, code: &str) -> Door {
        self.0.breakers.iter().find(|(known, _)| *known == code).map_or(Door::Closed, |(_, breaker)| breaker.door())
    }

    /// The ring that seals the gateways' secrets.
    pub(super) fn keys(&self) -> &Keys {
        &self.0.parts.keys
    }
}

/// A gateway as it is set up, with patience, tries and a breaker around each question.
struct Guarded {
    inner: Arc<dyn Gateway>,
    is_simulated: bool,
    name: String,
    description: String,
    breaker: Arc<Breaker>,
    db: Db,
    noted: Mutex<Option<Instant>>,
}

impl Guarded {
    fn is_answering(&self) -> bool {
        self.inner.is_manual() || self.is_simulated || !matches!(self.breaker.door(), Door::Open { .. })
    }

    /// Asks, again after a moment where nothing usable came, within the patience of a page. Every try is the same request with
    /// the same key.
    async fn ask<T, F: Future<Output = Result<T, GatewayError>>>(&self, question: impl FnMut() -> F) -> Result<T, GatewayError> {
        if self.inner.is_manual() || self.is_simulated {
            let mut question = question;
            return question().await;
        }
        if !self.breaker.enter() {
            return Err(GatewayError::unknown("it did not answer several times and is left alone for a moment"));
        }
        let tries = ExponentialBuilder::default().with_min_delay(Duration::from_millis(300)).with_max_times(2).with_jitter();
        let asked = question.retry(tries).sleep(tokio::time::sleep).when(|error| matches!(error, GatewayError::Unknown(_)));
        let late = |_| Err(GatewayError::Unknown(format!("no answer within {} s", PATIENCE.as_secs())));
        let answer = tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(late);
        self.note(answer.as_ref().err()).await;
        answer
    }

    /// For the breaker and for the merchant's page. Whether it can be written down is of no matter to the payment.
    async fn note(&self, error: Option<&GatewayError>) {
        let code = self.inner.code();
        match error {
            Some(error) => {
                self.breaker.failed();
                let why: String = error.to_string().chars().take(300).collect();
                let _ = self.db.write(move |conn| store::note_failure(conn, code, &why)).await;
            }
            None => {
                self.breaker.succeeded();
                if self.is_worth_noting() {
                    let _ = self.db.write(move |conn| store::note_success(conn, code)).await;
                }
            }
        }
    }

    fn is_worth_noting(&self) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted.is_none_or(|noted| noted.elapsed().as_secs() >= NOTED_EVERY);
        if due {
            *noted = Some(Instant::now());
        }
        due
    }
}

#[async_trait]
impl Gateway for Guarded {
    fn code(&self) -> &'static str {
        self.inner.code()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn is_manual(&self) -> bool {
        self.inner.is_manual()
    }

    fn ships_unpaid(&self) -> bool {
        self.inner.ships_unpaid()
    }

    fn captures_in_parts(&self) -> bool {
        self.inner.captures_in_parts()
    }

    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError> {
        self.ask(|| self.inner.start(request)).await
    }

    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError> {
        self.ask(|| self.inner.standing(reference)).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Result<Outcome, GatewayError> {
        self.ask(|| self.inner.capture(request)).await
    }

    async fn void(&self, request: &VoidRequest) -> Result<Outcome, GatewayError> {
        self.ask(|| self.inner.void(request)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        self.ask(|| self.inner.refund(request)).await
    }

    /// Not guarded: somebody else's bad messages say nothing about the gateway.
    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        let late = |_| Err(GatewayError::unknown("the message could not be checked in time"));
        tokio::time::timeout(PATIENCE, self.inner.webhook(headers, body)).await.unwrap_or_else(late)
    }

    async fn list(&self, since: DateTime<Utc>) -> Result<Option<Vec<GatewayPayment>>, GatewayError> {
        self.inner.list(since).await
    }

    async fn tell(&self, reference: &str) -> Result<Told, GatewayError> {
        self.ask(|| self.inner.tell(reference)).await
    }

    async fn test(&self) -> Result<String, GatewayError> {
        self.ask(|| self.inner.test()).await
    }
}
