//! Whatever a shop does in a day.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use crate::harness::{Browser, CARD, DECLINED, Server, Shop, Shopper, Staff};

/// All of it, one after the other, until the server dies. Whoever speaks to a server that dies gets no page, and that is no
/// failure of the test. Gives what kept the acts from their end.
pub fn a_day(shop: &Shop, server: &mut Server, hammer: &str) -> Vec<String> {
    let day = Day { shop, url: server.url.clone(), hammer };
    let acts: [fn(&Day<'_>); 8] = [
        |day| day.ships(),
        |day| day.refunds(),
        |day| day.cancels(),
        |day| day.tries_again(),
        |day| day.stays_away(),
        |day| day.lets_go(),
        |day| day.pays_by_card(),
        |day| day.gets_no_answer(),
    ];
    let mut faults = vec![];
    for (at, act) in acts.into_iter().enumerate() {
        if server.is_dead() {
            break;
        }
        if let Err(fault) = catch_unwind(AssertUnwindSafe(|| act(&day))) {
            faults.push(format!("act {at}: {}", fault.downcast_ref::<String>().map_or("broke", String::as_str)));
        }
        thread::sleep(Duration::from_millis(400));
    }
    faults
}

struct Day<'a> {
    shop: &'a Shop,
    url: String,
    hammer: &'a str,
}

impl Day<'_> {
    fn shopper(&self) -> Shopper {
        let mut annie = Shopper::new(Browser::new(&self.url));
        annie.adds_to_cart(self.hammer, 1);
        annie.reaches_payment();
        annie
    }

    fn buys_with(&self, card: &str) -> Shopper {
        let mut annie = self.shopper();
        annie.orders_by("sandbox");
        annie.pays_with(card);
        annie
    }

    fn staff(&self) -> Staff {
        let mut browser = Browser::new(&self.url);
        browser.get("/sign-in");
        browser.submit("Sign in", &[("email", "owner@example.com"), ("password", "a password of the shop")]);
        Staff::new(browser)
    }

    fn ships(&self) {
        self.staff().ships(&self.buys_with(CARD).order_number(), "AB1");
    }

    fn refunds(&self) {
        self.staff().refunds(&self.buys_with(CARD).order_number(), "4.00");
    }

    fn cancels(&self) {
        self.staff().cancels(&self.buys_with(CARD).order_number(), "no more");
    }

    fn tries_again(&self) {
        let mut annie = self.buys_with(DECLINED);
        annie.browser.submit("Pay", &[("gateway", "sandbox")]);
        annie.pays_with(CARD);
    }

    /// Never pays.
    fn stays_away(&self) {
        self.shopper().orders_by("sandbox");
        self.shop.meddle("UPDATE orders SET pay_before = now() - interval '1 minute' WHERE pay_before IS NOT NULL");
        self.comes_round("expire_order");
    }

    /// Never orders.
    fn lets_go(&self) {
        self.shopper();
        self.shop.meddle("UPDATE reservations SET reserved_until = now() - interval '1 minute'");
        self.comes_round("sweep_holds");
    }

    /// A gift card pays a part, which goes back to it.
    fn pays_by_card(&self) {
        let mut staff = self.staff();
        staff.visits("/admin/gift-cards/new");
        staff.browser.submit("Issue and send it", &[("amount", "5"), ("email", "annie@example.com")]).must_say("£5.00");
        let text = self.shop.first("SELECT body_text FROM mails WHERE kind = 'gift_card' ORDER BY created_at DESC, id DESC");
        let code = text.lines().map(str::trim).find(|line| line.len() == 19 && line.matches('-').count() == 3).expect("a code");
        let mut annie = self.shopper();
        annie.browser.submit("Use the gift card", &[("code", code)]);
        annie.orders_by("sandbox");
        annie.pays_with(CARD);
        staff.refunds(&annie.order_number(), "13.95");
    }

    /// The provider's answer is lost on the way; somebody asks again later.
    fn gets_no_answer(&self) {
        // It is asked three times.
        self.shop.arms("start", "refuse", 3);
        self.shopper().orders_by("sandbox");
        self.shop.meddle("UPDATE payment_attempts SET checked_at = NULL, created_at = created_at - interval '1 minute'");
        self.comes_round("reconcile_payments");
        thread::sleep(Duration::from_secs(1));
        self.shop.meddle("UPDATE orders SET pay_before = now() - interval '1 minute' WHERE pay_before IS NOT NULL");
        self.comes_round("expire_order");
    }

    fn comes_round(&self, kind: &str) {
        self.shop.meddle(&format!("UPDATE jobs SET run_at = now() WHERE kind = '{kind}' AND leased_until IS NULL"));
    }
}
