//! Whether the shop is as the model says.

use ironmonger::{
    orders::Lifecycle,
    payments::{AttemptState, RefundState},
};

use super::{Simulation, Step, provider::Fate};

impl Simulation<'_> {
    pub fn must(&self, holds: bool, words: impl FnOnce() -> String) -> Step {
        if holds { Ok(()) } else { Err(words()) }
    }

    pub fn check_article(&self, at: usize) -> Step {
        let article = &self.model.articles[at];
        let (on_hand, allocated) = self.shop.stock(&article.sku);
        let (right, found) = ((article.on_hand, article.allocated), (on_hand, allocated));
        self.must(right == found, || format!("{}: {right:?} are on hand and belong to orders; the books say {found:?}", article.sku))?;
        self.must(allocated <= on_hand, || format!("{} is oversold: {found:?}", article.sku))
    }

    /// An order just after something was done to it: what the books tell of its money may be late, but never more than is true.
    pub fn check_order(&self, at: usize) -> Step {
        let order = &self.model.orders[at];
        let detail = self.check_state_of(at)?;
        let about = |words: String| format!("order {at} ({}): {words}", order.number);
        let is_cancelled = detail.order.lifecycle == Lifecycle::Cancelled;
        self.must(is_cancelled == order.is_cancelled, || about(format!("cancelled: {is_cancelled}, by the model {}", order.is_cancelled)))?;
        self.must(detail.order.total == order.total, || about(format!("it costs {}, it should be {}", detail.order.total, order.total)))?;
        let lines: i64 = detail.lines.iter().map(|line| line.total).sum();
        let sum = lines + detail.discounts.iter().map(|discount| discount.amount).sum::<i64>() + detail.order.delivery_total;
        self.must(sum == order.total, || about(format!("its parts come to {sum}, it costs {}", order.total)))?;
        for line in &order.lines {
            let found = detail.lines.iter().find(|found| found.id == line.id).map(|line| (line.quantity, line.shipped, line.returned));
            let right = Some((line.quantity, line.shipped, line.returned));
            self.must(found == right, || about(format!("ordered, shipped, sent back: {found:?}, should be {right:?}")))?;
            self.check_article(line.article)?;
        }
        let books = self.provider.books();
        for attempt in detail.attempts.iter().filter(|attempt| attempt.gateway == "sandbox") {
            let Some(payment) = books.of(attempt.id) else {
                self.must(attempt.captured == 0, || about("money came that the provider knows nothing of".to_owned()))?;
                continue;
            };
            self.must(attempt.amount == payment.asked.minor, || about(format!("{} was asked for, not {}", payment.asked, attempt.amount)))?;
            let (told, true_one) = (attempt.captured, payment.captured());
            self.must(told <= true_one, || about(format!("{told} came by the books, {true_one} by the provider's")))?;
            for refund in detail.refunds.iter().filter(|refund| refund.attempt_id == attempt.id && refund.state == RefundState::Succeeded) {
                let given = payment.refunds.get(&refund.id).map(|given| given.amount);
                self.must(given == Some(refund.amount), || {
                    about(format!("{} went back by the books, {given:?} by the provider's", refund.amount))
                })?;
            }
            let back = payment.refunded();
            self.must(back <= true_one, || about(format!("{back} went back of {true_one}")))?;
        }
        Ok(())
    }

    /// Everything, once it has settled.
    pub fn check_all(&self) -> Step {
        let left = "SELECT string_agg(kind || ' (' || attempts || '): ' || COALESCE(last_error, 'waits'), '; ') FROM jobs";
        self.must(self.shop.count("SELECT count(*) FROM jobs") == 0, || format!("work is left: {}", self.shop.first(left)))?;
        for at in 0..self.model.articles.len() {
            self.check_article(at)?;
        }
        self.must(self.shop.count("SELECT COALESCE(sum(reserved), 0) FROM stock") == 0, || "units are held for nobody".to_owned())?;
        let orders = self.shop.count("SELECT count(*) FROM orders");
        self.must(orders == self.model.placed as i64, || format!("there are {orders} orders, and {} were placed", self.model.placed))?;
        for at in 0..self.model.orders.len() {
            self.check_order(at)?;
            self.check_money(at)?;
        }
        let unknown = self
            .provider
            .books()
            .payments
            .iter()
            .find(|(ordinal, payment)| {
                (payment.captured() > 0 || payment.fate == Fate::Authorised)
                    && self.shop.count(&format!(
                        "SELECT count(*) FROM payment_attempts WHERE id = '{}' AND COALESCE(gateway_reference, '') <> ''",
                        payment.attempt
                    )) == 0
                    && **ordinal > self.checked_payments
            })
            .map(|(ordinal, _)| *ordinal);
        self.must(unknown.is_none(), || format!("the provider has payment {unknown:?}, of which the shop knows nothing"))?;
        self.examine()
    }

    /// The books, the provider and the model agree on an order's money.
    fn check_money(&self, at: usize) -> Step {
        let order = &self.model.orders[at];
        let detail = self.check_state_of(at)?;
        let about = |words: String| format!("order {at} ({}): {words}", order.number);
        let mut kept = 0;
        let books = self.provider.books();
        for attempt in &detail.attempts {
            let gone: i64 = detail
                .refunds
                .iter()
                .filter(|refund| refund.attempt_id == attempt.id && refund.state == RefundState::Succeeded)
                .map(|refund| refund.amount)
                .sum();
            kept += attempt.captured - gone;
            if attempt.gateway != "sandbox" {
                continue;
            }
            self.must(attempt.state != AttemptState::Pending, || about(format!("payment {} is still pending", attempt.id)))?;
            let payment = books.of(attempt.id);
            let right = payment.map_or((0, 0), |payment| (payment.captured(), payment.refunded()));
            self.must(right == (attempt.captured, gone), || {
                about(format!("taken and given back: {right:?} by the provider, {:?} by the books", (attempt.captured, gone)))
            })?;
            let is_aside = payment.is_some_and(|payment| payment.fate == Fate::Authorised);
            self.must(!(is_aside && order.is_cancelled), || about("it is cancelled, and money is still set aside for it".to_owned()))?;
        }
        let pending = detail.refunds.iter().any(|refund| refund.state == RefundState::Pending);
        self.must(!pending, || about("a refund is still on its way".to_owned()))?;
        let by_staff = |refund: &&ironmonger::payments::Refund| refund.reason == "test" || refund.reason.starts_with("Return ");
        let asked: i64 = detail.refunds.iter().filter(by_staff).map(|refund| refund.amount).sum();
        self.must(asked == order.given_back, || {
            about(format!("{asked} were to be given back by the books, {} by staff", order.given_back))
        })?;
        let refused: i64 = detail.refunds.iter().filter(|refund| refund.state == RefundState::Failed).map(|refund| refund.amount).sum();
        if order.is_cancelled {
            return self.must(kept <= refused, || about(format!("it is cancelled, {kept} is still here and {refused} was refused")));
        }
        self.must(kept <= order.total + refused, || {
            about(format!("{kept} is kept for what costs {}, and {refused} was refused", order.total))
        })
    }

    /// The shop's own examination; the provider's list is compared once nothing is under way.
    pub fn examine(&self) -> Step {
        let report =
            self.shop.block_on(ironmonger::doctor::examine(&self.wired.doctor, 30)).map_err(|error| format!("the examination: {error}"))?;
        // A refund that the provider refuses for good is staff's to mend, and told so.
        let refused = |about: &str| {
            self.shop.count(&format!("SELECT count(*) FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id JOIN orders o ON o.id = a.order_id WHERE r.state = 'failed' AND o.number = '{about}'")) > 0
        };
        let lasting: Vec<String> = report
            .findings
            .iter()
            .filter(|finding| !(finding.words.contains("still here") && refused(&finding.about)))
            .map(ToString::to_string)
            .collect();
        // While messages may still come, the provider gives no list, and that is told of its payments.
        let may_be_untold = |unread: &&String| !self.provider.books().is_listing && unread.contains("which gives no list");
        let is_read = report.unread.iter().all(|unread| may_be_untold(&unread));
        self.must(lasting.is_empty() && is_read, || format!("the examination found: {} {}", lasting.join("; "), report.unread.join("; ")))
    }
}
