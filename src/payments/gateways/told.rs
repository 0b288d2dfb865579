//! What providers' messages tell, tried with whatever may be sent.

use super::{paypal, sandbox, stripe};
use crate::payments::gateway::{GatewayError, Notice};

/// What a message of a provider tells once it is known to be genuine. For `fuzz/` alone: the shop itself reads no message that is not
/// signed, so that nothing random would ever come this far.
///
/// # Errors
/// `Unknown` for what can't be read, `NotGenuine` for a provider that sends none.
pub fn told_by(gateway: &str, message: &[u8]) -> Result<Option<Notice>, GatewayError> {
    match gateway {
        "stripe" => stripe::events::notice(message),
        "paypal" => paypal::events::notice(message),
        "sandbox" => sandbox::notice(message),
        _ => Err(GatewayError::NotGenuine("it sends no messages".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection, prelude::*, sample};
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::{
        base::Keys,
        payments::gateway::{Headers, News},
    };

    const PROVIDERS: [&str; 3] = ["stripe", "paypal", "sandbox"];
    const NOW: i64 = 1_800_000_000;

    /// Names that stand in messages of one provider or another.
    const NAMES: &[&str] = &[
        "id",
        "type",
        "event_type",
        "data",
        "object",
        "resource",
        "payment",
        "refund",
        "state",
        "status",
        "payment_status",
        "amount",
        "amount_total",
        "amount_received",
        "amount_capturable",
        "captured",
        "currency",
        "client_reference_id",
        "metadata",
        "attempt",
        "custom_id",
        "purchase_units",
        "supplementary_data",
        "related_ids",
        "order_id",
        "failure",
    ];

    const WORDS: &[&str] = &[
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "payment_intent.canceled",
        "refund.updated",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.APPROVED",
        "payment.captured",
        "paid",
        "succeeded",
        "captured",
        "open",
        "declined",
        "GBP",
        "gbp",
        "xxx",
        "0198c0de-0000-7000-8000-000000000001",
        "",
    ];

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            sample::select(WORDS).prop_map(Value::from),
            prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), any::<i64>()].prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 40, 8, |inner| {
            prop_oneof![collection::vec(inner.clone(), 0..3).prop_map(Value::from), objects(inner).prop_map(Value::Object)]
        })
    }

    fn objects(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
        let fields = collection::vec((sample::select(NAMES), inner), 0..8);
        fields.prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Messages with the outline of a real one and anything within, and mere bytes.
    fn messages() -> impl Strategy<Value = Vec<u8>> {
        let kinds = sample::select(&WORDS[..8]);
        let outlined = (kinds, objects(values())).prop_map(|(kind, within)| {
            json!({ "id": "evt_1", "type": kind, "event_type": kind, "data": { "object": within }, "resource": within, "payment": within })
        });
        prop_oneof![
            4 => outlined.prop_map(|message| message.to_string().into_bytes()),
            2 => values().prop_map(|message| message.to_string().into_bytes()),
            1 => any::<Vec<u8>>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn whatever_a_message_holds_it_is_read_as_it_names_itself_or_refused(message in messages()) {
            for provider in PROVIDERS {
                match told_by(provider, &message) {
                    Ok(Some(Notice { event_id, news })) => {
                        let said: Value = serde_json::from_slice(&message).unwrap();
                        prop_assert_eq!(said["id"].as_str(), Some(&*event_id), "{}", provider);
                        let is_named = |id: &str| said.to_string().to_lowercase().contains(&id.to_lowercase());
                        prop_assert!(match news {
                            News::Payment { attempt: Some(attempt), .. } => is_named(&attempt.to_string()),
                            News::Payment { reference: Some(reference), .. } => said.to_string().contains(&Value::from(reference).to_string()),
                            News::Payment { .. } => false,
                            News::Refund { refund, .. } => is_named(&refund.to_string()),
                        }, "{} tells of what the message does not name", provider);
                    }
                    Ok(None) => {}
                    Err(error) => prop_assert!(matches!(error, GatewayError::Unknown(_)), "{}", error),
                }
            }
        }

        #[test]
        fn nothing_is_genuine_but_what_was_signed(body in any::<Vec<u8>>(), other in any::<Vec<u8>>(), header in "(t=[0-9]{0,12}|v1=[0-9a-f]{0,64}|,|=|\\PC{0,5}){0,6}") {
            prop_assume!(body != other);
            let right = format!("t={NOW},v1={}", Keys::sign_with(b"secret", &[format!("{NOW}.").as_bytes(), &*body].concat()));
            for verify in [stripe::events::verify, sandbox::verify] {
                prop_assert!(verify("secret", &right, &body, NOW).is_ok());
                let refused = [verify("secret", &right, &other, NOW), verify("another", &right, &body, NOW), verify("secret", &header, &body, NOW)];
                for refusal in refused {
                    prop_assert!(matches!(refusal, Err(GatewayError::NotGenuine(_))));
                }
            }
        }

        #[test]
        fn what_is_sent_to_be_checked_holds_one_message_and_our_own_id(message in messages(), cut in 0..4usize) {
            let names = ["paypal-auth-algo", "paypal-cert-url", "paypal-transmission-id", "paypal-transmission-sig", "paypal-transmission-time"];
            let headers: Headers = names.into_iter().map(|name| (name, "x")).collect();
            let message = [&message[..message.len().saturating_sub(cut)], b"},\"webhook_id\":\"theirs\"".get(..cut * 8).unwrap_or_default()].concat();
            if let Ok(body) = paypal::events::verification(&headers, "ours", &message) {
                let asked: Value = serde_json::from_slice(&body).unwrap();
                prop_assert_eq!(&asked["webhook_id"], "ours");
                prop_assert_eq!(asked.as_object().unwrap().len(), 7);
            }
        }
    }
}
