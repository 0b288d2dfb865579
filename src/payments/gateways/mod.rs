//! The ways of paying that the program knows, and what each needs to be set up.

mod http;
mod manual;
mod paypal;
mod sandbox;
mod stripe;
mod told;

pub use http::{http_client, outside_client};
pub use manual::{IN_SHOP, ManualGateway, by_transfer, shipped_unpaid};
use paypal::PayPalGateway;
use reqwest::Client;
use sandbox::SandboxGateway;
use stripe::StripeGateway;
pub use told::told_by;
use url::Url;

use super::{
    gateway::{CaptureAt, Gateway},
    model::{GatewaySettings, Mode},
};
use crate::base::Keys;

/// Where providers' own pages lie, on which shoppers pay. A form may lead there: browsers hold a policy's `form-action` against the
/// redirect that answers a form, too (CSP 3, 4.2.2).
pub const PROVIDERS_PAGES: [&str; 3] = ["https://checkout.stripe.com", "https://www.paypal.com", "https://www.sandbox.paypal.com"];

/// What gateways are built from besides their settings.
#[derive(Clone)]
pub struct GatewayParts {
    /// Opens the secrets.
    pub keys: Keys,
    /// For providers on this machine.
    pub inside: Client,
    /// For providers out in the world.
    pub outside: Client,
    /// With its path, as in `http://127.0.0.1:8080/sandbox/api/v1`.
    pub sandbox_api: Url,
    pub sandbox_key: String,
    pub sandbox_webhook_secret: String,
}

/// A key that a provider gives the merchant.
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub is_secret: bool,
    /// With what its value begins in test and in live mode; empty where there is no such rule.
    pub begins: (&'static [&'static str], &'static [&'static str]),
}

/// A way of paying that the program knows.
pub struct Kind {
    pub code: &'static str,
    /// For staff.
    pub label: &'static str,
    pub about: &'static str,
    pub fields: &'static [Field],
    /// Whether the provider tells test and live apart.
    pub has_modes: bool,
    /// Whether money can be set aside first.
    pub captures_later: bool,
    /// What the provider has to be told about our webhook; empty where it has none to set up.
    pub webhook_help: &'static str,
}

const NO_RULE: (&[&str], &[&str]) = (&[], &[]);

pub const KINDS: &[Kind] = &[
    Kind {
        code: "sandbox",
        label: "Sandbox Pay",
        about: "A pretended provider inside this program, for trying the shop out. No money moves. Switch it off before you sell.",
        fields: &[],
        has_modes: false,
        captures_later: true,
        webhook_help: "",
    },
    Kind {
        code: "stripe",
        label: "Stripe",
        about: "Cards and wallets on Stripe’s own page (Checkout). No card number ever comes to this shop.",
        fields: &[
            Field {
                name: "secret_key",
                label: "Secret key",
                hint: "From Stripe’s Dashboard under Developers, API keys. A restricted key needs to write Checkout Sessions, PaymentIntents and Refunds.",
                is_secret: true,
                begins: (&["sk_test_", "rk_test_"], &["sk_live_", "rk_live_"]),
            },
            Field {
                name: "webhook_secret",
                label: "Signing secret of the webhook",
                hint: "Stripe shows it when you add the endpoint below.",
                is_secret: true,
                begins: (&["whsec_"], &["whsec_"]),
            },
        ],
        has_modes: true,
        captures_later: true,
        webhook_help: "Add it in Stripe’s Dashboard under Developers, Webhooks, with all events of checkout.session, payment_intent and refund.",
    },
    Kind {
        code: "paypal",
        label: "PayPal",
        about: "PayPal’s own page, with PayPal balance, bank account or card.",
        fields: &[
            Field {
                name: "client_id",
                label: "Client ID",
                hint: "From developer.paypal.com under Apps & Credentials.",
                is_secret: false,
                begins: NO_RULE,
            },
            Field { name: "client_secret", label: "Secret", hint: "Stands below the client ID.", is_secret: true, begins: NO_RULE },
            Field {
                name: "webhook_id",
                label: "Webhook ID",
                hint: "PayPal shows it when you add the webhook below to the app.",
                is_secret: false,
                begins: NO_RULE,
            },
        ],
        has_modes: true,
        captures_later: true,
        webhook_help: "Add it to your app at developer.paypal.com, with all events of Checkout and Payments & Payouts.",
    },
    Kind {
        code: "manual",
        label: "Bank transfer or payment on delivery",
        about: "Both in one: you note the money when it comes, and parcels may leave before it.",
        fields: &[],
        has_modes: false,
        captures_later: false,
        webhook_help: "",
    },
    Kind {
        code: "bank_transfer",
        label: "Bank transfer",
        about: "You note the money when it comes. The parcel waits for it. Your bank details stand in the settings.",
        fields: &[],
        has_modes: false,
        captures_later: false,
        webhook_help: "",
    },
    Kind {
        code: "on_delivery",
        label: "Payment on delivery",
        about: "The carrier or you take the money with the parcel. You note it when it comes.",
        fields: &[],
        has_modes: false,
        captures_later: false,
        webhook_help: "",
    },
    Kind {
        code: IN_SHOP,
        label: "Cash or card in the shop",
        about: "For orders that staff take at the counter.",
        fields: &[],
        has_modes: false,
        captures_later: false,
        webhook_help: "",
    },
];

