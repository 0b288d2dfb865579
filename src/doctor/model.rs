use std::fmt;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text},
};

use crate::{
    base::{OrderId, text_enum},
    checkout::{Settled, Till},
    orders::{Fulfilment, Lifecycle},
    payments::{PaymentState, Summary},
};

/// What an examination works with.
#[derive(Clone)]
pub struct Doctor {
    pub till: Till,
}

text_enum! {
    /// The books that are compared.
    pub enum Book {
        Stock = "stock",
        Orders = "orders",
        Money = "money",
        Credits = "credits",
        Promotions = "promotions",
        Reviews = "reviews",
        Gateways = "gateways",
    }
}

impl Book {
    pub fn label(self) -> &'static str {
        match self {
            Self::Stock => "Stock",
            Self::Orders => "Orders",
            Self::Money => "Money ledger",
            Self::Credits => "Gift cards and credit",
            Self::Promotions => "Promotions",
            Self::Reviews => "Reviews",
            Self::Gateways => "Payment providers",
        }
    }
}

/// A difference between two books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub book: Book,
    /// What it is about: an order's number, a SKU, a payment.
    pub about: String,
    /// Both sides, amounts in minor units as they stand in the books.
    pub words: String,
}

impl Finding {
    pub fn new(book: Book, about: impl Into<String>, words: impl Into<String>) -> Self {
        Self { book, about: about.into(), words: words.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}: {}", self.book.label(), self.about, self.words)
    }
}

/// What an examination found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// Books that could not be looked into now, with the reason.
    pub unread: Vec<String>,
    pub orders: i64,
    /// Payments that providers listed or told one by one.
    pub listed: usize,
    /// What was asked about and settled before the books were compared; `None`: nothing was, as on the page.
    pub settled: Option<Settled>,
}

impl Report {
    /// Notes what could not be compared, each thing once though it is looked at twice.
    pub fn not_compared(&mut self, what: String) {
        if !self.unread.contains(&what) {
            self.unread.push(what);
        }
    }

    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Settled { asked, settled, silent }) = self.settled.filter(|settled| settled.asked > 0) {
            writeln!(f, "What was not final: {asked} asked about, {settled} settled now, {silent} without an answer")?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for unread in &self.unread {
            writeln!(f, "Not compared: {unread}")?;
        }
        let differences = match self.findings.len() {
            0 => "no difference".to_owned(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        };
        write!(f, "{differences}; {} orders and {} payments of providers looked at", self.orders, self.listed)
    }
}

/// A difference that SQL found.
#[derive(QueryableByName, Clone, Debug)]
pub struct Found {
    #[diesel(sql_type = Text)]
    pub about: String,
    #[diesel(sql_type = Text)]
    pub words: String,
}

/// What an order's own books say, for working its states out anew.
#[derive(QueryableByName, Clone, Debug)]
pub struct OrderBook {
    #[diesel(sql_type = BigInt)]
    pub id: OrderId,
    #[diesel(sql_type = Text)]
    pub number: String,
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    #[diesel(sql_type = Text)]
    pub lifecycle: Lifecycle,
    #[diesel(sql_type = Text)]
    pub payment_state: PaymentState,
    #[diesel(sql_type = Text)]
    pub fulfilment_state: Fulfilment,
    #[diesel(sql_type = BigInt)]
    pub captured: i64,
    #[diesel(sql_type = BigInt)]
    pub by_credit: i64,
    #[diesel(sql_type = BigInt)]
    pub authorised: i64,
    #[diesel(sql_type = BigInt)]
    pub refunded: i64,
    #[diesel(sql_type = BigInt)]
    pub corrected: i64,
    #[diesel(sql_type = BigInt)]
    pub refunding: i64,
    #[diesel(sql_type = BigInt)]
    pub correcting: i64,
    #[diesel(sql_type = BigInt)]
    pub pending: i64,
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    /// Units ordered, shipped and returned; without gift cards, which no parcel holds.
    #[diesel(sql_type = BigInt)]
    pub ordered: i64,
    #[diesel(sql_type = BigInt)]
    pub shipped: i64,
    #[diesel(sql_type = BigInt)]
    pub returned: i64,
    /// Units in its parcels.
    #[diesel(sql_type = BigInt)]
    pub parcelled: i64,
    #[diesel(sql_type = Bool)]
    pub has_gift_cards: bool,
    /// Its time to pay was over long ago, and it still waits.
    #[diesel(sql_type = Bool)]
    pub is_forgotten: bool,
}

impl OrderBook {
    pub fn money(&self) -> Summary {
        let Self { captured, by_credit, authorised, refunded, corrected, refunding, correcting, pending, failed, .. } = *self;
        Summary { captured, by_credit, authorised, refunded, corrected, refunding, correcting, pending, failed }
    }
}

/// A payment as our books have it, for comparing it with its gateway's.
#[derive(QueryableByName, Clone, Debug)]
pub struct OurPayment {
    #[diesel(sql_type = Text)]
    pub number: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub reference: Option<String>,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = BigInt)]
    pub captured: i64,
    /// Given back for certain.
    #[diesel(sql_type = BigInt)]
    pub refunded: i64,
    /// Asked for and not known.
    #[diesel(sql_type = BigInt)]
    pub refunding: i64,
    /// Begun within the time that the gateway was asked for.
    #[diesel(sql_type = Bool)]
    pub is_recent: bool,
}
