//! How a provider is asked: for its description and keys, for what it knows of somebody, and nothing else.

use std::{pin::Pin, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use moka::future::Cache;
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, Scope, SubjectIdentifier,
    TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreGrantType, CoreIdTokenVerifier, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
    },
    http,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    model::{Partner, Told},
    rules::{Expected, Untrusted, believe, shortened},
};
use crate::{
    base::{Outside, Reach},
    web::{Away, Errand},
};

/// From connecting to the last byte of an answer.
const WHOLE_TIME: Duration = Duration::from_secs(5);

/// For so long a provider's description and keys are as they were.
const KNOWN_FOR: Duration = Duration::from_secs(3600);

/// More than anybody has.
const MOST_KNOWN: u64 = 100;

/// Bytes of an answer; a description has five thousand.
const ANSWER_LIMIT: usize = 256 * 1024;

/// What it says of itself beyond what the crate reads.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct More {
    /// It names itself in each answer (RFC 9207, 3).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider as it describes itself.
#[derive(Clone, Debug)]
pub struct Known(Arc<Metadata>);

impl Known {
    /// The origin to which people are sent.
    pub fn sign_in_origin(&self) -> String {
        self.0.authorization_endpoint().url().origin().ascii_serialization()
    }

    /// Where somebody is sent to.
    ///
    /// # Errors
    /// Our own address is none.
    pub fn way_to(&self, partner: &Partner, away: &Away) -> anyhow::Result<Url> {
        let client = CoreClient::from_provider_metadata(Metadata::clone(&self.0), ClientId::new(partner.client_id.clone()), None)
            .set_redirect_uri(RedirectUrl::new(partner.answer_url.clone())?);
        let (state, nonce) = (away.state.clone(), away.nonce.clone());
        let verifier = PkceCodeVerifier::new(away.verifier.clone());
        let asked = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || CsrfToken::new(state), move || Nonce::new(nonce))
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let asked = match away.errand {
            Errand::Proof => asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO),
            Errand::SignIn | Errand::Link => asked,
        };
        Ok(asked.url().0)
    }

    /// Whether an answer with this `iss`, or without any, may be of this provider (RFC 9207, 2.4).
    pub fn may_have_answered(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.0.issuer().as_str(),
            None => !self.0.additional_metadata().authorization_response_iss_parameter_supported,
        }
    }
}

/// Why a provider did not help.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// Its description can't be had, or is none. In words for who set it up.
    #[error("{0}")]
    Undescribed(String),
    /// It did not take the code, or what it told is not believed. For the log.
    #[error("{0}")]
    Refused(String),
}

/// Asks providers of identities. Cheap to clone.
#[derive(Clone)]
pub struct Partners {
    wire: Wire,
    reach: Reach,
    known: Cache<String, Known>,
}

