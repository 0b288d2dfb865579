use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher};

use super::{Browser, Page};

/// Everybody's.
pub const PASSWORD: &str = "three plain words";

static HASH: LazyLock<String> = LazyLock::new(|| Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string());

/// The statement that puts a confirmed account there.
pub fn account_of(email: &str) -> String {
    format!(
        "INSERT INTO accounts (email, name, password_hash, confirmed_at) VALUES ('{email}', 'Annie Preece', '{}', now())
         ON CONFLICT (email) DO NOTHING",
        *HASH
    )
}

/// The sandbox provider's card that succeeds.
pub const CARD: &str = "4242 4242 4242 4242";
/// The one that is declined.
pub const DECLINED: &str = "4000 0000 0000 0002";
/// The one for which the bank asks back.
pub const VERIFIED: &str = "4000 0000 0000 3220";

/// Somebody who buys, by following the shop's own links and forms.
pub struct Shopper {
    pub browser: Browser,
    pub email: String,
}

impl Shopper {
    pub fn new(browser: Browser) -> Self {
        Self { browser, email: "annie@example.com".to_owned() }
    }

    pub fn visits(&mut self, path: &str) -> &Page {
        self.browser.get(path)
    }

    pub fn page(&self) -> &Page {
        self.browser.page()
    }

    pub fn adds_to_cart(&mut self, product: &str, quantity: i32) -> &Page {
        self.browser.get(product);
        self.browser.submit("Add to cart", &[("quantity", &quantity.to_string())])
    }

    /// From the cart to the address step.
    pub fn goes_to_checkout(&mut self) -> &Page {
        self.browser.get("/cart");
        self.browser.submit("Go to checkout", &[])
    }

    pub fn gives_address(&mut self, changed: &[(&str, &str)]) -> &Page {
        let email = self.email.clone();
        let usual = [
            ("email", email.as_str()),
            ("name", "Annie Preece"),
            ("line1", "3 Corve Street"),
            ("city", "Ludlow"),
            ("postcode", "SY8 1AE"),
            ("country", "GB"),
        ];
        let kept = usual.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        let fields: Vec<_> = kept.chain(changed.iter().copied()).collect();
        // What needs no delivery has no step for it.
        let onward = if self.page().text().contains("Go on to delivery") { "Go on to delivery" } else { "Go on to check your order" };
        self.browser.submit(onward, &fields)
    }

    /// Chooses the first delivery method, or the one whose name is given.
    pub fn chooses_delivery(&mut self) -> &Page {
        let first = self.page().attribute("input[name=method]", "value").expect("a delivery method");
        self.browser.submit("Go on to check your order", &[("method", &first)])
    }

    pub fn checks_the_order(&mut self) -> &Page {
        self.browser.follow("Go on to pay")
    }

    /// From the cart to the page where one pays.
    pub fn reaches_payment(&mut self) -> &Page {
        self.goes_to_checkout();
        self.gives_address(&[]);
        if self.page().url.path() == "/checkout/delivery" {
            self.chooses_delivery();
        }
        self.checks_the_order()
    }

    /// Places the order; with the sandbox gateway this leads to the provider's page.
    pub fn orders_by(&mut self, gateway: &str) -> &Page {
        self.browser.submit("Place the order", &[("gateway", gateway)])
    }

    /// On the provider's page.
    pub fn pays_with(&mut self, card: &str) -> &Page {
        let fields = [("number", card), ("expiry", "12/39"), ("cvc", "123")];
        self.browser.submit("Pay", &fields)
    }

    /// The whole way from the cart to a paid order; gives the order's number.
    pub fn buys(&mut self) -> String {
        self.reaches_payment();
        self.orders_by("sandbox");
        self.pays_with(CARD);
        self.order_number()
    }

    /// The number of the order whose page is open.
    pub fn order_number(&self) -> String {
        let path = self.page().url.path().to_owned();
        let mut parts = path.split('/').skip_while(|part| *part != "orders");
        parts.nth(1).unwrap_or_else(|| panic!("{path} is no order's page:\n{}", self.page().text())).to_owned()
    }

    /// Has an account whose address is confirmed, and signs in. The way that a newcomer takes is told in `sign_up`.
    pub fn signs_up(&mut self) -> &Page {
        self.browser.meddle(&account_of(&self.email));
        self.signs_in()
    }

    pub fn signs_in(&mut self) -> &Page {
        let email = self.email.clone();
        self.browser.get("/sign-in");
        self.browser.submit("Sign in", &[("email", &email), ("password", PASSWORD)])
    }
}
