use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{LocationId, OrderId, OrderLineId, ReturnId, text_enum},
    orders::model::{NewOrder, Order, OrderLine},
    schema::{return_lines, returns},
};

text_enum! {
    pub enum ReturnState {
        Requested = "requested",
        Approved = "approved",
        Declined = "declined",
        Withdrawn = "withdrawn",
        /// It is here and not made good yet.
        Received = "received",
        Closed = "closed",
    }
}

text_enum! {
    /// What the customer would like for it.
    pub enum ReturnWish {
        Refund = "refund",
        StoreCredit = "store_credit",
        Exchange = "exchange",
    }
}

text_enum! {
    /// How a return was made good.
    pub enum Amends {
        Refund = "refund",
        StoreCredit = "store_credit",
        Exchange = "exchange",
        /// Nothing was owed.
        Nothing = "nothing",
    }
}

text_enum! {
    /// Why something goes back.
    pub enum ReturnReason {
        NotWanted = "not_wanted",
        DoesNotFit = "does_not_fit",
        Damaged = "damaged",
        WrongItem = "wrong_item",
        NotAsDescribed = "not_as_described",
        TooLate = "too_late",
        Other = "other",
    }
}

impl ReturnState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Requested => "Asked for",
            Self::Approved => "Approved",
            Self::Declined => "Declined",
            Self::Withdrawn => "Withdrawn",
            Self::Received => "Received",
            Self::Closed => "Closed",
        }
    }

    /// How a badge shows it: `good`, `warn`, `bad` or nothing.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Requested | Self::Received => "warn",
            Self::Approved | Self::Closed => "good",
            Self::Declined => "bad",
            Self::Withdrawn => "",
        }
    }
}

impl ReturnWish {
    /// Those that can be had for an order: store credit needs an account to stand in.
    pub fn open_to(order: &Order) -> Vec<Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|wish| *wish != Self::StoreCredit || order.account_id.is_some()).collect()
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Refund => "Money back",
            Self::StoreCredit => "Store credit",
            Self::Exchange => "An exchange",
        }
    }
}

impl Amends {
    /// After an amount of money.
    pub fn label(self) -> &'static str {
        match self {
            Self::Refund => "the way it was paid",
            Self::StoreCredit => "as store credit",
            Self::Exchange => "as other goods",
            Self::Nothing => "nothing was owed",
        }
    }
}

impl ReturnReason {
    pub fn label(self) -> &'static str {
        match self {
            Self::NotWanted => "Not wanted any more",
            Self::DoesNotFit => "Does not fit",
            Self::Damaged => "Damaged or broken",
            Self::WrongItem => "Not what was ordered",
            Self::NotAsDescribed => "Not as described",
            Self::TooLate => "Came too late",
            Self::Other => "Something else",
        }
    }
}

/// A return, also known by its RMA number.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = returns)]
pub struct Return {
    pub id: ReturnId,
    pub order_id: OrderId,
    /// What goes onto the parcel.
    pub number: String,
    pub state: ReturnState,
    pub wish: ReturnWish,
    pub customer_note: String,
    pub staff_note: String,
    pub requested_by: String,
    /// Minor units of the order's currency.
    pub refunded: i64,
    /// How it was made good; empty until then.
    pub settled_as: String,
    /// Of `refunded`, what paid for other goods.
    pub exchanged: i64,
    /// The order with the goods that the customer got instead.
    pub exchange_order_id: Option<OrderId>,
    pub created_at: DateTime<Utc>,
}

impl Return {
    /// For whoever may see the order.
    pub fn path(&self, order: &Order) -> String {
        format!("{}/returns/{}", order.path(), self.number)
    }

    /// For mails alone: whoever has this may see it, and the order.
    pub fn mailed_path(&self, order: &Order) -> String {
        format!("{}?token={}", self.path(order), order.token)
    }

    pub fn admin_path(&self) -> String {
        format!("/admin/returns/{}", self.number)
    }

    /// The customer may still change their mind.
    pub fn can_be_withdrawn(&self) -> bool {
        matches!(self.state, ReturnState::Requested | ReturnState::Approved)
    }

    pub fn amends(&self) -> Amends {
        self.settled_as.parse().unwrap_or(Amends::Nothing)
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = return_lines)]
pub struct ReturnedLine {
    pub return_id: ReturnId,
    pub order_line_id: OrderLineId,
    pub quantity: i32,
    pub reason: String,
    pub restocked: i32,
    pub scrapped: i32,
    /// Minor units that were paid for the units that came back, with tax.
    pub worth: i64,
    /// Tax within `worth`.
    pub tax: i64,
}

impl ReturnedLine {
    /// Units that really came back.
    pub fn came_back(&self) -> i32 {
        self.restocked + self.scrapped
    }

    pub fn reason_label(&self) -> &'static str {
        self.reason.parse().map_or("", ReturnReason::label)
    }
}

/// A return with its order and what goes back.
#[derive(Clone, Debug)]
pub struct ReturnDetail {
    pub order: Order,
    pub rma: Return,
    pub lines: Vec<(ReturnedLine, OrderLine)>,
    /// The order with the goods that the customer got instead.
    pub exchange: Option<Order>,
}

impl ReturnDetail {
    /// What the customer paid for the units that came back, in minor units.
    pub fn worth(&self) -> i64 {
        self.lines.iter().map(|(line, _)| line.worth).sum()
    }

    pub fn is_received(&self) -> bool {
        matches!(self.rma.state, ReturnState::Received | ReturnState::Closed)
    }
}

/// Other goods in place of those that came back, and what becomes of the money.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub order: NewOrder,
    pub means: Means,
    /// What is left of the return's worth becomes store credit, or goes back the way it was paid.
    pub surplus_as_credit: bool,
}

/// What the worth of a return comes to beside the price of an exchange, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// What it pays of the price.
    pub paid: i64,
    /// What the customer still has to pay.
    pub due: i64,
    /// What is left for the customer.
    pub surplus: i64,
}

/// What somebody asks to send back.
#[derive(Clone, Debug)]
pub struct NewReturn {
    pub lines: Vec<(OrderLineId, i32, ReturnReason)>,
    pub wish: ReturnWish,
    pub note: String,
}

/// What came out of the parcel.
#[derive(Clone, Debug)]
pub struct ReceivedReturn {
    pub lines: Vec<ReceivedLine>,
    /// Where the good ones are put; `None`: the default location.
    pub location: Option<LocationId>,
}

#[derive(Clone, Copy, Debug)]
pub struct ReceivedLine {
    pub line: OrderLineId,
    pub restocked: i32,
    pub scrapped: i32,
}

text_enum! {
    /// A tab of the back office's list.
    pub enum ReturnTab {
        Requested = "requested",
        Approved = "approved",
        Received = "received",
        Closed = "closed",
        Refused = "refused",
        All = "all",
    }
}

impl ReturnTab {
    pub fn label(self) -> &'static str {
        match self {
            Self::Requested => "To decide",
            Self::Approved => "On their way",
            Self::Received => "To make good",
            Self::Closed => "Closed",
            Self::Refused => "Declined or withdrawn",
            Self::All => "All",
        }
    }

    pub fn states(self) -> &'static [ReturnState] {
        match self {
            Self::Requested => &[ReturnState::Requested],
            Self::Approved => &[ReturnState::Approved],
            Self::Received => &[ReturnState::Received],
            Self::Closed => &[ReturnState::Closed],
            Self::Refused => &[ReturnState::Declined, ReturnState::Withdrawn],
            Self::All => ReturnState::ALL,
        }
    }
}
