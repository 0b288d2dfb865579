//! Money that goes back. A refund of PayPal's is of one capture; an order that left in parcels has several, so that one refund of
//! ours may be several of PayPal's. Each is named after ours and its capture, so that asking again finds or repeats it.

use serde_json::json;

use super::{
    Answer, PayPalGateway,
    wire::{Part, Payments, sum, wire_amount},
};
use crate::{
    base::Money,
    payments::gateway::{GatewayError, Outcome, RefundRequest},
};

impl PayPalGateway {
    pub(super) async fn refund_by_capture(&self, payments: &Payments, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        let ours = request.refund.to_string();
        let mut pieces = Pieces::begun(payments, &ours, request.amount)?;
        let mut captures = vec![];
        for capture in payments.captures.iter().filter(|capture| capture.is_captured()) {
            captures.push((capture, payments.left_of(capture)?));
        }
        // None of it rather than a part.
        if pieces.given.is_empty() && captures.iter().map(|(_, left)| left).sum::<i64>() < pieces.left {
            return Ok(Outcome::refused("PayPal has less than that left of this payment"));
        }
        for (capture, left) in captures {
            let piece = pieces.left.min(left);
            if piece > 0 {
                self.refund_piece(&mut pieces, capture, Money::new(piece, request.amount.currency), &ours).await?;
            }
        }
        Ok(pieces.outcome())
    }

    async fn refund_piece(&self, pieces: &mut Pieces, capture: &Part, piece: Money, ours: &str) -> Result<(), GatewayError> {
        let Some(amount) = wire_amount(piece) else {
            pieces.refusal = Some("PayPal can’t refund this amount".to_owned());
            return Ok(());
        };
        let name = format!("{ours}-{}", capture.id);
        let body = json!({ "amount": amount, "invoice_id": name });
        match self.post::<Part>(&["payments", "captures", &capture.id, "refund"], &name, &body).await? {
            Answer::Done(refund) => pieces.add(piece.minor, refund.refund_outcome()),
            Answer::Refused(refusal) => pieces.refusal = Some(refusal.words()),
        }
        Ok(())
    }
}

/// What has been given back of one refund of ours.
struct Pieces {
    /// Minor units that are still to be given back.
    left: i64,
    given: Vec<Outcome>,
    refusal: Option<String>,
}

impl Pieces {
    /// Those that PayPal knows of already.
    fn begun(payments: &Payments, ours: &str, amount: Money) -> Result<Self, GatewayError> {
        let mut pieces = Self { left: amount.minor, given: vec![], refusal: None };
        for refund in payments.refunds.iter().filter(|refund| refund.is_of(ours)) {
            let given = refund.amount.as_ref().map_or(Ok(0), |amount| amount.money().map(|money| money.minor))?;
            pieces.add(given, refund.refund_outcome());
        }
        Ok(pieces)
    }

    fn add(&mut self, amount: i64, outcome: Outcome) {
        if let Outcome::Refused { reason } = outcome {
            self.refusal = Some(reason);
        } else {
            self.left -= amount;
            self.given.push(outcome);
        }
    }

    /// Refused while nothing was given back; pending, to be asked for again, while a part is missing or on its way.
    fn outcome(mut self) -> Outcome {
        match self.given.len() {
            0 => Outcome::refused(self.refusal.unwrap_or_else(|| "PayPal has no captured payment of this amount".to_owned())),
            1 if self.left <= 0 => self.given.remove(0),
            _ if self.left <= 0 && self.given.iter().all(|piece| matches!(piece, Outcome::Succeeded { .. })) => self.given.remove(0),
            _ => Outcome::Pending { reference: None },
        }
    }
}

impl Payments {
    /// Minor units of a capture that have not been given back. A refund names its capture by a link; where there is but one capture,
    /// all are of it.
    fn left_of(&self, capture: &Part) -> Result<i64, GatewayError> {
        let is_of = |refund: &&Part| {
            self.captures.len() == 1 || refund.links.iter().any(|link| link.rel == "up" && link.href.ends_with(&capture.id))
        };
        let stands = |refund: &&Part| !matches!(refund.refund_outcome(), Outcome::Refused { .. });
        let back = sum(self.refunds.iter().filter(is_of).filter(stands))?;
        let came = sum(std::iter::once(capture))?;
        Ok(came.map_or(0, |came| came.minor) - back.map_or(0, |back| back.minor))
    }
}

impl Part {
    /// Whether this refund, or a piece of one, is ours of this name.
    fn is_of(&self, ours: &str) -> bool {
        self.invoice_id.as_deref().is_some_and(|name| name.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    }
}
