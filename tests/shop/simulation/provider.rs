//! A payment provider that lives in the test: it keeps its own books, breaks by the seed, and posts messages that come late, twice,
//! in any order, or never.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ironmonger::{
    base::{AttemptId, CaptureId, Money, RefundId},
    payments::{
        CaptureAt, CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, News, Notice, Outcome, RefundRequest, Standing,
        StartPayment, Started, VoidRequest,
    },
};
use tokio::sync::Notify;

use super::chance::roll;

/// How a payment stands in the provider's own books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was asked for, and that never arrived.
    Unheard,
    /// The shopper is on the provider's page, or has left it.
    Open,
    /// A bank thinks about it.
    Processing,
    Authorised,
    Captured,
    Declined,
    Voided,
    Expired,
}

#[derive(Clone, Debug)]
pub struct Giving {
    pub amount: i64,
    pub state: Given,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    Back,
    OnItsWay,
    Refused,
}

#[derive(Clone, Debug)]
pub struct Payment {
    pub attempt: AttemptId,
    pub asked: Money,
    pub capture: CaptureAt,
    pub fate: Fate,
    pub authorised: i64,
    /// Nothing more is captured.
    pub is_closed: bool,
    captures: BTreeMap<CaptureId, Option<i64>>,
    pub refunds: BTreeMap<RefundId, Giving>,
    /// How often it was asked for what, for the faults.
    asked_times: BTreeMap<u64, u64>,
}

impl Payment {
    pub fn captured(&self) -> i64 {
        if self.fate == Fate::Captured { self.captures.values().flatten().sum::<i64>().max(self.direct()) } else { 0 }
    }

    /// What was taken as the shopper paid.
    fn direct(&self) -> i64 {
        if self.captures.is_empty() && self.capture == CaptureAt::Placing { self.asked.minor } else { 0 }
    }

    pub fn refunded(&self) -> i64 {
        self.refunds.values().filter(|giving| giving.state == Given::Back).map(|giving| giving.amount).sum()
    }

    fn promised(&self) -> i64 {
        self.refunds.values().filter(|giving| giving.state != Given::Refused).map(|giving| giving.amount).sum()
    }

    fn standing(&self) -> Standing {
        let money = |minor| Money::new(minor, self.asked.currency);
        match self.fate {
            Fate::Unheard | Fate::Open | Fate::Processing => Standing::Pending,
            Fate::Authorised => Standing::Authorised { amount: money(self.authorised), until: None },
            Fate::Captured => Standing::Captured { amount: money(self.captured()) },
            Fate::Declined => Standing::Failed { reason: "Your card was declined".to_owned() },
            Fate::Voided => Standing::Voided,
            Fate::Expired => Standing::Expired,
        }
    }
}

pub struct Books {
    seed: u64,
    /// By their ordinals, which are the same in every run of a seed.
    pub payments: BTreeMap<u64, Payment>,
    ordinals: HashMap<AttemptId, u64>,
    /// Messages on their way, by payment and number.
    pub post: BTreeMap<(u64, u64), Notice>,
    posted: u64,
    pub is_faulty: bool,
    pub may_die: bool,
    /// Whether the list of payments is given: only when nothing is on its way.
    pub is_listing: bool,
}

/// What goes wrong with one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    NotReached,
    AnswerLost,
    /// The shop dies before the question arrives, or after it was answered.
    DiesBefore,
    DiesAfter,
}

const START: u64 = 1;
const STANDING: u64 = 2;
const CAPTURE: u64 = 3;
const VOID: u64 = 4;
const REFUND: u64 = 5;

pub struct Provider {
    books: Mutex<Books>,
    /// The shop has died while it waited for an answer.
    pub died: Notify,
}

impl Provider {
    pub fn of(seed: u64) -> Self {
        let (payments, ordinals, post) = (BTreeMap::new(), HashMap::new(), BTreeMap::new());
        let books = Books { seed, payments, ordinals, post, posted: 0, is_faulty: true, may_die: false, is_listing: false };
        Self { books: Mutex::new(books), died: Notify::new() }
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks with whatever goes wrong. The answer is made, and counts for the provider, before it is lost.
    async fn ask<T>(&self, ordinal: u64, what: u64, answer: impl FnOnce(&mut Books) -> T) -> Result<T, GatewayError> {
        let fault = self.books().fault(ordinal, what);
        let given = match fault {
            Fault::NotReached => return Err(GatewayError::unknown("not reached")),
            Fault::DiesBefore => None,
            _ => Some(answer(&mut self.books())),
        };
        match given {
            Some(_) if fault == Fault::AnswerLost => Err(GatewayError::unknown("the answer was lost")),
            Some(given) if fault != Fault::DiesAfter => Ok(given),
            _ => {
                self.died.notify_one();
                std::future::pending().await
            }
        }
    }

    fn ordinal(&self, reference: &str) -> Result<u64, GatewayError> {
        reference.strip_prefix("sim-").and_then(|ordinal| ordinal.parse().ok()).ok_or_else(|| GatewayError::unknown("no such payment"))
    }
}

impl Books {
    pub fn of(&self, attempt: AttemptId) -> Option<&Payment> {
        self.payments.get(self.ordinals.get(&attempt)?)
    }

