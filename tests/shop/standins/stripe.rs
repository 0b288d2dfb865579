//! Stripe as docs.stripe.com/api has it: Checkout Sessions, PaymentIntents, Refunds, idempotent requests and signed events.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use ironmonger::base::{Keys, random_token};
use serde_json::{Value, json};

use super::{Asked, Remembered, Reply, Running, page_to_pay, serve};

pub const KEY: &str = "sk_test_stand_in_of_stripe_0042";
pub const WEBHOOK_SECRET: &str = "whsec_stand_in_of_stripe_0043";

#[derive(Default)]
struct Books {
    sessions: BTreeMap<String, Value>,
    intents: HashMap<String, Value>,
    refunds: BTreeMap<String, Value>,
    remembered: Remembered,
    /// Answers 500 to so many requests of the API.
    broken: u32,
    asked: u32,
}

pub struct Stripe {
    running: Running,
    books: Arc<Mutex<Books>>,
}

impl Stripe {
    pub fn open() -> Self {
        let books = Arc::new(Mutex::new(Books::default()));
        let theirs = books.clone();
        let running = serve(move |asked| theirs.lock().unwrap().answer(&asked));
        Self { running, books }
    }

    pub fn url(&self) -> String {
        format!("{}/", self.running.url)
    }

    /// The next requests of its API are answered with 500.
    pub fn breaks(&self, times: u32) {
        self.books.lock().unwrap().broken = times;
    }

    pub fn times_asked(&self) -> u32 {
        self.books.lock().unwrap().asked
    }

    pub fn count_of_sessions(&self) -> usize {
        self.books.lock().unwrap().sessions.len()
    }

    /// The shopper does so on Stripe's page.
    pub fn shopper(&self, reference: &str, pays: bool) {
        self.books.lock().unwrap().shopper(reference, pays);
    }

    /// An event about the session or its PaymentIntent, with a signature made at that time.
    pub fn event(&self, kind: &str, reference: &str, at: i64) -> (String, String) {
        let books = self.books.lock().unwrap();
        let session = &books.sessions[reference];
        let object = match kind.split('.').next() {
            Some("checkout") => session.clone(),
            _ => books.intents[session["payment_intent"].as_str().unwrap()].clone(),
        };
        let body =
            json!({ "id": format!("evt_{}", random_token(12)), "object": "event", "type": kind, "data": { "object": object } }).to_string();
        let signature = Keys::sign_with(WEBHOOK_SECRET.as_bytes(), format!("{at}.{body}").as_bytes());
        (format!("t={at},v1={signature}"), body)
    }
}

fn error(status: u16, kind: &str, message: &str) -> Reply {
    Reply::Json(status, json!({ "error": { "type": kind, "message": message } }))
}

impl Books {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if asked.path[0] == "pay" {
            return self.page(asked);
        }
        self.asked += 1;
        if asked.header("authorization") != format!("Bearer {KEY}") {
            return error(401, "invalid_request_error", "Invalid API Key provided");
        }
        if asked.header("stripe-version") != "2024-12-18.acacia" {
            return error(400, "invalid_request_error", "Invalid Stripe API version");
        }
        if self.broken > 0 {
            self.broken -= 1;
            return error(500, "api_error", "Something went wrong on Stripe's end");
        }
        let key = asked.header("idempotency-key").to_owned();
        match self.remembered.find(&key, asked) {
            Some(Ok(reply)) => return reply,
            Some(Err(())) => {
                return error(400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters");
            }
            None => {}
        }
        let reply = self.act(asked);
        if asked.method == "POST" {
            self.remembered.keep(&key, asked, &reply);
        }
        reply
    }

    fn act(&mut self, asked: &Asked) -> Reply {
        let path: Vec<_> = asked.path.iter().map(String::as_str).collect();
        match (asked.method.as_str(), path.as_slice()) {
            ("GET", ["v1", "balance"]) => Reply::Json(200, json!({ "object": "balance", "livemode": false })),
            ("POST", ["v1", "checkout", "sessions"]) => self.create(asked),
            ("GET", ["v1", "checkout", "sessions"]) => self.list(asked),
            ("GET", ["v1", "checkout", "sessions", id]) => match self.sessions.get(*id) {
                Some(session) => Reply::Json(200, self.expanded(session)),
                None => error(404, "invalid_request_error", "No such checkout.session"),
            },
            ("POST", ["v1", "checkout", "sessions", id, "expire"]) => self.expire(id),
            ("POST", ["v1", "payment_intents", id, "capture"]) => self.capture(id, &asked.form()),
            ("POST", ["v1", "payment_intents", id, "cancel"]) => self.cancel(id),
            ("POST", ["v1", "refunds"]) => self.refund(&asked.form()),
            ("GET", ["v1", "refunds"]) => {
                let of: Vec<_> = self.refunds.values().filter(|refund| refund["payment_intent"] == asked.query["payment_intent"]).collect();
                Reply::Json(200, json!({ "object": "list", "data": of, "has_more": false }))
            }
            ("GET", ["v1", "refunds", id]) => Reply::Json(200, self.refunds[*id].clone()),
            _ => error(404, "invalid_request_error", "Unrecognized request URL"),
        }
    }

