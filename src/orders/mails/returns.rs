use super::Links;
use crate::{
    base::{Conn, Money, Result},
    mail::{self, Envelope, letter},
    orders::model::{Amends, ReturnDetail},
    settings::{self, Store},
};

/// What happened to a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnStep {
    Requested,
    Approved,
    Declined,
    Received,
    Closed,
}

impl ReturnStep {
    fn kind(self) -> &'static str {
        match self {
            Self::Requested => "return_requested",
            Self::Approved => "return_approved",
            Self::Declined => "return_declined",
            Self::Received => "return_received",
            Self::Closed => "return_closed",
        }
    }

    fn headline(self) -> &'static str {
        match self {
            Self::Requested => "We have your request to return something",
            Self::Approved => "Your return is agreed: please send it",
            Self::Declined => "We can't take your return",
            Self::Received => "Your return is here",
            Self::Closed => "Your return is settled",
        }
    }
}

letter!(
    /// `order_url`: the return's page; `words`: what is to be said of the step, a paragraph each.
    OrderReturn { store: &'a Store, detail: &'a ReturnDetail, step: ReturnStep, words: Vec<String>, order_url: &'a str },
    "mail/order_return/body.txt",
    "mail/order_return/body.html"
);

fn words(store: &Store, detail: &ReturnDetail, step: ReturnStep) -> Vec<String> {
    let number = &detail.rma.number;
    match step {
        ReturnStep::Requested => vec!["Please keep the things until we have answered; that takes a day or two.".to_owned()],
        ReturnStep::Approved => vec![
            format!("Write the number {number} on the parcel and send it to {}, {}.", store.name, store.address_line()),
            "Keep the receipt of the post office until we have told you that it is here.".to_owned(),
        ],
        ReturnStep::Declined => vec!["The things stay yours. If you think we are wrong, write to us.".to_owned()],
        ReturnStep::Received => vec!["We look at what came and make it good within a few days.".to_owned()],
        ReturnStep::Closed => vec![settled(detail)],
    }
}

fn settled(detail: &ReturnDetail) -> String {
    let amount = Money::new(detail.rma.refunded, detail.order.currency);
    match detail.rma.amends() {
        Amends::Refund => format!("We give {amount} back to you, the way you paid. It can take your bank a few days to show it."),
        Amends::StoreCredit => format!("{amount} stands in your account as store credit, to spend at your next order."),
        Amends::Exchange => format!("{amount} went towards the goods that you get instead."),
        Amends::Nothing => "There was nothing to give back for it.".to_owned(),
    }
}

/// Tells the customer how their return stands.
pub fn order_return(conn: &mut Conn, links: &Links, detail: &ReturnDetail, step: ReturnStep) -> Result<()> {
    let store = settings::store(conn)?;
    let order_url = links.at(&detail.rma.mailed_path(&detail.order));
    let letter = OrderReturn { store: &store, detail, step, words: words(&store, detail, step), order_url: &order_url };
    let envelope = Envelope {
        kind: step.kind(),
        about: detail.order.number.clone(),
        sender: store.sender(),
        recipient: &detail.order.email,
        subject: format!("{} ({})", step.headline(), detail.rma.number),
    };
    mail::post(conn, &letter, envelope).map(|_| ())
}
