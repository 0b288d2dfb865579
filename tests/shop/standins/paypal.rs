//! PayPal as developer.paypal.com/docs/api has it: OAuth 2.0, Orders v2, Payments v2 and the verification of webhooks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use ironmonger::base::{Keys, random_token};
use serde_json::{Value, json};

use super::{Asked, Remembered, Reply, Running, page_to_pay, serve};

pub const CLIENT_ID: &str = "stand_in_client";
pub const CLIENT_SECRET: &str = "stand_in_secret_of_paypal_0044";
pub const WEBHOOK_ID: &str = "8WH0STANDIN0001";

#[derive(Default)]
struct Books {
    tokens: Vec<String>,
    orders: HashMap<String, Value>,
    /// The order of each authorisation and capture.
    parts: HashMap<String, String>,
    remembered: Remembered,
    declines: Vec<String>,
}

pub struct PayPal {
    running: Running,
    books: Arc<Mutex<Books>>,
}

impl PayPal {
    pub fn open() -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let theirs = books.clone();
        let running = serve(move |asked| theirs.lock().unwrap().answer(&asked));
        Self { running, books }
    }

    pub fn url(&self) -> String {
        format!("{}/", self.running.url)
    }

    /// All tokens given so far are worthless.
    pub fn forgets_tokens(&self) {
        self.books.lock().unwrap().tokens.clear();
    }

    pub fn count_of_tokens(&self) -> usize {
        self.books.lock().unwrap().tokens.len()
    }

    pub fn count_of_orders(&self) -> usize {
        self.books.lock().unwrap().orders.len()
    }

    /// The shopper does so on PayPal's page. Who can't pay is told so only when the merchant takes the money.
    pub fn shopper(&self, reference: &str, pays: bool) {
        let mut books = self.books.lock().unwrap();
        books.orders.get_mut(reference).unwrap()["status"] = json!("APPROVED");
        if !pays {
            books.declines.push(reference.to_owned());
        }
    }

    /// An event with its headers.
    pub fn event(&self, kind: &str, reference: &str) -> (Vec<(String, String)>, String) {
        let resource = if kind.starts_with("CHECKOUT") {
            self.books.lock().unwrap().orders[reference].clone()
        } else {
            json!({ "id": "X1", "supplementary_data": { "related_ids": { "order_id": reference } } })
        };
        let body = json!({ "id": format!("WH-{}", random_token(12)), "event_type": kind, "resource": resource }).to_string();
        let headers = [
            ("paypal-auth-algo", "SHA256withRSA".to_owned()),
            ("paypal-cert-url", "https://api.paypal.com/v1/notifications/certs/CERT-1".to_owned()),
            ("paypal-transmission-id", "d938e770-8046".to_owned()),
            ("paypal-transmission-sig", sign(&body)),
            ("paypal-transmission-time", "2026-11-21T10:00:00Z".to_owned()),
        ];
        (headers.map(|(name, value)| (name.to_owned(), value)).to_vec(), body)
    }
}

fn sign(body: &str) -> String {
    Keys::sign_with(b"paypal's own key", body.as_bytes())
}

fn refusal(issue: &str, description: &str) -> Reply {
    Reply::Json(
        422,
        json!({ "name": "UNPROCESSABLE_ENTITY", "message": "The requested action could not be performed",
        "details": [{ "issue": issue, "description": description }] }),
    )
}

impl Books {
    fn answer(&mut self, asked: &Asked) -> Reply {
        match asked.path[0].as_str() {
            "pay" => return self.page(asked),
            "v1" if asked.path[1] == "oauth2" => return self.grant(asked),
            _ => {}
        }
        let token = asked.header("authorization").trim_start_matches("Bearer ").to_owned();
        if !self.tokens.contains(&token) {
            return Reply::Json(401, json!({ "error": "invalid_token" }));
        }
        if asked.path.last().unwrap() == "verify-webhook-signature" {
            return verify(asked);
        }
        let key = asked.header("paypal-request-id").to_owned();
        if asked.method == "POST" && key.is_empty() {
            return Reply::Json(400, json!({ "name": "INVALID_REQUEST", "message": "PayPal-Request-Id is required" }));
        }
        if asked.method != "POST" {
            return self.act(asked);
        }
        match self.remembered.find(&key, asked) {
            Some(Ok(reply)) => return reply,
            Some(Err(())) => return refusal("DUPLICATE_REQUEST_ID", "The value of PayPal-Request-Id header has already been used"),
            None => {}
        }
        let reply = self.act(asked);
        if matches!(&reply, Reply::Json(status, _) if *status < 300) {
            self.remembered.keep(&key, asked, &reply);
        }
        reply
    }

