//! What is sent to PayPal and what it answers, and what that means.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::http::{currency, page_to_pay_at, rescale};
use crate::{
    base::Money,
    payments::gateway::{CaptureAt, GatewayError, Outcome, Standing, StartPayment, Started},
};

pub(super) fn order_json(request: &StartPayment, amount: &Value) -> Value {
    json!({
        "intent": if request.capture == CaptureAt::Shipping { "AUTHORIZE" } else { "CAPTURE" },
        "purchase_units": [{
            "custom_id": request.attempt.to_string(),
            "description": format!("Order {}", request.order_number),
            "amount": amount,
        }],
        "payment_source": { "paypal": { "experience_context": {
            "return_url": request.return_url,
            "cancel_url": request.return_url,
            "user_action": "PAY_NOW",
            // The address is agreed with the shop already.
            "shipping_preference": "NO_SHIPPING",
        } } },
    })
}

/// Digits behind the point in PayPal's amounts (developer.paypal.com, currency codes): three currencies have none there.
pub(super) fn wire_digits(code: &str) -> u32 {
    if matches!(code, "HUF" | "JPY" | "TWD") { 0 } else { 2 }
}

/// `{"currency_code": "GBP", "value": "13.95"}`; `None` where PayPal can't write the amount.
pub(super) fn wire_amount(money: Money) -> Option<Value> {
    let (code, digits) = (money.currency.code(), wire_digits(money.currency.code()));
    let minor = rescale(money.minor, money.currency.exponent(), digits)?;
    let value = if digits == 0 { minor.to_string() } else { format!("{}.{:02}", minor / 100, minor % 100) };
    Some(json!({ "currency_code": code, "value": value }))
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Amount {
    pub(super) currency_code: String,
    pub(super) value: String,
}

impl Amount {
    pub(super) fn money(&self) -> Result<Money, GatewayError> {
        let currency = currency(&self.currency_code)?;
        Money::parse(&self.value, currency).map_err(|_| GatewayError::Unknown(format!("an amount that can't be read: {:?}", self.value)))
    }
}

#[derive(Deserialize)]
pub(super) struct Order {
    pub(super) id: String,
    #[serde(default)]
    pub(super) intent: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) purchase_units: Vec<Unit>,
    #[serde(default)]
    pub(super) links: Vec<LinkTo>,
}

#[derive(Deserialize)]
pub(super) struct LinkTo {
    pub(super) rel: String,
    pub(super) href: String,
}

#[derive(Deserialize)]
pub(super) struct Unit {
    pub(super) payments: Option<Payments>,
}

#[derive(Default, Deserialize)]
pub(super) struct Payments {
    #[serde(default)]
    pub(super) authorizations: Vec<Part>,
    #[serde(default)]
    pub(super) captures: Vec<Part>,
    #[serde(default)]
    pub(super) refunds: Vec<Part>,
}

/// An authorisation, a capture or a refund.
#[derive(Deserialize)]
pub(super) struct Part {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) amount: Option<Amount>,
    pub(super) invoice_id: Option<String>,
    pub(super) expiration_time: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) links: Vec<LinkTo>,
}

impl Order {
    pub(super) fn started(&self) -> Result<Started, GatewayError> {
        let link = self.links.iter().find(|link| matches!(link.rel.as_str(), "payer-action" | "approve"));
        match self.status.as_str() {
            "CREATED" | "PAYER_ACTION_REQUIRED" => {
                Ok(Started::Redirect { reference: self.id.clone(), url: page_to_pay_at(link.map(|link| link.href.as_str()))? })
            }
            // Asked again after the shopper went on already.
            "APPROVED" => Ok(Started::Settled { reference: self.id.clone(), standing: Standing::Pending }),
            _ => Ok(Started::Settled { reference: self.id.clone(), standing: self.standing()? }),
        }
    }

    pub(super) fn standing(&self) -> Result<Standing, GatewayError> {
        match (self.status.as_str(), self.purchase_units.first().and_then(|unit| unit.payments.as_ref())) {
            ("VOIDED", _) => Ok(Standing::Voided),
            ("CREATED" | "SAVED" | "APPROVED" | "PAYER_ACTION_REQUIRED" | "COMPLETED", payments) => {
                payments.map_or(Ok(Standing::Pending), Payments::standing)
            }
            (other, _) => Err(GatewayError::Unknown(format!("unknown status {other:?}"))),
        }
    }
}

