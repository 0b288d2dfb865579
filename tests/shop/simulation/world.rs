//! What time, banks and accidents do.

use ironmonger::{
    base::Error,
    checkout::{ReconcilePayments, verbs as checkout},
    inventory::SweepHolds,
    jobs::Job,
    orders,
};

use super::{
    Simulation, Step,
    provider::{Fate, Given},
};

impl Simulation<'_> {
    /// On the provider's page.
    pub fn decides_at_provider(&mut self) -> Step {
        let open = self.provider.books().ordinals_in(&[Fate::Open, Fate::Processing]);
        let recent = open.len().min(8);
        let Some(ordinal) = self.chance.pick(&open[open.len() - recent..]) else { return Ok(()) };
        let fate = match self.chance.below(100) {
            0..62 => self.provider.books().paid(ordinal),
            62..80 => Fate::Declined,
            80..92 => Fate::Processing,
            _ => Fate::Expired,
        };
        self.note(format!("payment {ordinal}: {fate:?}"));
        self.provider.books().becomes(ordinal, fate);
        Ok(())
    }

    /// What was set aside lapses.
    pub fn lapses(&mut self) -> Step {
        let aside = self.provider.books().ordinals_in(&[Fate::Authorised]);
        let Some(ordinal) = self.chance.pick(&aside) else { return Ok(()) };
        self.note(format!("payment {ordinal}: what was set aside lapses"));
        self.provider.books().becomes(ordinal, Fate::Expired);
        Ok(())
    }

    pub fn refund_settles(&mut self) -> Step {
        let waiting = self.provider.books().refunds_on_their_way();
        let Some(refund) = self.chance.pick(&waiting) else { return Ok(()) };
        let given = if self.chance.percent(85) { Given::Back } else { Given::Refused };
        self.note(format!("a refund of payment {}: {given:?}", refund.0));
        self.provider.books().refund_ends(refund, given);
        Ok(())
    }

    /// One of the messages under way arrives: once, twice, or never.
    pub fn message_arrives(&mut self) -> Step {
        let under_way: Vec<(u64, u64)> = self.provider.books().post.keys().copied().collect();
        let Some(key) = self.chance.pick(&under_way) else { return Ok(()) };
        let way = self.chance.below(100);
        if way < 10 {
            self.note(format!("message {key:?} is lost"));
            self.provider.books().post.remove(&key);
            return Ok(());
        }
        self.note(format!("message {key:?} arrives, and comes again: {}", way < 30));
        self.deliver(key, way < 30)
    }

    /// A message that is not understood yet comes again, as one that is to come twice does.
    pub fn deliver(&mut self, key: (u64, u64), comes_again: bool) -> Step {
        let Some(notice) = self.provider.books().post.get(&key).cloned() else { return Ok(()) };
        let till = self.wired.till.clone();
        let is_heeded = match self.lives(async move { checkout::heed(&till, "sandbox", notice).await }) {
            None | Some(Err(Error::NotFound)) => false,
            Some(Ok(())) => true,
            Some(Err(error)) => return Err(format!("a message: {error}")),
        };
        if is_heeded && !comes_again {
            self.provider.books().post.remove(&key);
        }
        self.look_for_cancelled()
    }

    pub fn works(&mut self) -> Step {
        self.note("the worker works".to_owned());
        self.drains()
    }

    pub fn retries(&mut self) -> Step {
        self.note("what failed is tried again".to_owned());
        self.shop.meddle("UPDATE jobs SET run_at = now() WHERE attempts > 0 AND parked_at IS NULL");
        self.drains()
    }

    pub fn drains(&mut self) -> Step {
        let worker = self.wired.worker();
        if let Some(Err(error)) = self.lives(async move { worker.drain().await }) {
            return Err(format!("the worker: {error}"));
        }
        let ours = "last_error IS NOT NULL AND last_error NOT LIKE '%payment provider%' AND last_error <> 'unavailable'";
        let failed = self.shop.count(&format!("SELECT count(*) FROM jobs WHERE {ours}"));
        if failed > 0 {
            return Err(format!("a job failed: {}", self.shop.first(&format!("SELECT kind || ': ' || last_error FROM jobs WHERE {ours}"))));
        }
        self.look_for_cancelled()
    }

    pub fn reconciles(&mut self) -> Step {
        self.note("the reconciler comes round".to_owned());
        self.forget_checks();
        // It asks about several at once: dying in between would not come out the same for the same seed.
        let till = self.wired.till.clone();
        let done = self.shop.block_on(ReconcilePayments {}.run((*till.into_inner()).clone()));
        done.map_err(|error| format!("the reconciler: {error}"))?;
        self.look_for_cancelled()
    }

    pub fn forget_checks(&self) {
        self.shop.meddle(
            "UPDATE payment_attempts SET checked_at = NULL WHERE state IN ('pending', 'authorised') AND checked_at IS NOT NULL;
             UPDATE refunds SET checked_at = NULL WHERE state = 'pending' AND checked_at IS NOT NULL;
             UPDATE captures SET checked_at = NULL WHERE state = 'pending' AND checked_at IS NOT NULL",
        );
    }

    pub fn holds_run_out(&mut self) -> Step {
        let held: Vec<usize> = (0..self.model.carts.len()).filter(|at| self.model.carts[*at].hold.is_live).collect();
        let Some(at) = self.chance.pick(&held) else { return Ok(()) };
        self.note(format!("cart {at}: its hold runs out"));
        self.run_out(at);
        if self.chance.percent(50) {
            self.sweeps()?;
        }
        Ok(())
    }

    pub fn run_out(&mut self, at: usize) {
        let cart = &mut self.model.carts[at];
        cart.hold.is_live = false;
        let sql = format!("UPDATE reservations SET reserved_until = now() - interval '1 minute' WHERE holder = '{}'", cart.id);
        self.shop.meddle(&sql);
    }

    pub fn sweeps(&mut self) -> Step {
        let db = self.db.clone();
        self.shop
            .block_on(
                async move { serde_json::from_str::<SweepHolds>("{}").map_err(|error| Error::internal(error.to_string()))?.run(db).await },
            )
            .map_err(|error| format!("the sweep: {error}"))
    }

    /// The time to pay is over, and the job that looks at it runs.
    pub fn pay_time_runs_out(&mut self) -> Step {
        let Some(at) = self.some_order() else { return Ok(()) };
        let order = &mut self.model.orders[at];
        order.is_late = true;
        let id = order.id;
        self.note(format!("order {at}: its time to pay is over"));
        self.shop.meddle(&format!(
            "UPDATE orders SET pay_before = now() - interval '1 minute' WHERE id = {id} AND pay_before IS NOT NULL;
             UPDATE jobs SET run_at = now() - interval '1 second' WHERE kind = 'expire_order' AND (payload->>'order')::bigint = {id}"
        ));
        self.drains()?;
        self.check_order(at)
    }

    /// Orders that ended by themselves.
    pub fn look_for_cancelled(&mut self) -> Step {
        let waiting: Vec<_> = self.model.orders.iter().filter(|order| !order.is_cancelled).map(|order| order.id).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let ids = waiting.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let found = self.shop.first(&format!(
            "SELECT COALESCE(string_agg(id::text, ',' ORDER BY id), '') FROM orders WHERE lifecycle = 'cancelled' AND id IN ({ids})"
        ));
        for id in found.split(',').filter_map(|id| id.parse().ok()).map(ironmonger::base::OrderId) {
            let Some(at) = self.model.orders.iter().position(|order| order.id == id) else { continue };
            let order = &self.model.orders[at];
            let may = order.is_late && order.is_untouched();
            self.must(may, || format!("order {at} was cancelled by itself, and its time was not over, or a part has left"))?;
            let attempts = self.read(move |conn| ironmonger::payments::attempts_of(conn, id)).map_err(|error| error.to_string())?;
            // A part of the price may be here: then the rest was not paid in time.
            let paid: i64 =
                attempts.iter().filter_map(|attempt| self.provider.books().of(attempt.id).map(|payment| payment.captured())).sum();
            let is_paid = paid > 0 && paid >= order.total;
            self.must(!is_paid, || format!("order {at} was cancelled by itself though the provider, when asked, had its money"))?;
            self.forget_order(at);
            self.expired += 1;
        }
        Ok(())
    }

    pub fn restarts(&mut self) -> Step {
        self.note("the shop is started again".to_owned());
        self.start_again();
        Ok(())
    }

    /// Everything settles: nobody does anything new, nothing breaks, all time runs out.
    pub fn night(&mut self) -> Step {
        self.note("night".to_owned());
        self.provider.books().is_faulty = false;
        let undecided = self.provider.books().ordinals_in(&[Fate::Open, Fate::Processing]);
        for ordinal in undecided {
            let is_paid = self.chance.percent(30);
            let mut books = self.provider.books();
            let fate = if is_paid { books.paid(ordinal) } else { Fate::Expired };
            books.becomes(ordinal, fate);
        }
        let waiting = self.provider.books().refunds_on_their_way();
        for refund in waiting {
            self.provider.books().refund_ends(refund, Given::Back);
        }
        for at in 0..self.model.carts.len() {
            self.run_out(at);
        }
        self.sweeps()?;
        for order in &mut self.model.orders {
            order.is_late = true;
        }
        self.shop
            .meddle("UPDATE orders SET pay_before = now() - interval '1 minute' WHERE pay_before IS NOT NULL AND lifecycle = 'placed'");
        for round in 0..12 {
            self.works_it_off()?;
            if round > 2 && self.is_settled() {
                break;
            }
        }
        let checked = self.check_all();
        self.provider.books().is_faulty = true;
        checked
    }

    fn works_it_off(&mut self) -> Step {
        let under_way: Vec<(u64, u64)> = self.provider.books().post.keys().copied().collect();
        for key in under_way {
            self.deliver(key, false)?;
        }
        // Ends may only be told, and waited for, by those that were asked for since.
        let open = self.provider.books().ordinals_in(&[Fate::Open]);
        for ordinal in open {
            self.provider.books().becomes(ordinal, Fate::Expired);
        }
        self.shop.meddle("UPDATE jobs SET run_at = now() - interval '1 second' WHERE parked_at IS NULL");
        self.drains()?;
        self.reconciles()?;
        self.drains()
    }

    fn is_settled(&self) -> bool {
        self.provider.books().post.is_empty()
            && self.shop.count(
                "SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM refunds WHERE state = 'pending')
                      + (SELECT count(*) FROM captures WHERE state = 'pending')
                      + (SELECT count(*) FROM payment_attempts WHERE state = 'pending' AND gateway = 'sandbox')",
            ) == 0
    }

    pub fn check_state_of(&self, at: usize) -> Result<orders::OrderDetail, String> {
        let id = self.model.orders[at].id;
        let found = self.read(move |conn| {
            let order = orders::find(conn, id)?;
            orders::detail(conn, order)
        });
        found.map_err(|error| error.to_string())
    }
}