    fn grant(&mut self, asked: &Asked) -> Reply {
        let right = reqwest::header::HeaderValue::from_str(&basic()).unwrap();
        if asked.header("authorization").as_bytes() != right.as_bytes()
            || asked.form().get("grant_type").map(String::as_str) != Some("client_credentials")
        {
            return Reply::Json(401, json!({ "error": "invalid_client" }));
        }
        let token = format!("A21AA{}", random_token(20));
        self.tokens.push(token.clone());
        Reply::Json(200, json!({ "access_token": token, "token_type": "Bearer", "expires_in": 32_400 }))
    }

    fn act(&mut self, asked: &Asked) -> Reply {
        let path: Vec<_> = asked.path.iter().map(String::as_str).collect();
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        match (asked.method.as_str(), path.as_slice()) {
            ("POST", ["v2", "checkout", "orders"]) => self.create(asked, &body),
            ("GET", ["v2", "checkout", "orders", id]) => match self.orders.get(*id) {
                Some(order) => Reply::Json(200, order.clone()),
                None => Reply::Json(404, json!({ "name": "RESOURCE_NOT_FOUND" })),
            },
            ("POST", ["v2", "checkout", "orders", id, step]) => self.finish(id, step),
            ("POST", ["v2", "payments", "authorizations", id, "capture"]) => self.capture(id, &body),
            ("POST", ["v2", "payments", "authorizations", id, "void"]) => self.void(id),
            ("POST", ["v2", "payments", "captures", id, "refund"]) => self.refund(id, &body),
            _ => Reply::Json(404, json!({ "name": "RESOURCE_NOT_FOUND" })),
        }
    }

    fn create(&mut self, asked: &Asked, body: &Value) -> Reply {
        let context = &body["payment_source"]["paypal"]["experience_context"];
        let amount = &body["purchase_units"][0]["amount"];
        if !matches!(body["intent"].as_str(), Some("CAPTURE" | "AUTHORIZE"))
            || !context["return_url"].is_string()
            || !amount["value"].is_string()
        {
            return Reply::Json(400, json!({ "name": "INVALID_REQUEST", "message": "Request is not well-formed" }));
        }
        let id = random_token(17).to_uppercase();
        let order = json!({
            "id": id, "intent": body["intent"], "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{ "custom_id": body["purchase_units"][0]["custom_id"], "amount": amount, "payments": {} }],
            "links": [{ "rel": "self", "href": "https://api-m.paypal.com/" },
                { "rel": "payer-action", "href": format!("http://{}/pay/{id}", asked.header("host")) }],
            "_return": context["return_url"],
        });
        self.orders.insert(id, order.clone());
        Reply::Json(200, order)
    }

    fn page(&mut self, asked: &Asked) -> Reply {
        let id = asked.path[1].clone();
        if asked.method == "GET" {
            return page_to_pay(&format!("/pay/{id}"));
        }
        let order = self.orders.get_mut(&id).unwrap();
        order["status"] = json!("APPROVED");
        let back = order["_return"].as_str().unwrap().to_owned();
        if asked.form()["answer"] != "pay" {
            self.declines.push(id.clone());
        }
        Reply::SeeOther(format!("{back}?token={id}&PayerID=STANDIN1"))
    }

    fn finish(&mut self, id: &str, step: &str) -> Reply {
        let declines = self.declines.iter().any(|declined| declined == id);
        let Some(order) = self.orders.get_mut(id) else { return Reply::Json(404, json!({ "name": "RESOURCE_NOT_FOUND" })) };
        match order["status"].as_str() {
            Some("COMPLETED") => return refusal("ORDER_ALREADY_CAPTURED", "Order already captured"),
            Some("APPROVED") => {}
            _ => return refusal("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment"),
        }
        if declines {
            return refusal("INSTRUMENT_DECLINED", "The instrument presented was either declined by the processor or bank");
        }
        let (kind, status) = if step == "authorize" { ("authorizations", "CREATED") } else { ("captures", "COMPLETED") };
        let part = json!({ "id": random_token(17).to_uppercase(), "status": status, "amount": order["purchase_units"][0]["amount"],
            "expiration_time": "2099-12-01T10:00:00Z" });
        self.parts.insert(part["id"].as_str().unwrap().to_owned(), id.to_owned());
        order["purchase_units"][0]["payments"][kind] = json!([part]);
        order["status"] = json!("COMPLETED");
        Reply::Json(201, order.clone())
    }

