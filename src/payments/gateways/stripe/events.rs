//! Stripe's webhooks: whether they are genuine, and what they tell.

use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::{
    super::http::read,
    wire::{Intent, Refund, money_of},
};
use crate::{
    base::{AttemptId, Keys, RefundId},
    payments::gateway::{GatewayError, News, Notice, Standing},
};

/// Seconds that a webhook's signature may be old, or ahead of our clock; Stripe's own libraries take 300.
const TOLERANCE: u64 = 300;

#[derive(Deserialize)]
struct Event {
    id: String,
    r#type: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Value,
}

/// `charge.refunded` tells in one sum what `refund.*` tells one by one, and a failed try with a card is no end; neither is heeded.
pub(in crate::payments::gateways) fn notice(body: &[u8]) -> Result<Option<Notice>, GatewayError> {
    let Event { id, r#type, data } = read(body)?;
    let news = match r#type.as_str() {
        "checkout.session.completed"
        | "checkout.session.expired"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed" => news_of_session(&r#type, &data.object)?,
        "payment_intent.succeeded" | "payment_intent.canceled" | "payment_intent.amount_capturable_updated" => {
            news_of_intent(&data.object)?
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => news_of_refund(&data.object)?,
        _ => None,
    };
    Ok(news.map(|news| Notice { event_id: id, news }))
}

#[derive(Deserialize)]
struct SessionEvent {
    id: String,
    /// `paid`, `unpaid` or `no_payment_required`.
    payment_status: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    client_reference_id: Option<String>,
}

fn news_of_session(kind: &str, object: &Value) -> Result<Option<News>, GatewayError> {
    let session = SessionEvent::deserialize(object).map_err(|error| GatewayError::Unknown(error.to_string()))?;
    let Some(attempt) = session.client_reference_id.as_deref().and_then(|id| id.parse().ok()) else { return Ok(None) };
    let paid = || money_of(session.amount_total.unwrap_or_default(), session.currency.as_deref().unwrap_or_default());
    let standing = match kind {
        "checkout.session.expired" => Standing::Expired,
        "checkout.session.async_payment_failed" => Standing::Failed { reason: "The payment was declined".to_owned() },
        _ if session.payment_status == "paid" => Standing::Captured { amount: paid()? },
        // Set aside, or still on its way: the PaymentIntent's own events tell, and asking does.
        _ => Standing::Pending,
    };
    Ok(Some(News::Payment { reference: Some(session.id), attempt: Some(attempt), standing }))
}

/// An event of a PaymentIntent does not name the session; our own id stands in its metadata.
fn news_of_intent(object: &Value) -> Result<Option<News>, GatewayError> {
    let intent = Intent::deserialize(object).map_err(|error| GatewayError::Unknown(error.to_string()))?;
    let attempt: Option<AttemptId> = intent.metadata.attempt.as_deref().and_then(|id| id.parse().ok());
    let standing = intent.standing()?;
    Ok(attempt.map(|attempt| News::Payment { reference: None, attempt: Some(attempt), standing }))
}

/// Refunds that were made in Stripe's Dashboard have no id of ours; comparing the books finds them.
fn news_of_refund(object: &Value) -> Result<Option<News>, GatewayError> {
    let refund = Refund::deserialize(object).map_err(|error| GatewayError::Unknown(error.to_string()))?;
    let ours: Option<RefundId> = refund.metadata.refund.as_deref().and_then(|id| id.parse().ok());
    Ok(ours.map(|id| News::Refund { refund: id, outcome: refund.outcome() }))
}

/// Checks `Stripe-Signature: t=<Unix seconds>,v1=<HMAC-SHA256 in hex of "t.body">` in constant time. While a secret is being
/// replaced there are several `v1`, of which one must be right.
pub(in crate::payments::gateways) fn verify(secret: &str, header: &str, body: &[u8], now: i64) -> Result<(), GatewayError> {
    let not_genuine = |why: &str| Err(GatewayError::NotGenuine(why.to_owned()));
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let at = parts().find(|(name, _)| *name == "t").map(|(_, value)| value);
    let (Some(at), false) = (at, secret.is_empty()) else { return not_genuine("no readable signature") };
    let right = Keys::sign_with(secret.as_bytes(), &[at.as_bytes(), b".", body].concat());
    let is_right = parts().filter(|(name, _)| *name == "v1").any(|(_, given)| bool::from(right.as_bytes().ct_eq(given.as_bytes())));
    match at.parse::<i64>() {
        _ if !is_right => not_genuine("wrong signature"),
        Ok(at) if at.abs_diff(now) <= TOLERANCE => Ok(()),
        _ => not_genuine("stale signature"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn v1(secret: &str, at: i64) -> String {
        Keys::sign_with(secret.as_bytes(), format!("{at}.{{}}").as_bytes())
    }

    #[test]
    fn any_of_several_signatures_may_be_right_within_five_minutes() {
        let both = format!("t={NOW},v1={},v1={},v0=x", v1("old", NOW), v1("new", NOW));
        assert!(verify("new", &both, b"{}", NOW).is_ok() && verify("old", &both, b"{}", NOW + 300).is_ok());
        let refusal = |secret: &str, header: &str, now| verify(secret, header, b"{}", now).unwrap_err().to_string();
        assert!(refusal("new", &both, NOW + 301).contains("stale") && refusal("new", &both, NOW - 301).contains("stale"));
        assert!(refusal("another", &both, NOW).contains("wrong"));
        assert!(refusal("new", &format!("t={NOW},v0={}", v1("new", NOW)), NOW).contains("wrong"), "v0 is no signature");
        assert!(refusal("", &format!("t={NOW},v1={}", v1("", NOW)), NOW).contains("no readable"), "no secret, no trust");
        assert!(verify("new", "", b"{}", NOW).is_err());
    }

    #[test]
    fn events_that_tell_nothing_of_ours_are_passed_over() {
        let told =
            |kind: &str, object: Value| notice(json!({ "id": "evt_1", "type": kind, "data": { "object": object } }).to_string().as_bytes());
        assert_eq!(told("customer.created", json!({})).unwrap(), None);
        assert_eq!(told("refund.updated", json!({ "id": "re_1", "status": "succeeded", "metadata": {} })).unwrap(), None);
        assert!(matches!(notice(b"garbage"), Err(GatewayError::Unknown(_))));
    }
}
