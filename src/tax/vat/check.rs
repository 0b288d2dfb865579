//! Whether a VAT number is registered: asked at the Commission's VIES, which asks the state's own register.

use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, redirect};
use serde::Deserialize;
use url::Url;

use super::VatNumber;
use crate::base::text_enum;

/// Where VIES answers.
pub const VIES_URL: &str = "https://ec.europa.eu/taxation_customs/vies/rest-api/";

/// For one try; a shopper waits.
const PATIENCE: Duration = Duration::from_secs(4);

/// Bytes of an answer.
const ANSWER_LIMIT: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VatAnswer {
    Valid {
        /// As registered; empty where the state keeps it to itself.
        name: String,
    },
    Invalid,
}

#[derive(Debug, thiserror::Error)]
pub enum VatCheckError {
    /// Nobody who could be asked knows that country's numbers.
    #[error("numbers of {0} can't be checked")]
    NotCovered(String),
    /// Trying again later helps.
    #[error("the register can't be reached: {0}")]
    Unavailable(String),
}

text_enum! {
    /// What is known of a number after asking. It is noted in the order's history.
    #[derive(Default)]
    pub enum VatStanding {
        Valid = "valid",
        Invalid = "invalid",
        /// Of the right form, and accepted, but nobody could be asked, or nobody was.
        #[default]
        Unchecked = "unchecked",
    }
}

impl VatStanding {
    /// What staff reads after the number.
    pub fn words(self) -> &'static str {
        match self {
            Self::Valid => "is in the register",
            Self::Invalid => "is not in the register",
            Self::Unchecked => "has the right form; the register was not asked, or did not answer",
        }
    }
}

#[async_trait]
pub trait VatCheck: Send + Sync {
    async fn check(&self, number: &VatNumber) -> Result<VatAnswer, VatCheckError>;

    /// The answer, or that there is none: a register that is down must not turn a business away. Never in a transaction.
    async fn standing(&self, number: &VatNumber) -> VatStanding {
        match self.check(number).await {
            Ok(VatAnswer::Valid { .. }) => VatStanding::Valid,
            Ok(VatAnswer::Invalid) => VatStanding::Invalid,
            Err(error) => {
                tracing::info!(vat.country = number.country(), error = %error, "a VAT number stays unchecked");
                VatStanding::Unchecked
            }
        }
    }
}

/// Asks nobody.
pub struct NoVatCheck;

#[async_trait]
impl VatCheck for NoVatCheck {
    async fn check(&self, number: &VatNumber) -> Result<VatAnswer, VatCheckError> {
        Err(VatCheckError::NotCovered(number.country().to_owned()))
    }
}

/// The REST interface of VIES: `GET ms/{state}/vat/{number}`.
pub struct Vies {
    http: Client,
    url: Url,
    pause: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ViesAnswer {
    #[serde(default)]
    is_valid: bool,
    #[serde(default)]
    user_error: String,
    #[serde(default)]
    name: String,
}

impl Vies {
    /// `url` ends in a stroke, as [`VIES_URL`] does.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn new(url: Url) -> anyhow::Result<Self> {
        // reqwest panics where no provider of cryptography is installed. An error here means that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build()?;
        Ok(Self { http, url, pause: Duration::from_millis(300) })
    }

    async fn ask(&self, url: &Url) -> Result<VatAnswer, VatCheckError> {
        let failed = |error: reqwest::Error| VatCheckError::Unavailable(error.without_url().to_string());
        let mut response = self.http.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        let mut body = vec![];
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_LIMIT {
                return Err(VatCheckError::Unavailable("the answer is too long".to_owned()));
            }
        }
        let answer: ViesAnswer = serde_json::from_slice(&body).map_err(|error| VatCheckError::Unavailable(error.to_string()))?;
        answer.read()
    }
}

impl ViesAnswer {
    /// Only a clear no is one: a state's register that is down answers with an error's name and `isValid: false`.
    fn read(self) -> Result<VatAnswer, VatCheckError> {
        match self.user_error.as_str() {
            "VALID" if self.is_valid => Ok(VatAnswer::Valid { name: self.name.trim_matches('-').trim().to_owned() }),
            "INVALID" | "INVALID_INPUT" if !self.is_valid => Ok(VatAnswer::Invalid),
            other => Err(VatCheckError::Unavailable(format!("VIES says {other:?}"))),
        }
    }
}

#[async_trait]
impl VatCheck for Vies {
    async fn check(&self, number: &VatNumber) -> Result<VatAnswer, VatCheckError> {
        let not_covered = || VatCheckError::NotCovered(number.country().to_owned());
        if number.prefix() == "GB" || number.prefix().is_empty() {
            return Err(not_covered());
        }
        let url = self.url.join(&format!("ms/{}/vat/{}", number.prefix(), number.body())).map_err(|_| not_covered())?;
        let again = ExponentialBuilder::default().with_min_delay(self.pause).with_max_times(1);
        (|| self.ask(&url)).retry(again).await
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use super::*;

    /// A register that gives these answers one after the other, the last again and again.
    fn register(answers: Vec<(u16, &'static str)>) -> (Vies, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while reader.read_line(&mut line).unwrap_or(0) > 2 {
                    line.clear();
                }
                let (status, body) = answers[count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)];
                let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        let mut vies = Vies::new(url).unwrap();
        vies.http = Client::builder().timeout(PATIENCE).no_proxy().build().unwrap();
        vies.pause = Duration::from_millis(1);
        (vies, asked)
    }

    fn german() -> VatNumber {
        VatNumber::parse("DE136695976", "DE").unwrap()
    }

    const YES: (u16, &str) = (200, r#"{"isValid": true, "userError": "VALID", "name": "Muster GmbH"}"#);
    const NO: (u16, &str) = (200, r#"{"isValid": false, "userError": "INVALID", "name": "---"}"#);
    const DOWN: (u16, &str) = (200, r#"{"isValid": false, "userError": "MS_UNAVAILABLE"}"#);

    #[tokio::test]
    async fn a_registered_number_has_a_name_and_another_is_refused() {
        assert_eq!(register(vec![YES]).0.check(&german()).await.unwrap(), VatAnswer::Valid { name: "Muster GmbH".into() });
        assert_eq!(register(vec![NO]).0.check(&german()).await.unwrap(), VatAnswer::Invalid);
        assert_eq!(register(vec![NO]).0.standing(&german()).await, VatStanding::Invalid);
    }

    #[tokio::test]
    async fn a_register_that_fails_is_asked_again_and_then_the_number_stays_unchecked() {
        let (vies, asked) = register(vec![(500, "oh"), YES]);
        assert_eq!((vies.standing(&german()).await, asked.load(Ordering::SeqCst)), (VatStanding::Valid, 2));
        for answer in [DOWN, (200, "<html>"), (302, ""), (200, "{}")] {
            assert_eq!(register(vec![answer]).0.standing(&german()).await, VatStanding::Unchecked, "{answer:?}");
        }
    }

    #[tokio::test]
    async fn british_numbers_are_in_no_register_that_is_asked() {
        let (vies, asked) = register(vec![YES]);
        let british = VatNumber::parse("GB980780684", "GB").unwrap();
        assert!(matches!(vies.check(&british).await, Err(VatCheckError::NotCovered(_))));
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        assert_eq!(NoVatCheck.standing(&german()).await, VatStanding::Unchecked);
    }
}