impl Kind {
    pub fn of(code: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.code == code)
    }

    /// Never offered to shoppers, so there is nothing to set up.
    pub fn is_for_staff(&self) -> bool {
        self.code == IN_SHOP
    }

    /// As a new shop has it.
    pub fn first_settings(&self) -> GatewaySettings {
        GatewaySettings {
            code: self.code.to_owned(),
            active: self.code == "manual",
            position: 1,
            mode: Mode::Test,
            name: String::new(),
            description: String::new(),
            capture_at: CaptureAt::Placing,
            public: serde_json::json!({}),
            secrets: serde_json::json!({}),
            last_success_at: None,
            last_failure_at: None,
            last_failure: None,
        }
    }

    /// `None` while something that it needs is not set.
    ///
    /// # Errors
    /// A secret can't be opened.
    pub fn build(&self, parts: &GatewayParts, settings: &GatewaySettings) -> anyhow::Result<Option<Box<dyn Gateway>>> {
        let is_live = settings.mode == Mode::Live;
        let built: Box<dyn Gateway> = match self.code {
            "sandbox" => Box::new(SandboxGateway::new(parts)),
            "stripe" => {
                let Some(secret_key) = settings.secret(&parts.keys, "secret_key")? else { return Ok(None) };
                let webhook_secret = settings.secret(&parts.keys, "webhook_secret")?.unwrap_or_default();
                let (http, api) = provider(parts, settings, "https://api.stripe.com/")?;
                Box::new(StripeGateway::new(http, api, secret_key, webhook_secret))
            }
            "paypal" => {
                let (Some(id), Some(secret)) = (settings.open("client_id"), settings.secret(&parts.keys, "client_secret")?) else {
                    return Ok(None);
                };
                let standard = if is_live { "https://api-m.paypal.com/" } else { "https://api-m.sandbox.paypal.com/" };
                let (http, api) = provider(parts, settings, standard)?;
                Box::new(PayPalGateway::new(http, api, id, secret, settings.open("webhook_id").unwrap_or_default()))
            }
            "bank_transfer" => Box::new(ManualGateway::BANK_TRANSFER),
            "on_delivery" => Box::new(ManualGateway::ON_DELIVERY),
            IN_SHOP => Box::new(ManualGateway::IN_SHOP),
            _ => Box::new(ManualGateway::EITHER),
        };
        Ok(Some(built))
    }
}

/// The provider's API, or a stand-in for it on this machine. A stand-in elsewhere is not believed, so that whoever can write to
/// the database can't have the keys sent to himself.
fn provider(parts: &GatewayParts, settings: &GatewaySettings, standard: &str) -> anyhow::Result<(Client, Url)> {
    let stand_in = settings.open("api_url").and_then(|url| Url::parse(&url).ok());
    let near = stand_in.filter(|url| url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")));
    match near {
        Some(url) => Ok((parts.inside.clone(), url)),
        None => Ok((parts.outside.clone(), Url::parse(standard)?)),
    }
}
