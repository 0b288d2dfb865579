use actix_web::web::{BytesMut, Payload};
use chrono::NaiveDate;
use futures_util::StreamExt;
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    model::{Capture, CaptureMethod, FaultKind, NewPayment, PaymentId, Place, Refund, RefundState},
    rules::{CardNumber, check_cvc, check_expiry},
};
use crate::base::{Currency, Error, Problems, Result, random_token};

/// Bytes of a form: three short fields.
const FORM_LIMIT: usize = 4 * 1024;

/// Reads a form of the hosted page. Unknown fields are ignored.
///
/// # Errors
/// `TooLarge` beyond 4 KB, `Invalid` for what is no form.
pub async fn read_form<T: DeserializeOwned>(payload: Payload) -> Result<T> {
    let body = read_body(payload, FORM_LIMIT).await?;
    serde_html_form::from_bytes(&body)
        .map_err(|error| Error::invalid("", format!("The form was incomplete ({error}). Go back and send it again")))
}

/// # Errors
/// `TooLarge` beyond `limit` bytes, `Invalid` when the body breaks off.
pub async fn read_body(mut payload: Payload, limit: usize) -> Result<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::invalid("", "The request did not arrive whole. Send it again"))?;
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What the shopper typed about the card. Without `Debug`, so that no log can show it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CardForm {
    pub number: String,
    pub expiry: String,
    cvc: String,
}

impl CardForm {
    /// # Errors
    /// A message for each wrong field.
    pub fn parse(&self, today: NaiveDate) -> Result<CardNumber, Problems> {
        let mut problems = Problems::default();
        let number = problems.take("number", CardNumber::parse(&self.number));
        problems.take("expiry", check_expiry(&self.expiry, today));
        problems.take("cvc", check_cvc(&self.cvc));
        number.filter(|_| problems.is_empty()).ok_or(problems)
    }
}

/// What the shopper answers to the bank.
#[derive(Deserialize)]
pub struct VerificationForm {
    pub answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Confirm,
    Refuse,
}

/// `POST /payments` as it comes.
#[derive(Deserialize)]
pub struct PaymentInput {
    /// In minor units.
    amount: i64,
    currency: String,
    description: String,
    return_url: String,
    webhook_url: String,
    #[serde(default)]
    capture: CaptureMethod,
    #[serde(default)]
    metadata: String,
}

impl PaymentInput {
    /// # Errors
    /// A message for each wrong field.
    pub fn parse(&self, idempotency_key: String) -> Result<NewPayment, Problems> {
        let mut problems = Problems::default();
        let amount = problems.take("amount", parse_amount(self.amount));
        let currency = problems.take("currency", Currency::parse(&self.currency));
        let description = problems.take("description", parse_description(&self.description));
        let return_url = problems.take("return_url", parse_url(&self.return_url));
        let webhook_url = problems.take("webhook_url", parse_url(&self.webhook_url));
        let metadata = problems.take("metadata", parse_metadata(&self.metadata));
        let payment = || {
            Some(NewPayment {
                id: PaymentId::random(),
                idempotency_key,
                amount: amount?,
                currency: currency?,
                description: description?,
                return_url: return_url?,
                webhook_url: webhook_url?,
                capture: self.capture,
                metadata: metadata?,
            })
        };
        payment().ok_or(problems)
    }
}

fn parse_amount(minor: i64) -> Result<i64, &'static str> {
    if minor > 0 { Ok(minor) } else { Err("Give an amount greater than 0, in minor units") }
}

fn parse_metadata(text: &str) -> Result<String, &'static str> {
    if text.len() <= 200 && !text.chars().any(char::is_control) { Ok(text.to_owned()) } else { Err("Give 200 characters at most") }
}

fn parse_description(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err("Give a description of 1 to 200 characters on one line") }
}

/// Only http and https: the address becomes a link, and `javascript:` must not.
fn parse_url(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= 2000);
    url.map(String::from).ok_or("Give an absolute http or https URL of 2000 characters at most")
}

/// `POST /payments/{id}/refunds` as it comes.
#[derive(Deserialize)]
pub struct RefundInput {
    /// In minor units.
    amount: i64,
    #[serde(default)]
    metadata: String,
}

