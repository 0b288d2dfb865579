//! What is sent to Stripe and what it answers, and what that means.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::super::http::{currency, page_to_pay_at, rescale};
use crate::{
    base::Money,
    payments::gateway::{CaptureAt, GatewayError, GatewayPayment, Outcome, Standing, StartPayment, Started},
};

/// How long a shopper can pay on Stripe's page. Stripe allows 30 minutes to 24 hours.
const SECONDS_TO_PAY: u64 = 2 * 60 * 60;

/// The same for every try of one attempt, since Stripe refuses a key that comes with another body; so the end of the time to pay
/// is reckoned from the attempt's id, which holds the time of its making.
pub(super) fn session_form(request: &StartPayment, amount: i64) -> Vec<(&'static str, String)> {
    let attempt = request.attempt.to_string();
    let begun = request.attempt.0.get_timestamp().map_or(0, |time| time.to_unix().0);
    let capture = if request.capture == CaptureAt::Shipping { "manual" } else { "automatic" };
    vec![
        ("mode", "payment".to_owned()),
        ("client_reference_id", attempt.clone()),
        ("customer_email", request.email.clone()),
        ("success_url", request.return_url.clone()),
        ("cancel_url", request.return_url.clone()),
        ("expires_at", (begun + SECONDS_TO_PAY).to_string()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("line_items[0][price_data][currency]", request.amount.currency.code().to_lowercase()),
        ("line_items[0][price_data][unit_amount]", amount.to_string()),
        ("line_items[0][price_data][product_data][name]", format!("Order {}", request.order_number)),
        ("payment_intent_data[capture_method]", capture.to_owned()),
        ("payment_intent_data[description]", format!("Order {}", request.order_number)),
        ("payment_intent_data[metadata][attempt]", attempt.clone()),
        ("metadata[attempt]", attempt),
        ("metadata[order]", request.order_number.clone()),
    ]
}

/// Digits behind the point in Stripe's amounts (docs.stripe.com/currencies): its list differs from ISO 4217 in a few.
pub(super) fn wire_digits(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// In Stripe's smallest unit; `None` where Stripe can't take the amount: its three-digit currencies end in 0, and ISK and UGX have
/// two digits that must be 0.
pub(super) fn wire_amount(money: Money) -> Option<i64> {
    let code = money.currency.code();
    let digits = wire_digits(code);
    let amount = rescale(money.minor, money.currency.exponent(), digits)?;
    let whole = match (code, digits) {
        (_, 3) => amount % 10 == 0,
        ("ISK" | "UGX", _) => amount % 100 == 0,
        _ => true,
    };
    whole.then_some(amount)
}

pub(super) fn money_of(amount: i64, code: &str) -> Result<Money, GatewayError> {
    super::super::http::money(amount, wire_digits(currency(code)?.code()), code)
}

/// The shopper is sent on only when Stripe asks for what the order says.
pub(super) fn started(session: &Session, asked: Money) -> Result<Started, GatewayError> {
    if money_of(session.amount_total.unwrap_or_default(), session.currency.as_deref().unwrap_or_default())? != asked {
        return Err(GatewayError::unknown("it opened a payment of another amount"));
    }
    if session.payment_intent.is_some() || session.status != "open" {
        return Ok(Started::Settled { reference: session.id.clone(), standing: session.standing()? });
    }
    Ok(Started::Redirect { reference: session.id.clone(), url: page_to_pay_at(session.url.as_deref())? })
}

#[derive(Deserialize)]
pub(super) struct Refusal {
    pub(super) error: ApiError,
}

#[derive(Deserialize)]
pub(super) struct ApiError {
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct Listing {
    pub(super) data: Vec<Session>,
    pub(super) has_more: bool,
}

#[derive(Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    /// `open`, `complete` or `expired`.
    pub(super) status: String,
    pub(super) url: Option<String>,
    pub(super) amount_total: Option<i64>,
    pub(super) currency: Option<String>,
    pub(super) payment_intent: Option<Intent>,
}

impl Session {
    pub(super) fn standing(&self) -> Result<Standing, GatewayError> {
        let is_over = self.status == "expired";
        match &self.payment_intent {
            None if is_over => Ok(Standing::Expired),
            None => Ok(Standing::Pending),
            Some(intent) => match intent.standing()? {
                Standing::Pending if is_over => Ok(Standing::Expired),
                // The shopper is done and the bank said no later, as with a direct debit.
                Standing::Pending if self.status == "complete" && intent.status == "requires_payment_method" => {
                    Ok(Standing::Failed { reason: "The payment was declined".to_owned() })
                }
                standing => Ok(standing),
            },
        }
    }

    /// As our books and Stripe's are compared.
    pub(super) fn listed(&self) -> Result<Option<GatewayPayment>, GatewayError> {
        let Some(intent) = self.payment_intent.as_ref().filter(|intent| intent.amount_received > 0) else { return Ok(None) };
        let refunded = intent.charge().map_or(0, |charge| charge.amount_refunded);
        let captured = money_of(intent.amount_received, &intent.currency)?;
        Ok(Some(GatewayPayment { reference: self.id.clone(), captured, refunded: money_of(refunded, &intent.currency)?.minor }))
    }
}

#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) amount_received: i64,
    #[serde(default)]
    pub(super) amount_capturable: i64,
    pub(super) cancellation_reason: Option<String>,
    /// An object where it was asked to be expanded, else an id.
    #[serde(default)]
    pub(super) latest_charge: Value,
    #[serde(default)]
    pub(super) metadata: Metadata,
}

impl Intent {
    pub(super) fn standing(&self) -> Result<Standing, GatewayError> {
        match self.status.as_str() {
            "succeeded" => Ok(Standing::Captured { amount: money_of(self.amount_received, &self.currency)? }),
            "requires_capture" => {
                let until = self.charge().and_then(|charge| charge.payment_method_details?.card?.capture_before);
                let until = until.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
                Ok(Standing::Authorised { amount: money_of(self.amount_capturable, &self.currency)?, until })
            }
            "canceled" => match self.cancellation_reason.as_deref() {
                Some("automatic" | "expired" | "abandoned") => Ok(Standing::Expired),
                _ => Ok(Standing::Voided),
            },
            // A declined card is no end: the shopper tries another one on the same page.
            "requires_payment_method" | "requires_confirmation" | "requires_action" | "processing" => Ok(Standing::Pending),
            other => Err(GatewayError::Unknown(format!("unknown status {other:?}"))),
        }
    }

    pub(super) fn charge(&self) -> Option<Charge> {
        Charge::deserialize(&self.latest_charge).ok()
    }
}

#[derive(Deserialize)]
pub(super) struct Charge {
    #[serde(default)]
    pub(super) amount_refunded: i64,
    pub(super) payment_method_details: Option<MethodDetails>,
}

#[derive(Deserialize)]
pub(super) struct MethodDetails {
    pub(super) card: Option<CardDetails>,
}

#[derive(Deserialize)]
pub(super) struct CardDetails {
    /// Unix seconds.
    pub(super) capture_before: Option<i64>,
}

#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) attempt: Option<String>,
    pub(super) refund: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) status: Option<String>,
    pub(super) failure_reason: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
}