impl Partners {
    /// `in_development`: a provider may run on this machine itself, without TLS.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(in_development: bool) -> anyhow::Result<Self> {
        let reach = if in_development { Reach::Development } else { Reach::Public };
        let known = Cache::builder().max_capacity(MOST_KNOWN).time_to_live(KNOWN_FOR).build();
        Ok(Self { wire: Wire(Outside::new(reach, WHOLE_TIME)?), reach, known })
    }

    /// Whether an issuer's address may be asked at all.
    ///
    /// # Errors
    /// A message for the field in which it was typed.
    pub fn check(&self, issuer: &str) -> Result<(), &'static str> {
        let url = self.reach.check(issuer)?;
        if url.query().is_some() || url.fragment().is_some() { Err("Take what follows ? or # out of the address") } else { Ok(()) }
    }

    /// The provider's description, looked up within the hour.
    ///
    /// # Errors
    /// `Undescribed`.
    pub async fn describe(&self, issuer: &str) -> Result<Known, Trouble> {
        match self.known.get(issuer).await {
            Some(known) => Ok(known),
            None => self.look_up(issuer).await,
        }
    }

    /// The same, looked up now.
    ///
    /// # Errors
    /// As for `describe`.
    pub async fn look_up(&self, issuer: &str) -> Result<Known, Trouble> {
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| Trouble::Undescribed("this is no address".to_owned()))?;
        let found = Metadata::discover_async(url, &self.wire).await;
        let found = found.map_err(|error| Trouble::Undescribed(in_words(&error)))?;
        self.reach
            .check(found.authorization_endpoint().as_str())
            .map_err(|why| Trouble::Undescribed(format!("the address at which people would sign in is not taken ({why})")))?;
        if found.token_endpoint().is_none() {
            return Err(Trouble::Undescribed("its description names no token_endpoint".to_owned()));
        }
        let known = Known(Arc::new(found));
        self.known.insert(issuer.to_owned(), known.clone()).await;
        Ok(known)
    }

    /// Gives the code to the provider and gets what it knows of who brought it. `now`: by the database's clock.
    ///
    /// # Errors
    /// `Undescribed`, or `Refused` when the code is not taken or the answer not believed.
    pub async fn redeem(&self, partner: &Partner, away: &Away, code: &str, now: DateTime<Utc>) -> Result<Told, Trouble> {
        let known = self.describe(&partner.issuer).await?;
        let answer = self.exchange(&known, partner, away, code).await?;
        let expected = Expected { client_id: &partner.client_id, nonce: &away.nonce, now };
        let told = match read(&known, partner, &answer, expected) {
            // Providers change their keys, the old and the new one standing side by side for a while.
            Err(Untrusted::NewKey) => read(&self.look_up(&partner.issuer).await?, partner, &answer, expected),
            told => told,
        };
        let told = told.map_err(|why| Trouble::Refused(format!("the answer is not believed: {why:?}")))?;
        if told.email.is_some() || away.errand == Errand::Proof {
            Ok(told)
        } else {
            Ok(self.with_details(&known, partner, &answer, told).await)
        }
    }

    async fn exchange(&self, known: &Known, partner: &Partner, away: &Away, code: &str) -> Result<CoreTokenResponse, Trouble> {
        let refused = |why: String| Trouble::Refused(format!("the code was not taken: {why}"));
        let answer_url = RedirectUrl::new(partner.answer_url.clone()).map_err(|error| refused(error.to_string()))?;
        let client = CoreClient::from_provider_metadata(
            Metadata::clone(&known.0),
            ClientId::new(partner.client_id.clone()),
            partner.secret.clone().map(ClientSecret::new),
        )
        .set_redirect_uri(answer_url)
        .set_auth_type(auth_type(known));
        let asked = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(|error| refused(error.to_string()))?;
        let asked = asked.set_pkce_verifier(PkceCodeVerifier::new(away.verifier.clone()));
        asked.request_async(&self.wire).await.map_err(|error| refused(in_words(&error)))
    }

    /// Many providers tell the address and name only to who asks once more. Without them there is no new account, and all else goes on.
    async fn with_details(&self, known: &Known, partner: &Partner, answer: &CoreTokenResponse, told: Told) -> Told {
        let token = answer.access_token().clone();
        // The crate takes whatever is given for a header.
        if !token.secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return told;
        }
        let client = CoreClient::from_provider_metadata(Metadata::clone(&known.0), ClientId::new(partner.client_id.clone()), None);
        let Ok(asked) = client.user_info(token, Some(SubjectIdentifier::new(told.subject.clone()))) else { return told };
        let details: Result<CoreUserInfoClaims, _> = asked.request_async(&self.wire).await;
        match details {
            Ok(details) => Told {
                email: details.email().map(|email| email.as_str().to_owned()),
                is_email_verified: details.email_verified() == Some(true),
                name: details.name().and_then(|name| name.get(None)).map_or(told.name, |name| shortened(name.as_str())),
                ..told
            },
            Err(error) => {
                tracing::warn!(error = in_words(&error), "a provider of identities told no details");
                told
            }
        }
    }
}

/// What the answer says of the person, if it is to be believed.
fn read(known: &Known, partner: &Partner, answer: &CoreTokenResponse, expected: Expected<'_>) -> Result<Told, Untrusted> {
    let token = answer.id_token().ok_or_else(|| Untrusted::Wrong("there is no token about the person".to_owned()))?;
    let client = ClientId::new(partner.client_id.clone());
    let verifier = CoreIdTokenVerifier::new_public_client(client, known.0.issuer().clone(), known.0.jwks().clone());
    believe(token, verifier, expected)
}

/// How the shop shows its password: as the protocol's default has it (OpenID Connect Discovery 1.0, 3), or else in the form.
fn auth_type(known: &Known) -> AuthType {
    let ways = known.0.token_endpoint_auth_methods_supported().map(Vec::as_slice).unwrap_or_default();
    let only_post = ways.contains(&CoreClientAuthMethod::ClientSecretPost) && !ways.contains(&CoreClientAuthMethod::ClientSecretBasic);
    if only_post { AuthType::RequestBody } else { AuthType::BasicAuth }
}

/// An error with its causes, cut short: some of it may be the provider's words.
fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut words: Vec<String> = causes.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ").chars().take(300).collect()
}

/// The crate's requests, sent as all of ours to addresses that people type: see [`Outside`].
#[derive(Clone)]
struct Wire(Outside);

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Refused(&'static str),
    #[error("it did not answer within {} seconds", WHOLE_TIME.as_secs())]
    TooLate,
    #[error("it can’t be reached")]
    Unreached(#[source] reqwest::Error),
    #[error("its answer has more than {} bytes", ANSWER_LIMIT)]
    TooLong,
    #[error("its answer is none")]
    Garbled(#[from] http::Error),
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() { Self::TooLate } else { Self::Unreached(error.without_url()) }
    }
}

impl Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let (head, body) = request.into_parts();
        let asked = self.0.request(head.method, &head.uri.to_string()).map_err(Fault::Refused)?;
        let mut answer = asked.headers(head.headers).body(body).send().await?;
        let mut whole = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            whole = whole.header(name, value);
        }
        let mut body = vec![];
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(Fault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(whole.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