    fn fault(&mut self, ordinal: u64, what: u64) -> Fault {
        let (seed, may_die) = (self.seed, self.may_die);
        let Some(payment) = self.payments.get_mut(&ordinal).filter(|_| self.is_faulty) else { return Fault::None };
        let times = payment.asked_times.entry(what).or_default();
        *times += 1;
        match roll(&[seed, ordinal, what, *times]) {
            0..8 => Fault::NotReached,
            8..14 if what != STANDING => Fault::AnswerLost,
            14..16 if may_die => Fault::DiesBefore,
            16..18 if may_die => Fault::DiesAfter,
            _ => Fault::None,
        }
    }

    fn write(&mut self, ordinal: u64, news: News) {
        self.posted += 1;
        let event_id = format!("event-{ordinal}-{}", self.posted);
        self.post.insert((ordinal, self.posted), Notice { event_id, news });
    }

    /// Tells the shop how a payment stands, in one of the ways in which providers do.
    fn tell(&mut self, ordinal: u64) {
        let Some(payment) = self.payments.get(&ordinal) else { return };
        let way = roll(&[self.seed, ordinal, 77, self.posted]);
        let standing = if way < 20 { Standing::Pending } else { payment.standing() };
        let attempt = (!way.is_multiple_of(3)).then_some(payment.attempt);
        let reference = Some(format!("sim-{ordinal}"));
        self.write(ordinal, News::Payment { reference, attempt, standing });
    }

    /// What the shopper, a bank or time makes of a payment.
    pub fn becomes(&mut self, ordinal: u64, fate: Fate) {
        if let Some(payment) = self.payments.get_mut(&ordinal) {
            payment.fate = fate;
            if fate == Fate::Authorised {
                payment.authorised = payment.asked.minor;
            }
            self.tell(ordinal);
        }
    }

    /// What a payment that the shopper makes becomes.
    pub fn paid(&self, ordinal: u64) -> Fate {
        match self.payments[&ordinal].capture {
            CaptureAt::Placing => Fate::Captured,
            CaptureAt::Shipping => Fate::Authorised,
        }
    }

    pub fn ordinals_in(&self, fates: &[Fate]) -> Vec<u64> {
        self.payments.iter().filter(|(_, payment)| fates.contains(&payment.fate)).map(|(ordinal, _)| *ordinal).collect()
    }

    pub fn refunds_on_their_way(&self) -> Vec<(u64, RefundId)> {
        let of = |(ordinal, payment): (&u64, &Payment)| {
            let waiting = payment.refunds.iter().filter(|(_, giving)| giving.state == Given::OnItsWay);
            waiting.map(|(id, _)| (*ordinal, *id)).collect::<Vec<_>>()
        };
        self.payments.iter().flat_map(of).collect()
    }

    /// The shopper's bank has taken the money, or sends it back.
    pub fn refund_ends(&mut self, (ordinal, id): (u64, RefundId), given: Given) {
        if let Some(giving) = self.payments.get_mut(&ordinal).and_then(|payment| payment.refunds.get_mut(&id)) {
            giving.state = given;
            let outcome = outcome(id, given);
            self.write(ordinal, News::Refund { refund: id, outcome });
        }
    }

    fn starts(&mut self, ordinal: u64) -> Started {
        let chance = roll(&[self.seed, ordinal, 88]);
        let is_heard = self.payments[&ordinal].fate == Fate::Unheard;
        if is_heard {
            self.payments.entry(ordinal).and_modify(|payment| payment.fate = Fate::Open);
            if self.is_faulty && chance < 5 {
                self.payments.entry(ordinal).and_modify(|payment| payment.fate = Fate::Declined);
            } else if self.is_faulty && chance < 12 {
                let fate = self.paid(ordinal);
                self.becomes(ordinal, fate);
            }
        }
        let (payment, reference) = (&self.payments[&ordinal], format!("sim-{ordinal}"));
        match payment.standing() {
            Standing::Pending => Started::Redirect { url: format!("https://pay.test/{reference}"), reference },
            Standing::Failed { reason } if chance < 5 => Started::Declined { reason },
            standing => Started::Settled { reference, standing },
        }
    }

    fn captures(&mut self, ordinal: u64, request: &CaptureRequest) -> Outcome {
        let refuses = self.is_faulty && roll(&[self.seed, ordinal, 99, request.amount.minor as u64]) < 3;
        let Some(payment) = self.payments.get_mut(&ordinal) else { return Outcome::refused("no such payment") };
        if let Some(known) = payment.captures.get(&request.capture) {
            return if known.is_some() { Outcome::done() } else { Outcome::refused("the bank said no") };
        }
        let left = payment.authorised - payment.captured();
        let stands = matches!(payment.fate, Fate::Authorised | Fate::Captured) && !payment.is_closed;
        if refuses || !stands || request.amount.minor > left {
            payment.captures.insert(request.capture, None);
            return Outcome::refused("the bank said no");
        }
        payment.captures.insert(request.capture, Some(request.amount.minor));
        payment.fate = Fate::Captured;
        payment.is_closed |= request.is_final;
        self.tell(ordinal);
        Outcome::done()
    }