    fn create(&mut self, asked: &Asked) -> Reply {
        let form = asked.form();
        let get = |name: &str| form.get(name).cloned().unwrap_or_default();
        let amount: i64 = get("line_items[0][price_data][unit_amount]").parse().unwrap_or(0);
        let needed = ["success_url", "line_items[0][price_data][currency]", "line_items[0][price_data][product_data][name]", "expires_at"];
        if get("mode") != "payment" || amount < 30 || needed.iter().any(|name| get(name).is_empty()) {
            return error(400, "invalid_request_error", "Missing or wrong parameter");
        }
        let id = format!("cs_test_{}", random_token(20));
        let address = asked.header("host");
        let session = json!({
            "id": id, "object": "checkout.session", "status": "open", "payment_status": "unpaid", "mode": "payment",
            "url": format!("http://{address}/pay/{id}"), "amount_total": amount,
            "currency": get("line_items[0][price_data][currency]"), "payment_intent": null,
            "client_reference_id": get("client_reference_id"), "success_url": get("success_url"), "cancel_url": get("cancel_url"),
            "metadata": { "attempt": get("metadata[attempt]") },
            "_capture": get("payment_intent_data[capture_method]"), "_attempt": get("payment_intent_data[metadata][attempt]"),
        });
        self.sessions.insert(id, session.clone());
        Reply::Json(200, session)
    }

    fn expanded(&self, session: &Value) -> Value {
        let mut session = session.clone();
        if let Some(intent) = session["payment_intent"].as_str().map(str::to_owned) {
            session["payment_intent"] = self.intents[&intent].clone();
        }
        session
    }

    fn list(&self, asked: &Asked) -> Reply {
        let after = asked.query.get("starting_after").cloned().unwrap_or_default();
        let limit: usize = asked.query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
        let rest: Vec<_> = self.sessions.values().filter(|session| session["id"].as_str().unwrap() > after.as_str()).collect();
        let page: Vec<_> = rest.iter().take(limit).map(|session| self.expanded(session)).collect();
        Reply::Json(200, json!({ "object": "list", "data": page, "has_more": rest.len() > limit }))
    }

    fn page(&mut self, asked: &Asked) -> Reply {
        let id = asked.path[1].clone();
        if asked.method == "GET" {
            return page_to_pay(&format!("/pay/{id}"));
        }
        self.shopper(&id, asked.form()["answer"] == "pay");
        Reply::SeeOther(self.sessions[&id]["success_url"].as_str().unwrap().to_owned())
    }

    fn shopper(&mut self, id: &str, pays: bool) {
        let session = self.sessions.get_mut(id).unwrap();
        if session["status"] != "open" {
            return;
        }
        let intent = format!("pi_{}", random_token(16));
        session["payment_intent"] = json!(intent);
        let (is_manual, amount) = (session["_capture"] == "manual", session["amount_total"].as_i64().unwrap());
        let status = match (pays, is_manual) {
            (false, _) => "requires_payment_method",
            (true, true) => "requires_capture",
            (true, false) => "succeeded",
        };
        if pays {
            session["status"] = json!("complete");
            session["payment_status"] = json!(if is_manual { "unpaid" } else { "paid" });
        }
        let taken = if status == "succeeded" { amount } else { 0 };
        let held = if status == "requires_capture" { amount } else { 0 };
        let object = json!({
            "id": intent, "object": "payment_intent", "status": status, "currency": session["currency"], "amount": amount,
            "amount_received": taken, "amount_capturable": held, "metadata": { "attempt": session["_attempt"] }, "cancellation_reason": null,
            "latest_charge": { "amount_refunded": 0, "payment_method_details": { "card": { "capture_before": 4_102_444_800_i64 } } },
        });
        self.intents.insert(intent, object);
    }

    fn expire(&mut self, id: &str) -> Reply {
        let Some(session) = self.sessions.get_mut(id) else { return error(404, "invalid_request_error", "No such checkout.session") };
        if session["status"] != "open" {
            return error(400, "invalid_request_error", "Only Checkout Sessions with a status in [open] can be expired");
        }
        session["status"] = json!("expired");
        Reply::Json(200, session.clone())
    }

    fn capture(&mut self, id: &str, form: &HashMap<String, String>) -> Reply {
        let Some(intent) = self.intents.get_mut(id) else { return error(404, "invalid_request_error", "No such payment_intent") };
        let amount: i64 = form["amount_to_capture"].parse().unwrap();
        if intent["status"] != "requires_capture" || amount > intent["amount_capturable"].as_i64().unwrap() {
            return error(400, "invalid_request_error", "This PaymentIntent could not be captured");
        }
        intent["status"] = json!("succeeded");
        intent["amount_received"] = json!(amount);
        intent["amount_capturable"] = json!(0);
        Reply::Json(200, intent.clone())
    }

    fn cancel(&mut self, id: &str) -> Reply {
        let Some(intent) = self.intents.get_mut(id) else { return error(404, "invalid_request_error", "No such payment_intent") };
        if intent["status"] == "succeeded" {
            return error(400, "invalid_request_error", "You cannot cancel this PaymentIntent because it has a status of succeeded");
        }
        intent["status"] = json!("canceled");
        intent["cancellation_reason"] = json!("requested_by_customer");
        Reply::Json(200, intent.clone())
    }

    fn refund(&mut self, form: &HashMap<String, String>) -> Reply {
        let amount: i64 = form["amount"].parse().unwrap();
        let Some(intent) = self.intents.get_mut(&form["payment_intent"]) else {
            return error(404, "invalid_request_error", "No such payment_intent");
        };
        let refunded = intent["latest_charge"]["amount_refunded"].as_i64().unwrap();
        if refunded + amount > intent["amount_received"].as_i64().unwrap() {
            return error(400, "invalid_request_error", "Refund amount is greater than unrefunded amount on charge");
        }
        intent["latest_charge"]["amount_refunded"] = json!(refunded + amount);
        let id = format!("re_{}", random_token(16));
        let refund = json!({ "id": id, "object": "refund", "status": "succeeded", "amount": amount,
            "payment_intent": form["payment_intent"], "metadata": { "refund": form.get("metadata[refund]") } });
        self.refunds.insert(id, refund.clone());
        Reply::Json(200, refund)
    }
}
