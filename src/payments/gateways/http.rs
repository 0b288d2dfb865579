//! How gateways are spoken to: with short patience, bounded answers and no redirects.

use std::time::Duration;

use anyhow::Context;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, redirect};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    base::{Currency, Money},
    payments::gateway::GatewayError,
};

const CONNECT_TIME: Duration = Duration::from_secs(3);

/// From connecting to the last byte, so that a slow drip holds no page up. The guard around each gateway is a little shorter.
const WHOLE_TIME: Duration = Duration::from_secs(10);

/// Bytes of an answer.
const ANSWER_LIMIT: usize = 512 * 1024;

/// A client with short patience that follows no redirect: an answer that points elsewhere is no answer of the provider. It
/// uses no proxy either, since it is for Sandbox Pay, which runs in this very program, where no proxy could reach it.
///
/// # Errors
/// TLS can't be set up.
pub fn http_client() -> anyhow::Result<Client> {
    patient().no_proxy().build().context("the HTTP client can't be made")
}

/// The same for providers out in the world, through the proxy of the environment where one is set.
///
/// # Errors
/// TLS can't be set up.
pub fn outside_client() -> anyhow::Result<Client> {
    patient().build().context("the HTTP client can't be made")
}

fn patient() -> ClientBuilder {
    // reqwest panics where no provider of cryptography is installed. An error here means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().connect_timeout(CONNECT_TIME).timeout(WHOLE_TIME).redirect(redirect::Policy::none()).user_agent("ironmonger")
}

/// Sends, and gives status and body.
pub async fn ask(call: RequestBuilder) -> Result<(StatusCode, Vec<u8>), GatewayError> {
    let answer = call.send().await.map_err(unreached)?;
    Ok((answer.status(), read_bounded(answer).await?))
}

async fn read_bounded(mut answer: Response) -> Result<Vec<u8>, GatewayError> {
    let mut body = vec![];
    while let Some(chunk) = answer.chunk().await.map_err(unreached)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(GatewayError::Unknown(format!("an answer of more than {ANSWER_LIMIT} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreached(error: reqwest::Error) -> GatewayError {
    // The cause says more than reqwest's own words, and the address would put ids of payments into the log.
    GatewayError::Unknown(format!("{:#}", anyhow::Error::new(error.without_url())))
}

/// What a status that says neither yes nor no means.
pub fn unexpected(status: StatusCode) -> GatewayError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => GatewayError::Misconfigured(format!("answered with {status}")),
        _ => GatewayError::Unknown(format!("answered with {status}")),
    }
}

pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, GatewayError> {
    serde_json::from_slice(body).map_err(|error| GatewayError::Unknown(format!("an answer that can't be read: {error}")))
}

/// The address of a resource, with each part of its path escaped, so that an id can't lead elsewhere.
pub fn address(api: &Url, path: &[&str]) -> Result<Url, GatewayError> {
    let mut url = api.clone();
    let segments = url.path_segments_mut().map(|mut segments| {
        segments.pop_if_empty().extend(path);
    });
    segments.map_err(|()| GatewayError::unknown("the API's address has no path"))?;
    Ok(url)
}

/// The shopper is sent on to web addresses only.
pub fn page_to_pay_at(url: Option<&str>) -> Result<String, GatewayError> {
    let url = url.and_then(|url| Url::parse(url).ok()).filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(String::from).ok_or_else(|| GatewayError::unknown("it gave no address to pay at"))
}

pub fn currency(code: &str) -> Result<Currency, GatewayError> {
    Currency::parse(code).map_err(|_| GatewayError::Unknown(format!("unknown currency {code:?}")))
}

/// Minor units from one number of digits behind the point to another; `None` where that would lose a part.
pub fn rescale(minor: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        minor.checked_mul(10_i64.checked_pow(to - from)?)
    } else {
        let factor = 10_i64.checked_pow(from - to)?;
        (minor % factor == 0).then(|| minor / factor)
    }
}

/// An amount on the wire with `digits` behind the point, as money.
pub fn money(minor: i64, digits: u32, code: &str) -> Result<Money, GatewayError> {
    let currency = currency(code)?;
    let minor = rescale(minor, digits, currency.exponent()).ok_or_else(|| GatewayError::unknown("an amount with parts of a minor unit"))?;
    Ok(Money::new(minor, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_t_lead_out_of_its_path() {
        let api = Url::parse("http://127.0.0.1:8080/sandbox/api/v1/").unwrap();
        assert_eq!(address(&api, &["payments", "a/../b?c"]).unwrap().path(), "/sandbox/api/v1/payments/a%2F..%2Fb%3Fc");
    }

    #[test]
    fn the_shopper_is_sent_to_web_addresses_only() {
        assert!(page_to_pay_at(Some("https://pay.example/1")).is_ok());
        for url in [None, Some("javascript:alert(1)"), Some("/relative")] {
            assert!(matches!(page_to_pay_at(url), Err(GatewayError::Unknown(_))), "{url:?}");
        }
    }

    #[test]
    fn amounts_keep_their_worth_or_are_refused() {
        assert_eq!((rescale(1200, 0, 2), rescale(120_000, 2, 0)), (Some(120_000), Some(1200)));
        assert_eq!((rescale(120_001, 2, 0), rescale(i64::MAX, 0, 2)), (None, None));
    }
}