    fn payments(&mut self, part: &str) -> Option<&mut Value> {
        let order = self.parts.get(part)?.clone();
        Some(&mut self.orders.get_mut(&order)?["purchase_units"][0]["payments"])
    }

    fn capture(&mut self, id: &str, body: &Value) -> Reply {
        let order = self.parts.get(id).cloned();
        let Some(payments) = self.payments(id) else { return Reply::Json(404, json!({ "name": "RESOURCE_NOT_FOUND" })) };
        if payments["authorizations"][0]["status"] == "VOIDED" {
            return refusal("AUTHORIZATION_VOIDED", "A voided authorization cannot be captured or reauthorized");
        }
        let taken = sum(&payments["captures"]);
        if taken + minor(&body["amount"]) > minor(&payments["authorizations"][0]["amount"]) {
            return refusal("MAX_CAPTURE_AMOUNT_EXCEEDED", "Capture amount exceeds allowable limit");
        }
        payments["authorizations"][0]["status"] = json!(if body["final_capture"] == true { "CAPTURED" } else { "PARTIALLY_CAPTURED" });
        let capture = json!({ "id": random_token(17).to_uppercase(), "status": "COMPLETED", "amount": body["amount"], "invoice_id": body["invoice_id"] });
        push(&mut payments["captures"], capture.clone());
        self.parts.insert(capture["id"].as_str().unwrap().to_owned(), order.unwrap());
        Reply::Json(201, capture)
    }

    fn void(&mut self, id: &str) -> Reply {
        let Some(payments) = self.payments(id) else { return Reply::Json(404, json!({ "name": "RESOURCE_NOT_FOUND" })) };
        if payments["authorizations"][0]["status"] == "CAPTURED" {
            return refusal("PREVIOUSLY_CAPTURED", "Authorization has been previously captured and hence cannot be voided");
        }
        payments["authorizations"][0]["status"] = json!("VOIDED");
        Reply::Empty(204)
    }

    fn refund(&mut self, id: &str, body: &Value) -> Reply {
        let Some(payments) = self.payments(id) else { return Reply::Json(404, json!({ "name": "RESOURCE_NOT_FOUND" })) };
        let captures = payments["captures"].as_array().unwrap();
        let captured = captures.iter().find(|capture| capture["id"] == id).map(|capture| minor(&capture["amount"])).unwrap();
        let up = format!("https://api-m.paypal.com/v2/payments/captures/{id}");
        let of_it = payments["refunds"].as_array().into_iter().flatten().filter(|refund| refund["links"][0]["href"] == up.as_str());
        if of_it.map(|refund| minor(&refund["amount"])).sum::<i64>() + minor(&body["amount"]) > captured {
            return refusal(
                "REFUND_AMOUNT_EXCEEDED",
                "The refund amount must be less than or equal to the capture amount that has not yet been refunded",
            );
        }
        let refund = json!({ "id": random_token(17).to_uppercase(), "status": "COMPLETED", "amount": body["amount"],
            "invoice_id": body["invoice_id"], "links": [{ "rel": "up", "href": up }] });
        push(&mut payments["refunds"], refund.clone());
        Reply::Json(201, refund)
    }
}

fn basic() -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encoded: String = format!("{CLIENT_ID}:{CLIENT_SECRET}")
        .as_bytes()
        .chunks(3)
        .map(|three| {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            (0..4)
                .map(|at| if at <= three.len() { char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]) } else { '=' })
                .collect::<String>()
        })
        .collect();
    format!("Basic {encoded}")
}

fn verify(asked: &Asked) -> Reply {
    let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    // What was signed are the bytes as they were sent, so they are taken out of the request as they are.
    let event = asked.body.split_once("\"webhook_event\":").map_or("", |(_, event)| event.trim_end_matches('}'));
    let braces = asked.body.len() - asked.body.trim_end_matches('}').len() - 1;
    let is_right = body["webhook_id"] == WEBHOOK_ID && body["transmission_sig"] == sign(&format!("{event}{}", "}".repeat(braces)));
    Reply::Json(200, json!({ "verification_status": if is_right { "SUCCESS" } else { "FAILURE" } }))
}

fn minor(amount: &Value) -> i64 {
    amount["value"].as_str().unwrap().replace('.', "").parse().unwrap()
}

fn sum(parts: &Value) -> i64 {
    parts.as_array().into_iter().flatten().map(|part| minor(&part["amount"])).sum()
}

fn push(list: &mut Value, part: Value) {
    if !list.is_array() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().push(part);
}
