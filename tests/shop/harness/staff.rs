use super::{Browser, Page};

/// Somebody who works in the shop.
pub struct Staff {
    pub browser: Browser,
}

impl Staff {
    pub fn new(browser: Browser) -> Self {
        Self { browser }
    }

    pub fn visits(&mut self, path: &str) -> &Page {
        self.browser.get(path)
    }

    pub fn page(&self) -> &Page {
        self.browser.page()
    }

    pub fn opens_order(&mut self, number: &str) -> &Page {
        self.browser.get(&format!("/admin/orders/{number}"))
    }

    /// The page of the customer with this address, found among all.
    pub fn opens_customer(&mut self, email: &str) -> &Page {
        self.browser.get("/admin/customers");
        self.browser.submit("Filter", &[("q", email)]);
        let path = self.page().attribute("tbody th a", "href").unwrap_or_else(|| panic!("no customer {email}"));
        self.browser.get(&path)
    }

    pub fn ships(&mut self, number: &str, tracking: &str) -> &Page {
        self.opens_order(number);
        self.browser.submit("Mark as shipped", &[("carrier", "Royal Mail"), ("tracking_number", tracking)]);
        self.browser.submit("Yes, it is shipped", &[])
    }

    pub fn cancels(&mut self, number: &str, reason: &str) -> &Page {
        self.browser.get(&format!("/admin/orders/{number}/cancellation"));
        self.browser.submit("Cancel the order", &[("reason", reason)])
    }

    pub fn refunds(&mut self, number: &str, amount: &str) -> &Page {
        self.opens_order(number);
        self.browser.submit("Refund", &[("amount", amount)]);
        if self.page().says("can’t be undone") {
            self.browser.submit("Give back", &[]);
        }
        self.page()
    }

    pub fn marks_paid(&mut self, number: &str) -> &Page {
        self.opens_order(number);
        self.browser.follow("Mark as paid");
        self.browser.submit("Yes, note the payment", &[])
    }
}
