//! PayPal's webhooks: how one is checked, and what it tells.

use serde::Deserialize;
use serde_json::json;

use super::super::http::read;
use crate::{
    base::AttemptId,
    payments::gateway::{GatewayError, Headers, News, Notice, Standing},
};

/// The body of the request that has a webhook verified.
pub(in crate::payments::gateways) fn verification(headers: &Headers, webhook_id: &str, event: &[u8]) -> Result<Vec<u8>, GatewayError> {
    let not_genuine = |why: &str| GatewayError::NotGenuine(why.to_owned());
    let header = |name: &str| headers.get(name).ok_or_else(|| not_genuine("no readable signature"));
    let fields = json!({
        "auth_algo": header("paypal-auth-algo")?,
        "cert_url": header("paypal-cert-url")?,
        "transmission_id": header("paypal-transmission-id")?,
        "transmission_sig": header("paypal-transmission-sig")?,
        "transmission_time": header("paypal-transmission-time")?,
        "webhook_id": webhook_id,
    });
    if webhook_id.is_empty() {
        return Err(not_genuine("no webhook ID is set"));
    }
    // It must be one JSON value, or it could close the object and bring fields of its own.
    serde_json::from_slice::<serde::de::IgnoredAny>(event).map_err(|_| not_genuine("no JSON"))?;
    let mut body = fields.to_string().into_bytes();
    body.pop();
    body.extend_from_slice(b",\"webhook_event\":");
    body.extend_from_slice(event);
    body.push(b'}');
    Ok(body)
}

#[derive(Deserialize)]
struct Event {
    id: String,
    event_type: String,
    #[serde(default)]
    resource: Resource,
}

#[derive(Default, Deserialize)]
struct Resource {
    id: Option<String>,
    custom_id: Option<String>,
    #[serde(default)]
    purchase_units: Vec<EventUnit>,
    supplementary_data: Option<Supplement>,
}

#[derive(Deserialize)]
struct EventUnit {
    custom_id: Option<String>,
}

#[derive(Deserialize)]
struct Supplement {
    related_ids: Option<RelatedIds>,
}

#[derive(Deserialize)]
struct RelatedIds {
    order_id: Option<String>,
}

/// An event tells which payment changed. Its sums are those of a part, so PayPal is asked for the whole.
pub(in crate::payments::gateways) fn notice(body: &[u8]) -> Result<Option<Notice>, GatewayError> {
    let Event { id, event_type, resource } = read(body)?;
    let order_id = match event_type.split('.').take(2).collect::<Vec<_>>().as_slice() {
        ["CHECKOUT", "ORDER"] => resource.id,
        ["PAYMENT", "AUTHORIZATION" | "CAPTURE"] => resource.supplementary_data.and_then(|data| data.related_ids?.order_id),
        _ => return Ok(None),
    };
    let ours = resource.custom_id.or_else(|| resource.purchase_units.into_iter().find_map(|unit| unit.custom_id));
    let attempt: Option<AttemptId> = ours.and_then(|id| id.parse().ok());
    if order_id.is_none() && attempt.is_none() {
        return Ok(None);
    }
    let news = News::Payment { reference: order_id, attempt, standing: Standing::Pending };
    Ok(Some(Notice { event_id: id, news }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_message_can_t_slip_fields_of_its_own_into_its_check() {
        let names =
            ["paypal-auth-algo", "paypal-cert-url", "paypal-transmission-id", "paypal-transmission-sig", "paypal-transmission-time"];
        let headers: Headers = names.into_iter().map(|name| (name, "x")).collect();
        let body = verification(&headers, "WH1", b"{ \"id\":  1 }").unwrap();
        assert!(String::from_utf8(body).unwrap().ends_with(r#""webhook_id":"WH1","webhook_event":{ "id":  1 }}"#), "byte by byte");
        for event in [&b"{},\"webhook_id\":\"other\""[..], b"garbage", b""] {
            assert!(matches!(verification(&headers, "WH1", event), Err(GatewayError::NotGenuine(_))));
        }
        assert!(verification(&Headers::default(), "WH1", b"{}").is_err());
        assert!(verification(&headers, "", b"{}").is_err(), "no webhook ID, no trust");
    }

    #[test]
    fn an_event_names_the_payment_that_changed() {
        let told = |event: Value| notice(event.to_string().as_bytes()).unwrap();
        let of_capture = json!({ "id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED",
            "resource": { "id": "C1", "supplementary_data": { "related_ids": { "order_id": "O1" } } } });
        let news = News::Payment { reference: Some("O1".to_owned()), attempt: None, standing: Standing::Pending };
        assert_eq!(told(of_capture), Some(Notice { event_id: "WH-1".to_owned(), news }));
        assert_eq!(told(json!({ "id": "WH-2", "event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {} })), None);
    }
}