impl RefundInput {
    /// # Errors
    /// A message for the amount.
    pub fn parse(&self, payment_id: PaymentId, idempotency_key: String) -> Result<Refund, Problems> {
        let amount = parse_amount(self.amount).map_err(|message| Problems::of("amount", message))?;
        let metadata = parse_metadata(&self.metadata).map_err(|message| Problems::of("metadata", message))?;
        Ok(Refund { id: format!("re_{}", random_token(24)), payment_id, idempotency_key, amount, state: RefundState::Succeeded, metadata })
    }
}

/// `POST /payments/{id}/captures` as it comes.
#[derive(Deserialize)]
pub struct CaptureInput {
    /// In minor units.
    amount: i64,
    #[serde(default, rename = "final")]
    is_final: bool,
}

impl CaptureInput {
    /// # Errors
    /// A message for the amount.
    pub fn parse(&self, payment_id: PaymentId, idempotency_key: String) -> Result<Capture, Problems> {
        let amount = parse_amount(self.amount).map_err(|message| Problems::of("amount", message))?;
        Ok(Capture { id: format!("cap_{}", random_token(24)), payment_id, idempotency_key, amount, is_final: self.is_final })
    }
}

/// Faults to arm, as typed on the control page or sent by a program.
#[derive(Deserialize)]
pub struct FaultInput {
    pub place: Place,
    pub kind: FaultKind,
    #[serde(default = "one")]
    times: i32,
}

fn one() -> i32 {
    1
}

impl FaultInput {
    /// How often it strikes.
    ///
    /// # Errors
    /// A message for the wrong field.
    pub fn times(&self) -> Result<i32, Problems> {
        if (self.place == Place::Webhook) != self.kind.is_of_webhook() {
            return Err(Problems::of("kind", "Choose a fault that fits the place: webhooks have faults of their own"));
        }
        if (1..=1000).contains(&self.times) { Ok(self.times) } else { Err(Problems::of("times", "Enter a whole number from 1 to 1000")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(number: &str, expiry: &str, cvc: &str) -> Result<CardNumber, Problems> {
        let form = CardForm { number: number.to_owned(), expiry: expiry.to_owned(), cvc: cvc.to_owned() };
        form.parse(NaiveDate::from_ymd_opt(2027, 1, 15).unwrap())
    }

    #[test]
    fn each_wrong_field_of_a_card_has_its_own_message_in_the_order_of_the_form() {
        assert!(card("4242424242424242", "12/30", "123").is_ok());
        let problems = card("4242424242424241", "", "1").err().unwrap();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["number", "expiry", "cvc"]);
    }

    #[test]
    fn a_right_number_with_a_wrong_code_is_not_taken() {
        assert!(card("4242424242424242", "12/30", "").is_err());
    }

    fn payment(change: impl FnOnce(&mut PaymentInput)) -> Result<NewPayment, Problems> {
        let mut input = PaymentInput {
            amount: 7227,
            currency: "GBP".to_owned(),
            description: "Order K7QX-2M4D".to_owned(),
            return_url: "https://shop.example/checkout/return".to_owned(),
            webhook_url: "http://127.0.0.1:8080/webhooks/sandbox".to_owned(),
            capture: CaptureMethod::Automatic,
            metadata: String::new(),
        };
        change(&mut input);
        input.parse("key".to_owned())
    }

    #[test]
    fn a_payment_needs_an_amount_a_currency_words_and_web_addresses() {
        assert_eq!(payment(|_| {}).unwrap().amount, 7227);
        let refused = |field: &str, change: fn(&mut PaymentInput)| payment(change).unwrap_err().on(field).is_some();
        assert!(refused("amount", |input| input.amount = 0));
        assert!(refused("currency", |input| input.currency = "pounds".to_owned()));
        assert!(refused("description", |input| input.description = "two\nlines".to_owned()));
        assert!(refused("return_url", |input| input.return_url = "javascript:alert(1)".to_owned()));
        assert!(refused("webhook_url", |input| input.webhook_url = "/webhooks".to_owned()));
    }
}
