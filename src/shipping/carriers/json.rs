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

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use reqwest::{
    Client, Response, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    base::{Currency, Money},
    settings::Place,
    shipping::carrier::{Carrier, CarrierError, CarrierRate, RateRequest},
};

const CONNECT_TIME: Duration = Duration::from_secs(2);
const WHOLE_TIME: Duration = Duration::from_secs(4);

/// Bytes of an answer; a hundred services need a tenth.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Minor units beyond which a price is no price.
const DEAREST: i64 = 1_000_000_000;

pub struct JsonCarrier {
    http: Client,
    /// Whether this machine itself may be asked.
    in_development: bool,
}

impl JsonCarrier {
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(in_development: bool) -> anyhow::Result<Self> {
        // reqwest panics where no provider of cryptography is installed. An error here means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(CONNECT_TIME).timeout(WHOLE_TIME).redirect(redirect::Policy::none()).no_proxy();
        let http = client.dns_resolver(Arc::new(Outside { in_development })).build().context("the HTTP client can't be made")?;
        Ok(Self { http, in_development })
    }
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
        let url = check_url(&request.url, self.in_development).map_err(|why| CarrierError::Refused(why.to_owned()))?;
        let mut call = self.http.post(url).json(&Question::of(request));
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

/// The address as it may be asked.
///
/// # Errors
/// A message for the field.
pub fn check_url(text: &str, in_development: bool) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "Enter a whole address, such as https://rates.example.com/v1")?;
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err("Enter a whole address, such as https://rates.example.com/v1"),
    };
    if in_development && (address.is_some_and(|address| address.is_loopback()) || url.host_str() == Some("localhost")) {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err("Enter an address that begins with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Take the name and password out of the address. A token has a field of its own");
    }
    if address.is_some_and(|address| !is_public(address)) { Err("Enter an address on the public internet") } else { Ok(url) }
}

/// A client for addresses that people type or files name: it connects to public addresses over https only, wherever it is led.
///
/// # Errors
/// TLS can't be set up.
pub fn public_client(whole_time: Duration) -> anyhow::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let public_only = redirect::Policy::custom(|led| {
        if led.previous().len() > 3 || check_url(led.url().as_str(), false).is_err() { led.stop() } else { led.follow() }
    });
    let client = Client::builder().connect_timeout(CONNECT_TIME).timeout(whole_time).redirect(public_only).no_proxy();
    client.dns_resolver(Arc::new(Outside { in_development: false })).build().context("the HTTP client can't be made")
}

/// Resolves names, but to public addresses only, at the very moment of connecting: what a name meant when it was checked proves
/// nothing.
struct Outside {
    in_development: bool,
}

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let in_development = self.in_development;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = |address: &SocketAddr| is_public(address.ip()) || (in_development && address.ip().is_loopback());
            let outside: Vec<SocketAddr> = found.filter(allowed).collect();
            if outside.is_empty() { Err("the name leads to no public address".into()) } else { Ok(Box::new(outside.into_iter()) as Addrs) }
        })
    }
}

/// Whether anybody's machine may be there. Source: IANA's special-purpose address registries.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let for_tests = a == 198 && (18..20).contains(&b) || v4.is_documentation();
            let reserved = a == 0 || a >= 224 || (a == 192 && b == 0);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared || for_tests || reserved)
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            let global = (0x2000..0x4000).contains(&first);
            // Documentation, and addresses that wrap one of IPv4.
            let special = (first == 0x2001 && (second == 0xdb8 || second == 0)) || first == 0x2002;
            global && !special
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
    fn only_public_addresses_by_https_are_asked() {
        for wrong in [
            "http://rates.example.com/",
            "ftp://rates.example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.1.2.3/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://2130706433/",
            "https://ann:secret@rates.example.com/",
            "rates.example.com",
            "",
        ] {
            assert!(check_url(wrong, false).is_err(), "{wrong}");
        }
        assert!(check_url("https://rates.example.com/v1?shop=7", false).is_ok());
        assert!(check_url("https://93.184.216.34/", false).is_ok());
    }

    #[test]
    fn in_development_one_s_own_machine_may_be_asked_and_no_other() {
        assert!(check_url("http://127.0.0.1:8099/rates", true).is_ok());
        assert!(check_url("http://localhost:8099/rates", true).is_ok());
        assert!(check_url("http://10.1.2.3/rates", true).is_err());
        assert!(check_url("https://169.254.169.254/", true).is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_followed() {
        let outside = Outside { in_development: false };
        assert!(outside.resolve("localhost".parse().unwrap()).await.is_err());
        assert!(Outside { in_development: true }.resolve("localhost".parse().unwrap()).await.is_ok());
    }

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