    fn voids(&mut self, ordinal: u64) -> Outcome {
        let Some(payment) = self.payments.get_mut(&ordinal) else { return Outcome::refused("no such payment") };
        match payment.fate {
            Fate::Unheard | Fate::Open | Fate::Authorised => {
                payment.fate = Fate::Voided;
                self.tell(ordinal);
                Outcome::done()
            }
            Fate::Voided => Outcome::done(),
            Fate::Captured if payment.captured() < payment.authorised => {
                payment.is_closed = true;
                Outcome::done()
            }
            Fate::Captured | Fate::Processing | Fate::Declined | Fate::Expired => Outcome::refused("it can't be let go of"),
        }
    }

    fn refunds(&mut self, ordinal: u64, request: &RefundRequest) -> Outcome {
        let chance = if self.is_faulty { roll(&[self.seed, ordinal, 66, request.amount.minor as u64]) } else { 50 };
        let Some(payment) = self.payments.get_mut(&ordinal) else { return Outcome::refused("no such payment") };
        if let Some(known) = payment.refunds.get(&request.refund) {
            return outcome(request.refund, known.state);
        }
        let amount = request.amount.minor;
        let state = match chance {
            _ if amount > payment.captured() - payment.promised() => Given::Refused,
            0..3 => Given::Refused,
            3..23 => Given::OnItsWay,
            _ => Given::Back,
        };
        payment.refunds.insert(request.refund, Giving { amount, state });
        outcome(request.refund, state)
    }
}

fn outcome(id: RefundId, given: Given) -> Outcome {
    let reference = Some(format!("refund-{id}"));
    match given {
        Given::Back => Outcome::Succeeded { reference },
        Given::OnItsWay => Outcome::Pending { reference },
        Given::Refused => Outcome::refused("the bank would not take it"),
    }
}

#[async_trait]
impl Gateway for Provider {
    fn code(&self) -> &'static str {
        "sandbox"
    }

    fn name(&self) -> &str {
        "Simulated Pay"
    }

    fn description(&self) -> &str {
        "A provider of the simulation."
    }

    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError> {
        let ordinal = {
            let mut books = self.books();
            let next = books.payments.len() as u64 + 1;
            let ordinal = *books.ordinals.entry(request.attempt).or_insert(next);
            books.payments.entry(ordinal).or_insert_with(|| Payment {
                attempt: request.attempt,
                asked: request.amount,
                capture: request.capture,
                fate: Fate::Unheard,
                authorised: 0,
                is_closed: false,
                captures: BTreeMap::new(),
                refunds: BTreeMap::new(),
                asked_times: BTreeMap::new(),
            });
            ordinal
        };
        assert_eq!(self.books().payments[&ordinal].asked, request.amount, "one key, one request");
        self.ask(ordinal, START, |books| books.starts(ordinal)).await
    }

    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError> {
        let ordinal = self.ordinal(reference)?;
        self.ask(ordinal, STANDING, |books| books.payments.get(&ordinal).map_or(Standing::Pending, Payment::standing)).await
    }

    async fn capture(&self, request: &CaptureRequest) -> Result<Outcome, GatewayError> {
        let ordinal = self.ordinal(&request.reference)?;
        self.ask(ordinal, CAPTURE, |books| books.captures(ordinal, request)).await
    }

    async fn void(&self, request: &VoidRequest) -> Result<Outcome, GatewayError> {
        let ordinal = self.ordinal(&request.reference)?;
        self.ask(ordinal, VOID, |books| books.voids(ordinal)).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        let Some(reference) = &request.reference else { return Ok(Outcome::refused("no such payment")) };
        let ordinal = self.ordinal(reference)?;
        self.ask(ordinal, REFUND, |books| books.refunds(ordinal, request)).await
    }

    async fn webhook(&self, _: &Headers, _: &[u8]) -> Result<Option<Notice>, GatewayError> {
        Err(GatewayError::NotGenuine("the simulation brings its messages itself".to_owned()))
    }

    async fn list(&self, _: DateTime<Utc>) -> Result<Option<Vec<GatewayPayment>>, GatewayError> {
        let books = self.books();
        let paid = books.payments.iter().filter(|(_, payment)| payment.captured() > 0);
        let listed = |(ordinal, payment): (&u64, &Payment)| GatewayPayment {
            reference: format!("sim-{ordinal}"),
            captured: Money::new(payment.captured(), payment.asked.currency),
            refunded: payment.refunded(),
        };
        Ok(books.is_listing.then(|| paid.map(listed).collect()))
    }
}