impl Payments {
    pub(super) fn standing(&self) -> Result<Standing, GatewayError> {
        if let Some(amount) = sum(self.captures.iter().filter(|capture| capture.is_captured()))? {
            return Ok(Standing::Captured { amount });
        }
        let Some(last) = self.authorizations.last().or(self.captures.last()) else { return Ok(Standing::Pending) };
        match (last.status.as_str(), &last.amount) {
            ("CREATED" | "PARTIALLY_CAPTURED", Some(amount)) => {
                Ok(Standing::Authorised { amount: amount.money()?, until: last.expiration_time })
            }
            ("DENIED" | "DECLINED" | "FAILED", _) => Ok(Standing::Failed { reason: "PayPal declined the payment".to_owned() }),
            ("VOIDED", _) => Ok(Standing::Voided),
            ("EXPIRED", _) => Ok(Standing::Expired),
            _ => Ok(Standing::Pending),
        }
    }
}

/// `None` for none, or nothing.
pub(super) fn sum<'a>(parts: impl Iterator<Item = &'a Part>) -> Result<Option<Money>, GatewayError> {
    let mut sum: Option<Money> = None;
    for amount in parts.filter_map(|part| part.amount.as_ref()) {
        let money = amount.money()?;
        sum = Some(Money::new(sum.map_or(0, |sum| sum.minor) + money.minor, money.currency));
    }
    Ok(sum.filter(|sum| sum.minor > 0))
}

impl Part {
    /// Money came, whatever was given back later.
    pub(super) fn is_captured(&self) -> bool {
        matches!(self.status.as_str(), "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED")
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            _ if self.is_captured() => Outcome::Succeeded { reference: Some(self.id.clone()) },
            "DECLINED" | "FAILED" => Outcome::refused("PayPal declined it"),
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }

    pub(super) fn refund_outcome(&self) -> Outcome {
        match self.status.as_str() {
            "COMPLETED" => Outcome::Succeeded { reference: Some(self.id.clone()) },
            "FAILED" | "CANCELLED" => Outcome::refused("PayPal could not give the money back"),
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Detail {
    #[serde(default)]
    pub(super) issue: String,
    #[serde(default)]
    pub(super) description: String,
}

impl Refusal {
    pub(super) fn is(&self, issue: &str) -> bool {
        self.name == issue || self.details.iter().any(|detail| detail.issue == issue)
    }

    /// For staff.
    pub(super) fn words(&self) -> String {
        self.details
            .first()
            .map_or(format!("{}: {}", self.name, self.message), |detail| format!("{}: {}", detail.issue, detail.description))
    }

    pub(super) fn for_shopper(&self) -> String {
        if self.is("INSTRUMENT_DECLINED") || self.is("PAYER_CANNOT_PAY") {
            "PayPal declined your card or account. Try again with another".to_owned()
        } else {
            "PayPal could not finish the payment".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn amounts_are_written_as_paypal_reads_them() {
        let value = |minor, code| wire_amount(money(minor, code)).map(|amount| amount["value"].as_str().unwrap().to_owned());
        assert_eq!(value(1395, "GBP").as_deref(), Some("13.95"));
        assert_eq!(value(1200, "JPY").as_deref(), Some("1200"));
        assert_eq!(value(120_000, "HUF").as_deref(), Some("1200"), "HUF has no digits at PayPal");
        assert_eq!(value(120_050, "HUF"), None);
        assert_eq!(value(5, "USD").as_deref(), Some("0.05"));
    }

    fn order(status: &str, payments: Value) -> Standing {
        let order = json!({ "id": "O1", "intent": "CAPTURE", "status": status, "purchase_units": [{ "payments": payments }] });
        Order::deserialize(order).unwrap().standing().unwrap()
    }

    fn part(status: &str, value: &str) -> Value {
        json!({ "id": "P1", "status": status, "amount": { "currency_code": "GBP", "value": value } })
    }

    #[test]
    fn an_order_and_its_parts_tell_where_a_payment_stands() {
        assert_eq!(order("CREATED", Value::Null), Standing::Pending);
        assert_eq!(order("VOIDED", Value::Null), Standing::Voided);
        let captures = |parts: Value| order("COMPLETED", json!({ "captures": parts }));
        assert_eq!(
            captures(json!([part("COMPLETED", "8.00"), part("PARTIALLY_REFUNDED", "5.95")])),
            Standing::Captured { amount: money(1395, "GBP") }
        );
        assert_eq!(captures(json!([part("PENDING", "13.95")])), Standing::Pending);
        assert!(matches!(captures(json!([part("DECLINED", "13.95")])), Standing::Failed { .. }));
        let authorised = |status| order("COMPLETED", json!({ "authorizations": [part(status, "13.95")] }));
        assert_eq!(authorised("CREATED"), Standing::Authorised { amount: money(1395, "GBP"), until: None });
        assert_eq!((authorised("VOIDED"), authorised("EXPIRED")), (Standing::Voided, Standing::Expired));
    }
}
