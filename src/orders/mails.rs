//! What customers are told by mail.

mod returns;

use super::model::{Contents, Order, OrderDetail, Return, Shipment};
use crate::{
    base::{Conn, Money, Result},
    mail::{self, Envelope, Letter, letter},
    settings::{self, Store},
};

pub use returns::{ReturnStep, order_return};

/// Where the shop is on the web, for links in mails. From the setting, never from a request.
#[derive(Clone, Debug)]
pub struct Links {
    base: String,
}

impl Links {
    pub fn new(base: &url::Url) -> Self {
        Self { base: base.as_str().trim_end_matches('/').to_owned() }
    }

    /// The shop's address without a slash at its end.
    pub fn site(&self) -> &str {
        &self.base
    }

    pub fn order(&self, order: &Order) -> String {
        self.at(&order.mailed_path())
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// A letter about an order.
macro_rules! mail {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? }, $text:literal, $html:literal) => {
        letter!(
            $(#[$doc])*
            $name { store: &'a Store, detail: &'a OrderDetail, order_url: &'a str, $($field: $type,)* },
            $text,
            $html
        );
    };
}

mail!(
    /// Sent when the order is paid, or placed where payment comes later.
    OrderPlaced { awaits_payment: bool },
    "mail/order_placed/body.txt",
    "mail/order_placed/body.html"
);
mail!(OrderShipped { shipment: Shipment, contents: Contents }, "mail/order_shipped/body.txt", "mail/order_shipped/body.html");
mail!(OrderDelivered { shipment: Shipment }, "mail/order_delivered/body.txt", "mail/order_delivered/body.html");
mail!(
    /// Sent once: who tries again stands before the answer.
    PaymentFailed { reason: String },
    "mail/payment_failed/body.txt",
    "mail/payment_failed/body.html"
);
mail!(OrderCancelled { refund: Option<Money>, reason: String }, "mail/order_cancelled/body.txt", "mail/order_cancelled/body.html");
mail!(
    /// `amount`: what came beyond the order's price and goes back.
    OrderOverpaid { amount: Money },
    "mail/order_overpaid/body.txt",
    "mail/order_overpaid/body.html"
);
mail!(OrderRefunded { amount: Money, as_credit: bool }, "mail/order_refunded/body.txt", "mail/order_refunded/body.html");

mail!(
    /// For an order that staff put together.
    PaymentLink {},
    "mail/payment_link/body.txt",
    "mail/payment_link/body.html"
);
mail!(
    /// `due`: what the customer is asked to pay, if anything; `refund`: what goes back, if anything.
    OrderChanged { due: Option<Money>, refund: Option<Money>, changes: Vec<String> },
    "mail/order_changed/body.txt",
    "mail/order_changed/body.html"
);

mail!(
    /// For an order that is made in place of what came back. `words`: what becomes of the money, a paragraph each.
    ExchangeMade { words: Vec<String>, pays_by_link: bool },
    "mail/exchange_made/body.txt",
    "mail/exchange_made/body.html"
);

fn send(conn: &mut Conn, letter: &impl Letter, detail: &OrderDetail, store: &Store, kind: &'static str, subject: String) -> Result<()> {
    let (about, recipient) = (detail.order.number.clone(), detail.order.email.as_str());
    mail::post(conn, letter, Envelope { kind, about, sender: store.sender(), recipient, subject }).map(|_| ())
}

/// `awaits_payment`: the mail says how to pay.
pub fn order_placed(conn: &mut Conn, links: &Links, detail: &OrderDetail, awaits_payment: bool) -> Result<()> {
    let store = settings::store(conn)?;
    let mail = OrderPlaced { store: &store, detail, order_url: &links.order(&detail.order), awaits_payment };
    let subject = format!("Your order {} at {}", detail.order.number, store.name);
    send(conn, &mail, detail, &store, "order_placed", subject)
}

/// One of the order's parcels has left, or waits to be picked up.
pub fn order_shipped(conn: &mut Conn, links: &Links, detail: &OrderDetail, shipment: Shipment, contents: Contents) -> Result<()> {
    let store = settings::store(conn)?;
    let number = &detail.order.number;
    let subject = match (detail.order.is_pickup, contents.is_whole) {
        (true, true) => format!("Your order {number} is ready to be picked up"),
        (true, false) => format!("A part of your order {number} is ready to be picked up"),
        (false, true) => format!("Your order {number} is on its way"),
        (false, false) => format!("A parcel of your order {number} is on its way"),
    };
    let mail = OrderShipped { store: &store, detail, order_url: &links.order(&detail.order), shipment, contents };
    send(conn, &mail, detail, &store, "order_shipped", subject)
}

pub fn order_delivered(conn: &mut Conn, links: &Links, detail: &OrderDetail, shipment: Shipment) -> Result<()> {
    let store = settings::store(conn)?;
    let mail = OrderDelivered { store: &store, detail, order_url: &links.order(&detail.order), shipment };
    let subject = format!("Your order {} has arrived", detail.order.number);
    send(conn, &mail, detail, &store, "order_delivered", subject)
}

/// The order is kept and can be paid again. Told once for each order.
pub fn payment_failed(conn: &mut Conn, links: &Links, detail: &OrderDetail) -> Result<()> {
    if mail::about(conn, &detail.order.number)?.iter().any(|mail| mail.kind == "payment_failed") {
        return Ok(());
    }
    let store = settings::store(conn)?;
    let reason = detail.attempts.first().and_then(|attempt| attempt.failure.clone()).unwrap_or_default();
    let mail = PaymentFailed { store: &store, detail, order_url: &links.order(&detail.order), reason };
    let subject = format!("The payment for your order {} did not go through", detail.order.number);
    send(conn, &mail, detail, &store, "payment_failed", subject)
}

/// `refund`: what is given back, if anything was paid.
pub fn order_cancelled(conn: &mut Conn, links: &Links, detail: &OrderDetail, refund: Option<Money>, reason: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let mail = OrderCancelled { store: &store, detail, order_url: &links.order(&detail.order), refund, reason: reason.to_owned() };
    let subject = format!("Your order {} is cancelled", detail.order.number);
    send(conn, &mail, detail, &store, "order_cancelled", subject)
}

pub fn order_refunded(conn: &mut Conn, links: &Links, detail: &OrderDetail, amount: Money, as_credit: bool) -> Result<()> {
    let store = settings::store(conn)?;
    let mail = OrderRefunded { store: &store, detail, order_url: &links.order(&detail.order), amount, as_credit };
    let subject = format!("Your refund for order {}", detail.order.number);
    send(conn, &mail, detail, &store, "order_refunded", subject)
}

/// More was paid than the order costs; `amount` goes back.
pub fn order_overpaid(conn: &mut Conn, links: &Links, detail: &OrderDetail, amount: Money) -> Result<()> {
    let store = settings::store(conn)?;
    let mail = OrderOverpaid { store: &store, detail, order_url: &links.order(&detail.order), amount };
    let subject = format!("{amount} too much was paid for your order {} and goes back", detail.order.number);
    send(conn, &mail, detail, &store, "order_overpaid", subject)
}

/// `changes`: what is different, a sentence each.
pub fn order_changed(conn: &mut Conn, links: &Links, detail: &OrderDetail, refund: Option<Money>, changes: Vec<String>) -> Result<()> {
    let store = settings::store(conn)?;
    let due = Some(detail.due()).filter(|due| !due.is_zero());
    let mail = OrderChanged { store: &store, detail, order_url: &links.order(&detail.order), due, refund, changes };
    let subject = match due {
        Some(due) => format!("Your order {} has changed: {due} to pay", detail.order.number),
        None => format!("Your order {} has changed", detail.order.number),
    };
    send(conn, &mail, detail, &store, "order_changed", subject)
}

pub fn payment_link(conn: &mut Conn, links: &Links, detail: &OrderDetail) -> Result<()> {
    let store = settings::store(conn)?;
    let mail = PaymentLink { store: &store, detail, order_url: &links.order(&detail.order) };
    let subject = format!("Pay for your order {} at {}", detail.order.number, store.name);
    send(conn, &mail, detail, &store, "payment_link", subject)
}

/// `detail`: the order with the goods that the customer gets instead. `surplus`: what of the return's worth is left.
pub fn exchange_made(
    conn: &mut Conn,
    links: &Links,
    detail: &OrderDetail,
    rma: &Return,
    surplus: Money,
    surplus_as_credit: bool,
) -> Result<()> {
    let store = settings::store(conn)?;
    let due = detail.due();
    let pays_by_link = detail.order.pay_before.is_some();
    let words = exchange_words(detail, rma, surplus, surplus_as_credit);
    let mail = ExchangeMade { store: &store, detail, order_url: &links.order(&detail.order), words, pays_by_link };
    let subject = match due.is_zero() {
        true => format!("Your exchange for return {} is being packed", rma.number),
        false => format!("Your exchange for return {}: {due} to pay", rma.number),
    };
    send(conn, &mail, detail, &store, "exchange_made", subject)
}

fn exchange_words(detail: &OrderDetail, rma: &Return, surplus: Money, surplus_as_credit: bool) -> Vec<String> {
    let (order, due) = (&detail.order, detail.due());
    let mut words = vec![format!("return {} is settled: you get other goods instead, as order {}.", rma.number, order.number)];
    if rma.exchanged > 0 {
        words.push(format!("What you sent back pays {} of it.", order.money(&rma.exchanged)));
    }
    words.push(match (due.is_zero(), order.pay_before.is_some()) {
        (true, _) => "Nothing is left to pay. We are packing it, and you will get one more mail when it leaves.".to_owned(),
        (false, true) => format!("{due} is left to pay. Your things are kept for you, and leave once it is paid."),
        (false, false) => format!("{due} is left to pay. How to pay it stands on your order's page."),
    });
    if !surplus.is_zero() {
        words.push(match surplus_as_credit {
            true => format!("The {surplus} that are left stand in your account as store credit."),
            false => format!("The {surplus} that are left go back to you, the way you paid."),
        });
    }
    words
}
