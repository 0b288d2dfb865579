//! A provider of identities as OpenID Connect Core 1.0 has it, which can be told to lie. It asks nobody for a password: whoever is sent
//! to it is sent back at once, vouched for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use ironmonger::base::random_token;
use rcgen::{KeyPair, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Asked, Reply, Running, serve};

pub const CLIENT: &str = "the-shop";
pub const SECRET: &str = "a secret of the shop at its provider";

/// How an answer lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lie {
    State,
    /// The `iss` beside the code.
    AnsweredBy(&'static str),
    NoIss,
    /// It refuses, such as `access_denied`.
    Error(&'static str),
    /// The token's header says this algorithm: `none`, or `HS256` with the shop's secret as the key.
    Algorithm(&'static str),
    /// It is signed with a key that is not the published one, which has the same id.
    OtherKey,
    /// One letter of what was signed is another.
    Changed,
    /// A claim is another, or is not there.
    Claim(&'static str, Option<Value>),
    /// A time is so many seconds from now.
    Time(&'static str, i64),
    /// There is no token about the person.
    NoToken,
}

struct Books {
    url: String,
    key: KeyPair,
    kid: String,
    codes: HashMap<String, HashMap<String, String>>,
    claims: Value,
    lie: Option<Lie>,
    /// Times that its token endpoint was asked.
    redeemed: usize,
    /// Times that its keys were asked for.
    keys_asked: usize,
    /// What stands at its description, in the place of the right one.
    description: Option<(u16, Value)>,
}

pub struct IdentityProvider {
    running: Running,
    books: Arc<Mutex<Books>>,
}

impl IdentityProvider {
    pub fn open() -> Self {
        let books = Books {
            url: String::new(),
            key: KeyPair::generate().unwrap(),
            kid: "first".to_owned(),
            codes: HashMap::new(),
            claims: json!({}),
            lie: None,
            redeemed: 0,
            keys_asked: 0,
            description: None,
        };
        let books = Arc::new(Mutex::new(books));
        let theirs = books.clone();
        let running = serve(move |asked| theirs.lock().unwrap().answer(&asked));
        books.lock().unwrap().url.clone_from(&running.url);
        Self { running, books }
    }

    pub fn url(&self) -> &str {
        &self.running.url
    }

    /// Whoever comes from now on is this person.
    pub fn knows(&self, claims: Value) {
        self.books.lock().unwrap().claims = claims;
    }

    /// From now on, or no more.
    pub fn lies(&self, lie: Option<Lie>) {
        self.books.lock().unwrap().lie = lie;
    }

    /// From now on it signs with a new key, under another id.
    pub fn changes_its_key(&self) {
        let mut books = self.books.lock().unwrap();
        (books.key, books.kid) = (KeyPair::generate().unwrap(), "second".to_owned());
    }

    /// What is found in the place of its description.
    pub fn describes_itself_so(&self, status: u16, description: Value) {
        self.books.lock().unwrap().description = Some((status, description));
    }

    pub fn times_redeemed(&self) -> usize {
        self.books.lock().unwrap().redeemed
    }

    pub fn times_asked_for_keys(&self) -> usize {
        self.books.lock().unwrap().keys_asked
    }
}

impl Books {
    fn answer(&mut self, asked: &Asked) -> Reply {
        match asked.path.last().map(String::as_str) {
            Some("openid-configuration") => {
                let (status, description) = self.description.clone().unwrap_or_else(|| (200, self.describe()));
                if status == 303 { Reply::SeeOther(format!("{}/elsewhere", self.url)) } else { Reply::Json(status, description) }
            }
            Some("keys") => {
                self.keys_asked += 1;
                Reply::Json(200, json!({ "keys": [jwk(&self.key, &self.kid)] }))
            }
            Some("authorize") => self.authorize(asked),
            Some("token") => self.redeem(asked),
            _ => Reply::Empty(404),
        }
    }

    fn describe(&self) -> Value {
        let url = &self.url;
        json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"], "authorization_response_iss_parameter_supported": true,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        })
    }

    fn authorize(&mut self, asked: &Asked) -> Reply {
        assert_eq!(asked.query["response_type"], "code");
        assert_eq!(asked.query["code_challenge_method"], "S256");
        let code = random_token(20);
        self.codes.insert(code.clone(), asked.query.clone());
        let state = if self.lie == Some(Lie::State) { "another" } else { asked.query["state"].as_str() };
        let mut answer = vec![("state", state.to_owned())];
        match &self.lie {
            Some(Lie::Error(error)) => answer.push(("error", (*error).to_owned())),
            _ => answer.push(("code", code)),
        }
        match &self.lie {
            Some(Lie::AnsweredBy(iss)) => answer.push(("iss", (*iss).to_owned())),
            Some(Lie::NoIss) => {}
            _ => answer.push(("iss", self.url.clone())),
        }
        Reply::SeeOther(format!("{}?{}", asked.query["redirect_uri"], serde_urlencoded::to_string(answer).unwrap()))
    }

    /// Each code once, for who shows the shop's secret and the verifier of the challenge (RFC 7636, 4.6).
    fn redeem(&mut self, asked: &Asked) -> Reply {
        self.redeemed += 1;
        let form = asked.form();
        let Some(begun) = form.get("code").and_then(|code| self.codes.remove(code)) else {
            return Reply::Json(400, json!({ "error": "invalid_grant" }));
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
        let is_right = challenge == begun["code_challenge"]
            && (form["client_id"].as_str(), form["client_secret"].as_str()) == (CLIENT, SECRET)
            && form["redirect_uri"] == begun["redirect_uri"];
        if !is_right {
            return Reply::Json(400, json!({ "error": "invalid_client" }));
        }
        let mut answer = json!({ "access_token": "of no use", "token_type": "Bearer" });
        if self.lie != Some(Lie::NoToken) {
            answer["id_token"] = self.token(&begun).into();
        }
        Reply::Json(200, answer)
    }

    fn token(&self, begun: &HashMap<String, String>) -> String {
        let now = Utc::now().timestamp();
        let mut claims = json!({ "iss": self.url, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": begun["nonce"] });
        if begun.get("max_age").is_some_and(|age| age == "0") {
            claims["auth_time"] = now.into();
        }
        for (name, value) in self.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        match &self.lie {
            Some(Lie::Claim(name, Some(value))) => claims[*name] = value.clone(),
            Some(Lie::Claim(name, None)) => drop(claims.as_object_mut().unwrap().remove(*name)),
            Some(Lie::Time(name, seconds)) => claims[*name] = (now + seconds).into(),
            _ => {}
        }
        self.sign(&claims)
    }

    fn sign(&self, claims: &Value) -> String {
        let algorithm = if let Some(Lie::Algorithm(algorithm)) = &self.lie { *algorithm } else { "ES256" };
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut signed = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": self.kid, "typ": "JWT" })), part(claims));
        let signature = match (algorithm, &self.lie) {
            ("none", _) => vec![],
            ("HS256", _) => hex::decode(ironmonger::base::Keys::sign_with(SECRET.as_bytes(), signed.as_bytes())).unwrap(),
            (_, Some(Lie::OtherKey)) => es256(&KeyPair::generate().unwrap(), &signed),
            _ => es256(&self.key, &signed),
        };
        if self.lie == Some(Lie::Changed) {
            signed = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": self.kid })), part(claims));
        }
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn jwk(key: &KeyPair, kid: &str) -> Value {
    // Uncompressed: 4, then the coordinates of 32 bytes each (SEC 1, 2.3.3).
    let point = key.public_key_raw();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y })
}

/// Both numbers of the signature, of 32 bytes each (RFC 7518, 3.4), where the key gives them as two INTEGERs of a SEQUENCE.
fn es256(key: &KeyPair, message: &str) -> Vec<u8> {
    let der = key.sign(message.as_bytes()).unwrap();
    let (mut signature, mut rest) = (vec![], &der[2..]);
    for _ in 0..2 {
        let (number, more) = rest[2..].split_at(rest[1].into());
        let plain = number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        signature.extend(vec![0; 32 - plain.len()]);
        signature.extend(plain);
        rest = more;
    }
    signature
}
