//! What happened to an order, as staff and customers read it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::schema::order_events;

/// An entry of the timeline.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = order_events)]
pub struct Event {
    pub kind: String,
    pub detail: String,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}

impl Event {
    pub fn title(&self) -> &str {
        match self.kind.as_str() {
            "placed" => "Order placed",
            "paid" => "Payment received",
            "authorised" => "Payment set aside",
            "capture_failed" => "Payment could not be taken",
            "overpaid" => "More was paid than the order costs",
            "payment_failed" => "Payment did not go through",
            "shipped" => "Shipped",
            "edited" => "Order changed",
            "ready" => "Ready to be picked up",
            "delivered" => "Delivered",
            "picked_up" => "Picked up",
            "gift_cards_issued" => "Gift cards sent",
            "downloads_sent" => "Download links sent",
            "download_renewed" => "New download link sent",
            "download_ended" => "Download ended",
            "invoiced" => "Invoice issued",
            "credited" => "Credit note issued",
            "claimed" => "Taken over by the customer’s account",
            "note" => "Note",
            "vat_number" => "VAT number",
            "mail_again" => "Mail sent again",
            "cancelled" => "Cancelled",
            "refund_requested" => "Refund on its way",
            "refunded" => "Refunded",
            "refund_failed" => "Refund failed",
            "exchanged" => "In exchange for a return",
            "return_requested" => "Return asked for",
            "return_opened" => "Return agreed",
            "return_approved" => "Return approved",
            "return_declined" => "Return declined",
            "return_withdrawn" => "Return withdrawn",
            "return_received" => "Return received",
            "return_closed" => "Return settled",
            other => other,
        }
    }

    /// The customer reads it too.
    pub fn is_told(&self) -> bool {
        !matches!(self.kind.as_str(), "note" | "mail_again" | "capture_failed" | "claimed" | "vat_number")
    }

    pub fn is_bad(&self) -> bool {
        matches!(self.kind.as_str(), "payment_failed" | "cancelled" | "refund_failed" | "capture_failed")
    }
}