impl Refund {
    pub(super) fn outcome(&self) -> Outcome {
        match self.status.as_deref() {
            Some("succeeded") => Outcome::Succeeded { reference: Some(self.id.clone()) },
            Some("failed" | "canceled") => {
                Outcome::refused(self.failure_reason.clone().unwrap_or_else(|| "the bank did not take the money back".to_owned()))
            }
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Currency;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn amounts_are_written_as_stripe_counts_them() {
        let wire = |minor, code| wire_amount(money(minor, code));
        assert_eq!((wire(1995, "GBP"), wire(1200, "JPY"), wire(1230, "KWD")), (Some(1995), Some(1200), Some(1230)));
        assert_eq!(wire(1234, "KWD"), None, "three digits end in 0");
        assert_eq!(wire(5, "ISK"), Some(500), "ISK has two digits at Stripe and none in ISO 4217");
        assert_eq!(wire(5, "UGX"), Some(500));
        for (minor, code) in [(1995, "GBP"), (1200, "JPY"), (1230, "KWD"), (5, "ISK")] {
            assert_eq!(money_of(wire(minor, code).unwrap(), &code.to_lowercase()).unwrap(), money(minor, code));
        }
    }

    fn session(status: &str, intent: Value) -> Standing {
        let session = json!({ "id": "cs_1", "status": status, "payment_status": "unpaid", "url": null, "amount_total": 1395,
            "currency": "gbp", "payment_intent": intent });
        Session::deserialize(session).unwrap().standing().unwrap()
    }

    #[test]
    fn a_session_and_its_intent_tell_where_a_payment_stands() {
        let intent = |status: &str| {
            json!({ "id": "pi_1", "status": status, "currency": "gbp", "amount_received": 1395, "amount_capturable": 1395,
                "cancellation_reason": "requested_by_customer", "latest_charge": null })
        };
        assert_eq!(session("open", Value::Null), Standing::Pending);
        assert_eq!(session("expired", Value::Null), Standing::Expired);
        assert_eq!(session("open", intent("requires_payment_method")), Standing::Pending, "another card may follow");
        assert!(matches!(session("complete", intent("requires_payment_method")), Standing::Failed { .. }));
        assert_eq!(session("complete", intent("processing")), Standing::Pending);
        assert_eq!(session("complete", intent("succeeded")), Standing::Captured { amount: money(1395, "GBP") });
        assert_eq!(session("complete", intent("requires_capture")), Standing::Authorised { amount: money(1395, "GBP"), until: None });
        assert_eq!(session("complete", intent("canceled")), Standing::Voided);
    }
}
