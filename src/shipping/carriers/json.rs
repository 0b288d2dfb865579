//! A carrier, or a service in front of several, that speaks JSON over HTTP.
//!
//! We send `POST` to the address in the method's settings, with `Authorization: Bearer …` where there is a token:
//!
//! ```json
//! {"from": {"country": "GB", "region": "", "postcode": "SY8 1AA"}, "to": {"country": "US", "region": "US-CA", "postcode": "90210"},
//!  "weight_grams": 2500, "currency": "GBP"}
//! ```
//!
//! and expect 200 with the services that take the parcel there, none when nothing does; amounts are in ISO 4217 minor units:
//!
//! ```json
//! {"rates": [{"service": "parcel", "amount": 1295, "currency": "GBP"}]}
//! ```
//!
//! The address is the owner's to choose, so it is watched that it leads nowhere inside: https only, to public addresses, and no
//! redirect is followed. A shop that runs without https itself, in development, may ask on its own machine too.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    base::{Currency, Money, Outside, Reach},
    settings::Place,
    shipping::carrier::{Carrier, CarrierError, CarrierRate, RateRequest},
};

const WHOLE_TIME: Duration = Duration::from_secs(4);

/// Bytes of an answer; a hundred services need a tenth.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Minor units beyond which a price is no price.
const DEAREST: i64 = 1_000_000_000;

pub struct JsonCarrier {
    http: Outside,
}

impl JsonCarrier {
    /// `in_development`: this machine itself may be asked.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(in_development: bool) -> anyhow::Result<Self> {
        Ok(Self { http: Outside::new(reach(in_development), WHOLE_TIME)? })
    }
}

/// How far a carrier's address may lead.
pub fn reach(in_development: bool) -> Reach {
    if in_development { Reach::Development } else { Reach::Public }
}

#[async_trait]
impl Carrier for JsonCarrier {
    fn code(&self) -> &'static str {
        "json"
    }

    fn label(&self) -> &'static str {
        "A rate service (JSON over HTTP)"
    }

    async fn rates(&self, request: &RateRequest) -> Result<Vec<CarrierRate>, CarrierError> {
        let call = self.http.request(Method::POST, &request.url).map_err(|why| CarrierError::Refused(why.to_owned()))?;
        let mut call = call.json(&Question::of(request));
        if !request.token.is_empty() {
            call = call.bearer_auth(&request.token);
        }
        let response = call.send().await.map_err(unreached)?;
        match response.status() {
            StatusCode::OK => read(&body(response).await?, request.currency),
            status if status.is_server_error() => Err(CarrierError::Unreachable(format!("answered with {status}"))),
            status => Err(CarrierError::Refused(format!("answered with {status}"))),
        }
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, CarrierError> {
    let mut body = vec![];
    while let Some(chunk) = response.chunk().await.map_err(unreached)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(CarrierError::Garbled(format!("it has more than {ANSWER_LIMIT} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreached(error: reqwest::Error) -> CarrierError {
    if error.is_timeout() {
        return CarrierError::TooLate;
    }
    // The address may hold what is nobody's business.
    CarrierError::Unreachable(format!("{:#}", anyhow::Error::new(error.without_url())))
}

fn read(body: &[u8], currency: Currency) -> Result<Vec<CarrierRate>, CarrierError> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| CarrierError::Garbled(error.to_string()))?;
    answer.rates.into_iter().map(|quoted| quoted.checked(currency)).collect()
}

#[derive(Serialize)]
struct Question<'a> {
    from: Spot<'a>,
    to: Spot<'a>,
    weight_grams: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct Spot<'a> {
    country: &'a str,
    region: &'a str,
    postcode: &'a str,
}

impl<'a> Question<'a> {
    fn of(request: &'a RateRequest) -> Self {
        let spot = |place: &'a Place| Spot { country: &place.country, region: &place.region, postcode: &place.postcode };
        Self { from: spot(&request.from), to: spot(&request.to), weight_grams: request.weight_grams, currency: request.currency.code() }
    }
}

#[derive(Deserialize)]
struct Answer {
    rates: Vec<Quoted>,
}

#[derive(Deserialize)]
struct Quoted {
    service: String,
    amount: i64,
    currency: String,
}

impl Quoted {
    fn checked(self, wanted: Currency) -> Result<CarrierRate, CarrierError> {
        if self.currency != wanted.code() {
            return Err(CarrierError::Garbled(format!("a price in {:.10} where {} is wanted", self.currency, wanted.code())));
        }
        if !(0..=DEAREST).contains(&self.amount) {
            return Err(CarrierError::Garbled(format!("{} is no price", self.amount)));
        }
        Ok(CarrierRate { service: self.service, price: Money::new(self.amount, wanted) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_strictly() {
        let gbp = Currency::parse("GBP").unwrap();
        let right = br#"{"rates": [{"service": "parcel", "amount": 1295, "currency": "GBP", "days": 3}]}"#;
        assert_eq!(read(right, gbp).unwrap(), [CarrierRate { service: "parcel".into(), price: Money::new(1295, gbp) }]);
        assert!(read(br#"{"rates": []}"#, gbp).unwrap().is_empty());
        for wrong in [
            &b"<html>"[..],
            br#"{}"#,
            br#"{"rates": [{"service": "parcel", "amount": 12.95, "currency": "GBP"}]}"#,
            br#"{"rates": [{"service": "parcel", "amount": -1, "currency": "GBP"}]}"#,
            br#"{"rates": [{"service": "parcel", "amount": 1295, "currency": "EUR"}]}"#,
            br#"{"rates": [{"service": "parcel", "amount": 99999999999999, "currency": "GBP"}]}"#,
        ] {
            assert!(matches!(read(wrong, gbp), Err(CarrierError::Garbled(_))), "{}", String::from_utf8_lossy(wrong));
        }
    }
}
